import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { readPackLines } from '../../sdk/pack-lines.ts'
import { verifyPack } from '../../sdk/verify-pack.ts'
import { type House, startHouse } from '../house.ts'
import { makeCountingPoint } from '../http/counted-permit.ts'
import { sendRaw } from '../http/raw.ts'
import { type Actor, codeOf, furnish, makeSummariser, openTask, prepare, register } from '../scenarios/cast.ts'

const leave = [{ action: 'read', resource: 'domain:remit' }]
const counts = [{ action: 'docs/*', resource: 'docs:public/*' }]
const most = 5

describe('an enforcement point whose entitlement counts', () => {
  let house: House
  let point: Actor
  let token: AccessToken
  let taskId: string

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    await house.people.ada.client.catalogue.classifyResource({ pattern: 'domain:*', sensitivity: 'internal' })
    const plain = makeSummariser(house, 'files-gateway')
    const [entitlement] = plain.entitlements
    if (entitlement === undefined) throw new Error('the summariser is entitled to nothing')
    point = {
      ...plain,
      entitlements: [{ ...entitlement, scope: leave, counts }],
      task: { ...plain.task, scope: leave },
    }
    await register(house, point)
    token = await point.agent.apiToken(await openTask(house, point))
    const reader = makeSummariser(house)
    await register(house, reader)
    taskId = await openTask(house, reader, { budget: { callsMax: most, writesMax: 0, bytesMax: 1_000 } })
  })
  afterAll(async () => {
    await house.end(30)
  })

  const ask = async (path: string, body: object): Promise<Readonly<Record<string, unknown>>> => {
    const headers = { authorization: `Bearer ${token.value}`, 'content-type': 'application/json' }
    const sent = { method: 'POST', path: `/access/v1/${path}`, headers, body: JSON.stringify(body) }
    return (await sendRaw(house.url, sent)).json
  }
  const question = () => ({
    subject: { type: 'task', id: taskId },
    action: { name: 'docs/read_text_file' },
    resource: { type: 'resource', id: 'docs:public/handbook.md' },
  })

  it('is shown to those who approve it as what it is', async () => {
    const { identity } = await house.people.lin.client.identities.show(point.name)
    const { entitlements } = await house.people.lin.client.identities.show(identity.id)
    expect(entitlements).toMatchObject([{ counts }])
    const { approvals } = await house.people.lin.client.approvals.list({ state: 'used' })
    const asked = approvals.find(({ subjectId }) => subjectId === identity.id)?.asked
    expect(asked).toMatchObject({ entitlements: [{ counts }] })
  })

  it('uses up the budget of the task that it asks about, and no more than that, however much it asks at once', async () => {
    const answers = await Promise.all([
      ask('evaluations', { evaluations: [question(), question(), question()] }),
      ...Array.from({ length: 6 }, () => ask('evaluation', question())),
    ])
    const decisions = answers.flatMap(({ decision, evaluations }) =>
      Array.isArray(evaluations) ? evaluations.map((each: { decision: unknown }) => each.decision) : [decision],
    )
    expect(decisions.filter((each) => each === true)).toHaveLength(most)
    expect(decisions.filter((each) => each === false)).toHaveLength(9 - most)
    expect((await house.people.lin.client.tasks.show(taskId)).usage).toMatchObject({ calls: most })
  })

  it('has used its leave by asking, and what it counts by is none that can be ended', async () => {
    const [used] = (await house.people.lin.client.identities.used(point.name)).uses
    expect(used?.use).toMatchObject({ calls: 9, acts: [{ action: 'read', resources: ['domain:remit'], calls: 9 }] })
    expect(used?.isNarrower).toBe(false)
  })

  it('says how an act ended, once, of what it was permitted itself, and no other', async () => {
    const { client } = house.people.lin
    const { entries } = await client.entries.list({ limit: 200 })
    const counted = entries.filter(
      ({ entry }) => entry.data['counts'] === true && entry.data['decision'] === 'evaluation',
    )
    const [one, two] = counted.map(({ index }) => index)
    const say = (entry: number | undefined, more: object = {}) => ask('outcome', { entry, end: 'completed', ...more })
    expect(await say(one, { resultBytes: 400 })).toEqual({ entry: expect.any(Number) })
    expect((await client.tasks.show(taskId)).usage).toMatchObject({ calls: most, bytes: 400 })
    expect(await say(one, { end: 'failed' })).toMatchObject({ code: 'outcome_known' })
    const atOnce = await Promise.all([1, 2, 3].map(() => say(two, { end: 'failed' })))
    expect(atOnce.filter(({ entry }) => typeof entry === 'number')).toHaveLength(3)
    expect(atOnce.filter(({ code }) => code === 'outcome_known')).toHaveLength(2)
    expect(await say(counted[2]?.index, { resultBytes: 601 })).toMatchObject({ code: 'budget_exceeded' })
    for (const index of [0, 5, 1_000_000]) expect(await say(index)).toMatchObject({ code: 'not_found' })
    for (const more of [{ entry: -1 }, { entry: '1' }, { end: 'succeeded' }, { resultBytes: -1 }, { labels: [] }])
      expect(await say(counted[3]?.index, more)).toMatchObject({ code: 'request_invalid' })
    const { desk } = await makeCountingPoint(house)
    expect(await codeOf(desk.report({ entry: counted[3]?.index ?? 0, end: 'completed' }))).toBe('not_found')
  })

  it('gets no answer about what its entitlement does not count, and spends nothing by asking', async () => {
    const before = (await house.people.lin.client.tasks.show(taskId)).usage
    const answer = await ask('evaluation', { ...question(), resource: { type: 'resource', id: 'docs:team/plan.md' } })
    expect(answer).toMatchObject({
      decision: false,
      context: { code: 'asker_refused', reasons: [{ rule: 'law:counts' }], nearest: counts },
    })
    expect((await house.people.lin.client.tasks.show(taskId)).usage).toEqual(before)
  })

  it('is told by `remit why` how each act ended', async () => {
    const { entries } = await house.people.lin.client.entries.list({ limit: 200 })
    const ends = entries.filter(({ entry }) => entry.kind === 'act.reported')
    expect(ends.length).toBeGreaterThan(0)
    for (const { index, entry } of ends) {
      const { explanation } = await house.people.lin.client.entries.why(index)
      const how = entry.data['end'] === 'completed' ? 'The act was completed' : 'The act failed'
      expect(explanation.sentences).toContain(`${how}, with a result of ${Number(entry.data['resultBytes'])} bytes.`)
    }
  })

  it('leaves a log that a stranger holds to the same budget', async () => {
    const { client } = house.people.lin
    const report = await verifyPack(readPackLines(await client.evidence.pack()), await client.log.key())
    expect(report).toMatchObject({ ok: true, failures: [] })
  })

  it('leaves a log in which its questions count under who asked, its acts among them, and nothing as a denial of the agent', async () => {
    const { client } = house.people.lin
    const summaryOf = async (name: string) => {
      const report = await verifyPack(readPackLines(await client.evidence.pack()), await client.log.key())
      return report.identities.find((each) => each.name === name)
    }
    const before = await summaryOf('docs-summariser')
    expect(before).toMatchObject({ denials: 0, questions: { acts: most, denials: 9 - most, askersTotal: 1 } })
    expect(before?.questions.by).toMatchObject([{ kind: 'identity', name: point.name, acts: most }])
    for (const _ of [1, 2, 3]) await client.evaluation.evaluate(question())
    const after = await summaryOf('docs-summariser')
    expect([after?.permits, after?.denials]).toEqual([before?.permits, 0])
    expect(after?.questions.by).toMatchObject([{ acts: most }, { kind: 'person', id: house.people.lin.id, denials: 3 }])
    expect(await summaryOf(point.name)).toMatchObject({ denials: 1, asks: { acts: most, denials: 9 - most } })
  })

  it('is one that may ask about tasks: an entitlement to anything else counts nothing', async () => {
    const other = makeSummariser(house, 'other-gateway')
    const id = await prepare(house, other)
    const [entitlement] = other.entitlements
    if (entitlement === undefined) throw new Error('it is entitled to nothing')
    const entitled = house.people.ada.client.identities.entitle(id, { ...entitlement, counts })
    expect(await codeOf(entitled)).toBe('request_invalid')
  })
})
