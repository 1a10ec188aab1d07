import { describe, expect, it } from 'vitest'
import { newEntitlement, newToolRule } from '../../test/decide/nouns.ts'
import { ACTION_CLASSES } from '../contract/action-class.ts'
import type { ToolRule } from '../contract/register/purpose.ts'
import { LIMITS } from '../ground/limits.ts'
import { classesOf, coverAct, coverGrant, nearestScope } from './coverage.ts'
import { serverOf } from './reviewed/tools.ts'

const rule = (server: string, tool: string, actionClass: ToolRule['actionClass']): ToolRule =>
  newToolRule({ server, tool, actionClass })
const rules = [
  rule('docs', 'read', 'read'),
  rule('docs', 'read_all', 'read'),
  rule('docs', 'write', 'write'),
  rule('mail', 'read', 'delete'),
]

describe('the classes that an action could mean', () => {
  it.each<[string, readonly string[]]>([
    ['docs/read', ['read']],
    ['docs/read*', ['read']],
    ['docs/*', ['read', 'write']],
    ['mail/*', ['delete']],
    ['deploy', ['deploy']],
    ['docs/unknown', ['administer']],
    ['disk/*', ['administer']],
    ['*', ['administer']],
    ['docs', ['administer']],
    ['/read', ['administer']],
  ])('of %s are %j', (action, classes) => {
    expect(classesOf(rules, action)).toEqual(classes)
  })

  it.each([
    ['docs/read', 'docs'],
    ['a/b/c', 'a'],
    ['docs', undefined],
    ['/read', undefined],
    ['*', undefined],
  ])('are looked up for %s at the server %s', (action, server) => {
    expect(serverOf(action)).toBe(server)
  })
})

describe('what entitlements cover', () => {
  const rows = [
    newEntitlement({
      id: 'ent_docs',
      scope: [{ action: 'docs/*', resource: 'docs:/a/*' }],
      classes: ['read', 'write'],
    }),
    newEntitlement({ id: 'ent_read', scope: [{ action: 'docs/read', resource: '*' }], ceiling: 'internal' }),
  ]
  const idsOf = (found: readonly { readonly id: string }[]): readonly string[] => found.map(({ id }) => id)

  it('is a grant that lies inside one of them whole, in every class that it could mean', () => {
    const cover = (action: string, resource: string, classes: Parameters<typeof coverGrant>[2]) =>
      idsOf(coverGrant(rows, { action, resource }, classes))
    expect(cover('docs/read', 'docs:/a/b', ['read'])).toEqual(['ent_docs', 'ent_read'])
    expect(cover('docs/*', 'docs:/a/b', ['read', 'write'])).toEqual(['ent_docs'])
    expect(cover('docs/*', 'docs:/a/b', ['read', 'delete'])).toEqual([])
    expect(cover('docs/*', 'docs:/*', ['read'])).toEqual([])
  })

  it('is an act of their class, in their scope, up to their ceiling', () => {
    const act = { name: 'docs/read', actionClass: 'read', resource: 'docs:/a/b', sensitivity: 'internal' } as const
    expect(idsOf(coverAct(rows, act))).toEqual(['ent_docs', 'ent_read'])
    expect(idsOf(coverAct(rows, { ...act, sensitivity: 'confidential' }))).toEqual(['ent_docs'])
    expect(idsOf(coverAct(rows, { ...act, sensitivity: 'restricted' }))).toEqual([])
    expect(idsOf(coverAct(rows, { ...act, resource: 'mail:/x' }))).toEqual(['ent_read'])
    expect(idsOf(coverAct(rows, { ...act, actionClass: 'write' }))).toEqual(['ent_docs'])
    expect(idsOf(coverAct(rows, { ...act, actionClass: 'delete' }))).toEqual([])
  })
})

describe('the nearest scope to one that was asked for', () => {
  const everything = newEntitlement({
    scope: [{ action: 'docs/*', resource: 'docs:/a/*' }],
    classes: ['read', 'write'],
  })

  it('is the part that the entitlements cover', () => {
    const asked = [
      { action: 'docs/read', resource: 'docs:/*' },
      { action: 'mail/read', resource: '*' },
    ]
    expect(nearestScope(asked, [everything], ACTION_CLASSES, rules)).toEqual([
      { action: 'docs/read', resource: 'docs:/a/*' },
    ])
    expect(nearestScope(asked, [], ACTION_CLASSES, rules)).toEqual([])
  })

  it('is written out tool by tool where a grant names more classes than there may be', () => {
    const asked = [{ action: 'docs/*', resource: 'docs:/a/b' }]
    expect(nearestScope(asked, [everything], ['read', 'write'], rules)).toEqual(asked)
    expect(nearestScope(asked, [everything], ['read'], rules)).toEqual([
      { action: 'docs/read', resource: 'docs:/a/b' },
      { action: 'docs/read_all', resource: 'docs:/a/b' },
    ])
    expect(nearestScope(asked, [everything], ['delete'], rules)).toEqual([])
    expect(nearestScope(asked, [newEntitlement({ ...everything, classes: ['write'] })], ['read'], rules)).toEqual([])
  })

  it('is never longer than a scope may be', () => {
    const asked = Array.from({ length: LIMITS.scopeGrantsMax + 5 }, (_, at) => ({
      action: 'docs/read',
      resource: `docs:/a/${at}`,
    }))
    expect(nearestScope(asked, [everything], ['read'], rules)).toHaveLength(LIMITS.scopeGrantsMax)
  })
})
