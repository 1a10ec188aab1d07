import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PolicyFile } from '../../sdk/policy-answers.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import { codeOf, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'

let house: House

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
})

afterAll(() => house.end())

const forbid = (when: string): string =>
  `@id("acme:x") @sentence("x") forbid (principal is Remit::Identity, action in Remit::Action::"call", resource) when { ${when} };`
const fileOf = (text: string): readonly PolicyFile[] => [{ name: 'own.cedar', text }]
const nest = (open: string, inner: string, close: string, times: number): string =>
  open.repeat(times) + inner + close.repeat(times)

describe('a text that is deeper than what reads it', () => {
  const deep: [string, string][] = [
    ['brackets', forbid(nest('(', 'true', ')', 400))],
    ['brackets behind a comment that ends with its line', `// "\r${forbid(nest('(', 'true', ')', 400))}`],
    ['lists', forbid(`${nest('[', '1', ']', 400)}.contains(1)`)],
    ['records', forbid(`${nest('{a: ', '1', '}', 400)} has a`)],
    ['calls', forbid(`${nest('ip(', '"1"', ')', 400)}.isIpv4()`)],
    ['choices', forbid(nest('if context.approved then ', 'true', ' else true', 2_000))],
    ['a chain of conditions', forbid(`${'true && '.repeat(5_000)}true`)],
    ['a chain of sums', forbid(`1${'+1'.repeat(5_000)} == 1`)],
    ['a chain of members', forbid(`context${'.a'.repeat(5_000)}`)],
    ['a chain of named members', forbid(`context${'["a"]'.repeat(5_000)}`)],
    ['a chain of clauses', forbid(`true }${' when { true }'.repeat(2_000)} when { true`)],
  ]
  it.each(deep)('is refused, and breaks it for nobody: %s', async (_, text) => {
    const { client } = house.people.sam
    expect(await client.policies.validate(fileOf(text))).toMatchObject({ isValid: false })
    expect(await client.policies.validate(fileOf(forbid('context.approved')))).toMatchObject({
      isValid: true,
      faults: [],
    })
  })

  const lieIn = (at: number) => ({
    uid: { type: 'A', id: `${at}` },
    attrs: {},
    parents: at === 0 ? [] : [{ type: 'A', id: `${at - 1}` }],
  })
  const deepen = (times: number): string =>
    `type T0 = { a: Long };${Array.from({ length: times }, (_, at) => `type T${at + 1} = { a: T${at} };`).join('')} entity A = { a: T${times} };`
  const double = (times: number): string => deepen(times).replaceAll(/{ a: (T\d+) };type/g, '{ a: $1, b: $1 };type')
  const act = (times: number): string =>
    `entity A;${Array.from({ length: times }, (_, at) => `action a${at} in [a${at + 1}];`).join('')}action a${times};`
  const domains: [string, Readonly<Record<string, string>>][] = [
    ['policies', { 'own.cedar': `permit (principal, action, resource) when { ${nest('(', 'true', ')', 400)} };` }],
    ['schema', { 'schema.cedarschema': `entity A = { a: ${nest('Set<', 'Long', '>', 400)} };` }],
    ['records of the schema', { 'schema.cedarschema': `entity A = { a: ${nest('{ a: ', 'Long', '}', 400)} };` }],
    ['entities', { 'entities.json': JSON.stringify(Array.from({ length: 5_000 }, (_, at) => lieIn(at))) }],
    ['types that double with each', { 'schema.cedarschema': double(40) }],
    ['types that are too deep', { 'schema.cedarschema': deepen(2_000) }],
    ['actions in actions', { 'schema.cedarschema': act(2_000) }],
    ['entities by another name', { 'entities.json': JSON.stringify([{ uid: 'A::"0"', attrs: {}, parents: [] }]) }],
  ]
  it.each(domains)('is refused in a domain too: %s', async (_, files) => {
    const { client } = house.people.ada
    const all = { 'own.cedar': 'permit (principal, action, resource);', ...files }
    const put = client.domains.publish(
      'crm',
      Object.entries(all).map(([name, text]) => ({ name, text })),
      { reason: 'x' },
    )
    expect(await codeOf(put)).toBe('policies_invalid')
    expect(await client.policies.validate(fileOf(forbid('context.approved')))).toMatchObject({ isValid: true })
  })

  it('leaves the house deciding', async () => {
    const actor = makeSummariser(house, 'still-decided')
    await register(house, actor)
    expect(await openTask(house, actor)).toMatch(/^tsk_/)
  })
})

describe('what is said to tighten', () => {
  const holding = (id: string, approvers: string, when = 'true'): string =>
    `@id("${id}") @sentence("x") ${approvers} forbid (principal is Remit::Identity, action in Remit::Action::"change", resource) when { ${when} } unless { context.approved };`
  const three = '@approvers("3")'
  const put = async (who: Somebody, text: string) => await who.client.policies.publish(fileOf(text), { reason: 'x' })

  it('does not take people away from those who approve what a policy holds', async () => {
    const { ada, lin } = house.people
    const { approval } = await put(ada, holding('acme:held', three))
    await lin.client.approvals.vote(approval?.id ?? '', 'approve', 'right')
    const fewer: string[] = [
      holding('acme:held', ''),
      holding('acme:held', '@approvers("2")'),
      holding('acme:other', ''),
      `${holding('acme:other', '')} ${holding('acme:held', '', 'principal.name == "x"')}`,
    ]
    for (const text of fewer) expect((await put(ada, text)).version.effect).toBe('loosens')
    const none = house.people.ada.client.policies.diff(fileOf(holding('acme:other', three)))
    expect(await none).toMatchObject({ effect: 'words' })
    expect(await ada.client.policies.diff(fileOf(holding('acme:held', '@approvers("4")')))).toMatchObject({
      effect: 'tightens',
    })
  })
})
