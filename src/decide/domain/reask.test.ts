import { describe, expect, it } from 'vitest'
import { EntityUid } from '../cedar/values/value.ts'
import type { EvaluationRequest } from '../requests.ts'
import { askDomain, reaskDomain, type SaidNames } from './ask-domain.ts'
import { compileDomain } from './compile-domain.ts'
import type { Domain } from './domain.ts'

const compile = (policies: string, entities: readonly object[] | null = null): Domain =>
  compileDomain(
    'app',
    {
      schema: null,
      files: [{ name: 'a.cedar', text: policies }],
      entities: entities === null ? null : JSON.stringify(entities),
    },
    () => expect.unreachable('the engines differ'),
  )

const user = (attrs: object, more: object = {}) => ({ uid: { type: 'user', id: 'ada' }, attrs, parents: [], ...more })
const team = { uid: { type: 'team', id: 't' }, attrs: {}, parents: [] }
const any = 'permit (principal, action, resource) when { principal has role || resource has owner };'
const before = compile(any, [user({ role: 'guest', age: 7 })])
const after = compile('permit (principal, action == App::Action::"read", resource);', [
  user({ role: 'owner', age: 8, since: 1 }, { parents: [{ type: 'team', id: 't' }], tags: { t: 'x' } }),
  team,
])

/** Asks one domain as it was, and puts that into the words of another. */
function reask(said: SaidNames, more: Partial<EvaluationRequest> = {}, domain = after) {
  const asked = askDomain(before, {
    subject: { type: 'user', id: 'ada', properties: { role: 'admin', shoes: 'red' } },
    action: { name: 'read', properties: {} },
    resource: { type: 'doc', id: 'd', properties: { owner: 'ada' } },
    context: { now: 5 },
    ...more,
  })
  return 'request' in asked ? reaskDomain(domain, asked.request, said) : expect.unreachable(asked.sentence)
}

describe('a question that is asked again of a domain that has changed', () => {
  const [ada, doc] = [new EntityUid('user', 'ada'), new EntityUid('doc', 'd')]

  it('says what it said, and takes all else as the domain keeps it now', () => {
    expect(reask({ subject: ['role'], resource: ['owner'] })).toEqual({
      principal: ada,
      action: new EntityUid('App::Action', 'read'),
      resource: doc,
      context: { now: 5 },
      entities: [
        {
          uid: ada,
          attrs: { role: 'admin', age: 8, since: 1 },
          parents: [new EntityUid('team', 't')],
          tags: { t: 'x' },
        },
        { uid: doc, attrs: { owner: 'ada' }, parents: [] },
      ],
    })
  })

  it('takes nothing that it had kept and nobody said', () => {
    const { entities } = reask({ subject: [], resource: [] })
    expect(entities.map(({ uid, attrs }) => [uid.id, attrs])).toEqual([['ada', { role: 'owner', age: 8, since: 1 }]])
  })

  it('tells nothing of who is kept no more, and of whom nothing was said', () => {
    const none = compile(any)
    expect(reask({ subject: [], resource: [] }, {}, none).entities).toEqual([])
    expect(reask({ subject: ['role'], resource: [] }, {}, none).entities).toEqual([
      { uid: ada, attrs: { role: 'admin' }, parents: [] },
    ])
  })

  it('does what has the name now, or is a plain action', () => {
    expect(reask({ subject: [], resource: [] }, { action: { name: 'burn', properties: {} } }).action).toEqual(
      new EntityUid('Action', 'burn'),
    )
  })

  it('is about one entity where subject and resource are one, with all that was said of it', () => {
    const same = { type: 'user', id: 'ada', properties: { role: 'admin', owner: 'x' } }
    const { entities } = reask({ subject: ['role'], resource: ['owner'] }, { subject: same, resource: same })
    expect(entities).toMatchObject([{ uid: ada, attrs: { role: 'admin', owner: 'x', age: 8, since: 1 } }])
    expect(entities).toHaveLength(1)
  })
})

describe('the actions that a domain could permit', () => {
  const keyOf = (id: string): string => new EntityUid('Action', id).key
  it.each<[string, string, readonly string[] | 'everything']>([
    ['one action', 'permit (principal, action == Action::"read", resource);', ['read']],
    ['some actions', 'permit (principal, action in [Action::"read", Action::"write"], resource);', ['read', 'write']],
    ['a group', 'permit (principal, action in Action::"all", resource);', ['all']],
    ['any action', 'permit (principal, action, resource);', 'everything'],
    ['any action that is forbidden', 'forbid (principal, action, resource);', []],
    [
      'one action, beside another that is forbidden',
      'permit (principal, action == Action::"read", resource); forbid (principal, action == Action::"write", resource);',
      ['read'],
    ],
    [
      'one action, and any other',
      'permit (principal, action == Action::"read", resource); permit (principal, action, resource);',
      'everything',
    ],
  ])('by %s are these', (_, policies, actions) => {
    const { permitted } = compile(policies)
    expect(permitted).toEqual(actions === 'everything' ? actions : new Set(actions.map(keyOf)))
  })
})
