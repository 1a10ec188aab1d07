import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishDomain } from '../authzen/certification.ts'
import { type House, startHouse } from '../house.ts'

let house: House

beforeAll(async () => {
  house = await startHouse()
  const policy = (condition: string): string =>
    `@id("crm:one") permit (principal is user, action == Action::"read", resource is record) when { ${condition} };`
  await publishDomain(house, 'declared', {
    files: [{ name: 'a.cedar', text: policy('principal.born < datetime("2000-01-01")') }],
    schema:
      'entity user = { born: datetime, from: ipaddr, sum: decimal, age: Long }; entity record; action read appliesTo { principal: user, resource: record };',
    entities: null,
  })
  await publishDomain(house, 'open', {
    files: [{ name: 'a.cedar', text: policy('ip(principal.from).isLoopback() && principal.age > 3') }],
    schema: null,
    entities: null,
  })
})

afterAll(() => house.end())

const subject = (properties: object) => ({ type: 'user', id: 'u', properties })
const question = (properties: object) => ({
  subject: subject(properties),
  action: { name: 'read' },
  resource: { type: 'record', id: 'r' },
})
const sound = { born: '1980-01-01', from: '10.0.0.1', sum: '1.5', age: 7 }

describe('what another application says of people', () => {
  const odd: [string, string, object][] = [
    ['a date', 'declared', { ...sound, born: 'born on the ninth of May' }],
    ['an address', 'declared', { ...sound, from: 'born on the ninth of May' }],
    ['a sum', 'declared', { ...sound, sum: 'born on the ninth of May' }],
    ['a function', 'declared', { ...sound, born: { __extn: { fn: 'born on the ninth of May', arg: '' } } }],
    ['a text that a policy reads as an address', 'open', { ...sound, from: 'born on the ninth of May' }],
    ['a number', 'open', { ...sound, age: 1980.0905 }],
  ]
  it.each(odd)('is not in the log, nor in the answer, where it cannot be judged: %s', async (_, domain, properties) => {
    const { client } = house.people.ada
    const answer = await client.domains.of(domain).evaluate(question(properties))
    const { entries } = await client.entries.list({ limit: 200 })
    const last = entries.find(({ index }) => index === answer.context.entry)
    expect([answer.decision, last?.entry.kind]).toEqual([false, 'decision.denial'])
    expect(JSON.stringify([answer, last])).not.toMatch(/ninth of May|1980/)
  })
})

describe('several questions at once', () => {
  it('do not come to more than was sent', async () => {
    const { client } = house.people.ada
    const said = question({ note: 'x'.repeat(100_000) })
    const times = Array.from({ length: 255 }, () => ({}))
    const evaluateAll = client.domains.of('open').evaluateAll
    const many = evaluateAll({ ...said, evaluations: [{}, ...times] })
    await expect(many).rejects.toMatchObject({ status: 400 })
    expect((await evaluateAll({ ...said, evaluations: [{}, {}] })).evaluations).toHaveLength(2)
  })
})
