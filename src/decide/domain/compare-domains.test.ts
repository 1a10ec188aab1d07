import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../ground/limits.ts'
import { compareDomains } from './compare-domains.ts'
import type { DomainTexts } from './domain.ts'

const everything = '@id("all") permit (principal, action, resource);'
const schema = 'entity user; action read appliesTo { principal: user, resource: user };'
const user = (id: string, attrs: object = {}): object => ({ uid: { type: 'user', id }, attrs, parents: [] })
const texts = (more: Partial<DomainTexts> = {}): DomainTexts => ({
  schema: null,
  entities: null,
  files: [{ name: 'a.cedar', text: everything }],
  ...more,
})
const kept = (...entities: readonly object[]): DomainTexts => texts({ entities: JSON.stringify(entities) })

describe('two domains', () => {
  it('that are the same have no changes, in whichever order their entities and members stand', () => {
    expect(compareDomains(texts({ schema }), texts({ schema }))).toEqual([])
    const turned = [{ parents: [], attrs: {}, uid: { id: 'bob', type: 'user' } }, user('ann')]
    expect(compareDomains(kept(user('ann'), user('bob')), kept(...turned))).toEqual([])
  })

  it('differ by policy, with both texts', () => {
    const forbid = '@id("all") forbid (principal, action, resource);'
    const changes = compareDomains(texts(), texts({ files: [{ name: 'b.cedar', text: forbid }] }))
    expect(changes).toMatchObject([{ id: 'all', change: 'changed', before: everything, after: forbid }])
  })

  it.each([
    ['added', null, schema],
    ['removed', schema, null],
    ['changed', schema, `${schema} entity team;`],
  ])('differ in their schema: %s', (change, before, after) => {
    expect(compareDomains(texts({ schema: before }), texts({ schema: after }))).toEqual([
      {
        id: 'schema.cedarschema',
        change,
        effect: 'loosens',
        because: 'it is what everything is held against',
        before,
        after,
      },
    ])
  })

  it('differ by entity, sorted by name, by whichever form of its name', () => {
    const [before, after] = [
      kept(user('left'), user('same'), { uid: { __entity: { type: 'user', id: 'told' } }, attrs: {}, parents: [] }),
      kept(user('same'), user('told', { role: 'admin' }), user('came')),
    ]
    const changes = compareDomains(before, after)
    expect(changes.map(({ id, change, effect, because }) => [id, change, effect, because])).toEqual([
      ['user::"came"', 'added', 'loosens', 'policies decide by it'],
      ['user::"left"', 'removed', 'loosens', 'policies decide by it'],
      ['user::"told"', 'changed', 'loosens', 'policies decide by it'],
    ])
    expect(changes[0]).toMatchObject({
      before: null,
      after: '{"attrs":{},"parents":[],"uid":{"id":"came","type":"user"}}',
    })
    expect(changes[1]).toMatchObject({ after: null })
  })

  it('differ by the names that were written, whatever was read before', () => {
    const [before, after] = [kept(user('told', { of: 1, '\\': 1 })), kept(user('told', { of: 1, '"': 1 }))]
    const [change] = compareDomains(before, after)
    expect(change?.before).toContain('{"\\\\":1,"of":1}')
    expect(change?.after).toContain('{"\\"":1,"of":1}')
  })

  it('tell so many entities at most, and how many more there are', () => {
    const many = (count: number): DomainTexts => kept(...Array.from({ length: count }, (_, at) => user(`u${at}`)))
    expect(compareDomains(texts(), many(LIMITS.domainChangesMax))).toHaveLength(LIMITS.domainChangesMax)
    const changes = compareDomains(texts(), many(LIMITS.domainChangesMax + 2))
    expect(changes).toHaveLength(LIMITS.domainChangesMax + 1)
    expect(changes.at(-1)).toEqual({
      id: 'entities.json',
      change: 'changed',
      effect: 'loosens',
      because: '2 entities more are not the same',
      before: '',
      after: '',
    })
  })
})
