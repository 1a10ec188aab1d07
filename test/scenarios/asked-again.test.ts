import { afterAll, beforeAll, expect, it } from 'vitest'
import { readPackLines } from '../../sdk/pack-lines.ts'
import { verifyPack } from '../../sdk/verify-pack.ts'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, openTask, register } from './cast.ts'

let house: House
let identityId: string
let taskId: string
beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  const actor = makeSummariser(house)
  identityId = await register(house, actor)
  taskId = await openTask(house, actor)
})
afterAll(async () => {
  await house.end(30)
})

const client = () => house.people.lin.client
const ask = () =>
  client().evaluation.evaluate({
    subject: { type: 'task', id: taskId },
    action: { name: 'docs/read_text_file' },
    resource: { type: 'resource', id: 'docs:public/handbook.md' },
  })

/** What an entry says, without the time at which it was asked, and its minute of the calendar. */
async function readEntry(index: number): Promise<{ readonly atMs: unknown; readonly rest: string }> {
  const { entry } = await client().entries.show(index)
  const { questions, ...data } = entry.data as { readonly questions: { readonly atMs: number } }
  const { atMs, ...others } = questions
  const rest = JSON.stringify({ ...entry, atMs: 0, data: { ...data, questions: others } })
  return { atMs, rest: rest.replaceAll(/"local":\{[^}]*\}/g, '') }
}

it('a question that is asked again and again has an entry each time, until what it rests on falls', async () => {
  const indexes: number[] = []
  for (let times = 0; times < 5; times += 1) {
    const { decision, context } = await ask()
    expect(decision).toBe(true)
    indexes.push(Number(context?.['entry']))
  }
  expect(new Set(indexes).size).toBe(5)
  const entries = await Promise.all(indexes.map(readEntry))
  for (const { rest } of entries) expect(rest).toBe(entries[0]?.rest)
  const times = entries.map(({ atMs }) => Number(atMs))
  expect(times).toEqual(times.toSorted((one, other) => one - other))
  expect(new Set(times).size).toBeGreaterThan(1)

  const replayed = await client().policies.replay({ version: 1, sinceMs: Date.now() - 3_600_000 })
  expect(replayed).toMatchObject({ differences: [], notAgain: { older: 0, beside: 0, broken: 0, schema: 0 } })
  expect(replayed.same).toBeGreaterThanOrEqual(5)

  const storm = Array.from({ length: 40 }, ask)
  await house.people.sam.client.cutoffs.make({ target: 'identity', targetId: identityId, because: 'It looks wrong' })
  const after = await Promise.all(Array.from({ length: 20 }, ask))
  expect(after.map(({ decision }) => decision)).toEqual(after.map(() => false))
  await Promise.all(storm)
  const report = await verifyPack(readPackLines(await client().evidence.pack()), await client().log.key())
  expect(report).toMatchObject({ ok: true, failures: [] })
})
