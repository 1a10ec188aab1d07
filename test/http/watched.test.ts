import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/ground/clock.ts'
import { ERRORS } from '../../src/ground/error-table.ts'
import { type House, startHouse } from '../house.ts'
import { codeOf, furnish, makeSummariser, openTask, problemOf, register } from '../scenarios/cast.ts'
import { writeBeside } from '../write-beside.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
})
afterAll(async () => void (await house.end(20)))

const ask = (path: string): Promise<Response> => house.fetch(`${house.url}${path}`)

/** Reads the counters, by what stands before their value. */
async function readMetrics(): Promise<ReadonlyMap<string, number>> {
  const answer = await ask('/metrics')
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  const lines = (await answer.text()).trim().split('\n')
  const samples = lines.filter((line) => !line.startsWith('#'))
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}
const requests = (route: string, outcome: string): string =>
  `remit_requests_total{route="${route}",outcome="${outcome}"}`

/** Gives by how much each counter rose while something was done. */
async function watch(act: () => Promise<unknown>): Promise<(name: string) => number> {
  const before = await readMetrics()
  await act()
  const after = await readMetrics()
  return (name) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
}

describe('the counters of a house', () => {
  it('rise with each request, by its route and by how it ended', async () => {
    const rose = await watch(async () => {
      for (let time = 0; time < 3; time += 1) await ask('/healthz')
      await ask('/api/v1/me')
      await ask('/nowhere')
    })
    expect(rose(requests('readHealth', 'answered'))).toBe(3)
    expect(rose(requests('readMe', 'authentication_missing'))).toBe(1)
    expect(rose(requests('none', 'route_unknown'))).toBe(1)
    expect(rose(requests('readMe', 'answered'))).toBe(0)
  })

  it('rise with each entry and each refusal, and agree with the log', async () => {
    const { sam, lin } = house.people
    const actor = makeSummariser(house)
    await register(house, actor)
    const rose = await watch(async () => {
      const taskId = await openTask(house, actor)
      await actor.agent.exchange(taskId, house.url)
      expect(await codeOf(sam.client.doctor.check())).toBe('role_missing')
    })
    expect(rose(requests('issueToken', 'answered'))).toBe(1)
    expect(rose('remit_decision_seconds_count{kind="token",outcome="permit"}')).toBe(1)
    expect(rose('remit_decision_seconds_count{kind="token",outcome="denial"}')).toBe(0)
    expect(rose('remit_decision_seconds_count{kind="task",outcome="permit"}')).toBe(1)
    expect(rose('remit_decision_seconds_bucket{kind="token",outcome="permit",le="+Inf"}')).toBe(1)
    expect(rose('remit_decision_seconds_sum{kind="token",outcome="permit"}')).toBeGreaterThan(0)
    expect(rose('remit_commit_seconds_count')).toBeGreaterThan(0)
    expect(rose('remit_commit_seconds_count')).toBeLessThanOrEqual(rose('remit_log_entries'))
    expect(rose(requests('examine', 'role_missing'))).toBe(1)
    expect(rose('remit_log_entries')).toBe(4) // the task, the permit, the credential, the refusal
    const { size } = await lin.client.entries.list({ limit: 1 })
    expect((await readMetrics()).get('remit_log_entries')).toBe(size)
  })
})

describe('a house whose store is edited while it runs', () => {
  const ready = async (): Promise<readonly unknown[]> => {
    const answer = await ask('/readyz')
    const { code, ok } = (await answer.json()) as { readonly code?: string; readonly ok?: boolean }
    return [answer.status, code ?? ok]
  }

  it('lives, is not ready, and answers no question until the store is as the log says', async () => {
    expect(await ready()).toEqual([200, true])
    const put = (was: string, is: string): Promise<void> =>
      writeBeside(
        join(house.dataDir, 'remit.db'),
        `update purposes set body = replace(body, '${was}', '${is}') where key = 'summarise'`,
      )
    await put('internal', 'restricted')
    while ((await ready())[0] === 200) await systemClock.sleep(20)
    expect(await ready()).toEqual([503, 'log_broken'])
    expect((await ask('/healthz')).status).toBe(200)
    const question = {
      subject: { type: 'identity', id: 'docs-summariser' },
      action: { name: 'docs/read_text_file' },
      resource: { type: 'document', id: 'docs:public/handbook.md' },
    }
    expect((await problemOf(house.people.lin.client.evaluation.evaluate(question)))?.status).toBe(503)
    const actor = makeSummariser(house)
    const told = await problemOf(actor.agent.openTask(actor.task))
    expect(told).toMatchObject({ status: 503, code: 'log_broken' })
    expect(Object.keys(told?.facts ?? {}), 'where it is wrong is not said').toEqual([])
    expect(told?.detail).toBe(ERRORS.log_broken.sentence)
    expect(await problemOf(house.people.ada.client.people.link(house.people.sam.id))).toMatchObject({ status: 503 })
    expect((await house.people.lin.client.entries.show(0)).entry.kind).toBe('log.created')
    await house.stop()
    await expect(house.start()).rejects.toMatchObject({ code: 'log_broken' })
    await put('restricted', 'internal')
    await house.start()
    expect(await ready()).toEqual([200, true])
    expect((await house.people.lin.client.evaluation.evaluate(question)).context.entry).toEqual(expect.any(Number))
  })
})
