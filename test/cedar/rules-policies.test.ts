import { isAuthorized, policyToJson, templateToJson } from '@cedar-policy/cedar-wasm/nodejs'
import { describe, expect, it } from 'vitest'
import { authorize } from '../../src/decide/cedar/authorize.ts'
import { compileExpression } from '../../src/decide/cedar/compile-expression.ts'
import { compilePolicy } from '../../src/decide/cedar/compile-policy.ts'
import { gatherEntities } from '../../src/decide/cedar/entities.ts'
import { indexPolicies } from '../../src/decide/cedar/scope-index.ts'
import { EvaluationFault } from '../../src/decide/cedar/values/evaluation-fault.ts'
import { EntityUid } from '../../src/decide/cedar/values/value.ts'
import { type JsonEntity, type JsonRequest, prepareEngines } from './engines.ts'

const entities: readonly JsonEntity[] = [
  { uid: { type: 'User', id: 'ada' }, attrs: {}, parents: [{ type: 'Group', id: 'a' }] },
  { uid: { type: 'Group', id: 'a' }, attrs: {}, parents: [{ type: 'Group', id: 'b' }] },
  { uid: { type: 'Group', id: 'b' }, attrs: {}, parents: [] },
  { uid: { type: 'Bot', id: 'ada' }, attrs: {}, parents: [{ type: 'Group', id: 'a' }] },
  { uid: { type: 'Action', id: 'read' }, attrs: {}, parents: [{ type: 'Action', id: 'view' }] },
]
const request: JsonRequest = {
  principal: { type: 'User', id: 'ada' },
  action: { type: 'Action', id: 'read' },
  resource: { type: 'Doc', id: 'x' },
  context: {},
}
const asBot: JsonRequest = { ...request, principal: { type: 'Bot', id: 'ada' } }

/** The scope of a policy, and whether it holds for a user and for a bot, who lie in the same group. */
const SCOPES: readonly (readonly [scope: string, user: boolean, bot: boolean])[] = [
  ['principal, action, resource', true, true],
  ['principal == User::"ada", action, resource', true, false],
  ['principal == User::"bob", action, resource', false, false],
  ['principal in User::"ada", action, resource', true, false],
  ['principal in Group::"a", action, resource', true, true],
  ['principal in Group::"b", action, resource', true, true],
  ['principal in Group::"c", action, resource', false, false],
  ['principal is User, action, resource', true, false],
  ['principal is Group, action, resource', false, false],
  ['principal is User in Group::"b", action, resource', true, false],
  ['principal is Bot in Group::"b", action, resource', false, true],
  ['principal is User in Group::"c", action, resource', false, false],
  ['principal is User in User::"ada", action, resource', true, false],
  ['principal, action == Action::"read", resource', true, true],
  ['principal, action == Action::"view", resource', false, false],
  ['principal, action in Action::"read", resource', true, true],
  ['principal, action in Action::"view", resource', true, true],
  ['principal, action in Action::"edit", resource', false, false],
  ['principal, action in [Action::"edit", Action::"view"], resource', true, true],
  ['principal, action in [Action::"read", Action::"view"], resource', true, true],
  ['principal, action in [Action::"edit"], resource', false, false],
  ['principal, action in [], resource', false, false],
  ['principal, action, resource == Doc::"x"', true, true],
  ['principal, action, resource == Doc::"y"', false, false],
  ['principal, action, resource is Doc', true, true],
  ['principal, action, resource is User', false, false],
  ['principal, action, resource in Doc::"x"', true, true],
  ['principal, action, resource is Doc in Doc::"x"', true, true],
  ['principal, action, resource is User in Doc::"x"', false, false],
  ['principal == User::"ada", action == Action::"read", resource == Doc::"x"', true, false],
  ['principal == User::"ada", action == Action::"read", resource == Doc::"y"', false, false],
]

describe('the scope of a policy', () => {
  it.each(SCOPES)('(%s) holds: for the user %s, for the bot %s', (scope, user, bot) => {
    const { ours, cedars } = prepareEngines([`permit (${scope});`], entities)
    const said = [request, asBot].flatMap((each) => [ours(each).decision, cedars(each).decision])
    expect(said).toEqual([user, user, bot, bot].map((holds) => (holds ? 'allow' : 'deny')))
  })
})

/** What the policies of a set say together. `sure` fails where it is asked. */
const fails = '1 + 9223372036854775807 == 0'
const SETS: readonly (readonly [
  what: string,
  texts: readonly string[],
  decision: string,
  by: string[],
  faults: string[],
])[] = [
  ['nothing permits', ['permit (principal, action, resource) when { false };'], 'deny', [], []],
  [
    'all permits that hold are named',
    ['permit (principal, action, resource);', 'permit (principal, action, resource) when { true };'],
    'allow',
    ['p0', 'p1'],
    [],
  ],
  [
    'one forbid is stronger than every permit, and is what is named',
    ['permit (principal, action, resource);', 'forbid (principal, action, resource);'],
    'deny',
    ['p1'],
    [],
  ],
  [
    'a forbid that does not hold changes nothing',
    ['permit (principal, action, resource);', 'forbid (principal, action, resource) when { false };'],
    'allow',
    ['p0'],
    [],
  ],
  ['forbids alone permit nothing', ['forbid (principal, action, resource) when { false };'], 'deny', [], []],
  [
    'unless turns a condition round',
    ['permit (principal, action, resource) unless { false };', 'permit (principal, action, resource) unless { true };'],
    'allow',
    ['p0'],
    [],
  ],
  [
    'all conditions must hold',
    [
      'permit (principal, action, resource) when { true } unless { false };',
      'permit (principal, action, resource) when { true } unless { true };',
      'permit (principal, action, resource) when { false } unless { false };',
    ],
    'allow',
    ['p0'],
    [],
  ],
  [
    'a condition after one that does not hold is not looked at',
    [`permit (principal, action, resource) when { false } when { ${fails} };`],
    'deny',
    [],
    [],
  ],
  [
    'a condition before it is',
    [`permit (principal, action, resource) when { ${fails} } when { false };`],
    'deny',
    [],
    ['p0'],
  ],
  [
    'a condition that is neither yes nor no is an error',
    [
      'permit (principal, action, resource) when { true } when { 1 };',
      'permit (principal, action, resource) unless { "x" };',
    ],
    'deny',
    [],
    ['p0', 'p1'],
  ],
  [
    'what cannot be evaluated counts neither way, and is told',
    [
      'permit (principal, action, resource);',
      `forbid (principal, action, resource) when { ${fails} };`,
      `permit (principal, action, resource) when { ${fails} };`,
    ],
    'allow',
    ['p0'],
    ['p1', 'p2'],
  ],
  [
    'what cannot be evaluated is not asked where its scope does not hold',
    [`forbid (principal is Bot, action, resource) when { ${fails} };`],
    'deny',
    [],
    [],
  ],
]

describe('the policies of a set', () => {
  it.each(SETS)('together: %s', (_, texts, decision, determining, faults) => {
    const { ours, cedars } = prepareEngines(texts, entities)
    expect(ours(request)).toEqual({ decision, determining, faults })
    expect(cedars(request)).toEqual({ decision, determining, faults })
  })

  it('are named in the order of their ids, in whatever order they stand', () => {
    const named = (id: string, body: string) => {
      const answer = policyToJson(`permit (principal, action, resource) when { ${body} };`)
      return answer.type === 'success' ? compilePolicy(id, answer.json) : expect.unreachable()
    }
    const policies = [
      named('b', 'true'),
      named('z', '1'),
      named('a', 'true'),
      named('y', '1'),
      named('c', 'true'),
      named('x', '1'),
    ]
    const uid = new EntityUid('User', 'ada')
    const verdict = authorize(indexPolicies(policies), {
      principal: uid,
      action: uid,
      resource: uid,
      context: {},
      entities: gatherEntities([]),
    })
    expect([verdict.determining, verdict.faults.map(({ id }) => id)]).toEqual([
      ['a', 'b', 'c'],
      ['x', 'y', 'z'],
    ])
  })

  it('stop at an error that is not of the language', () => {
    const broken = { ...policyOf('permit (principal, action, resource);'), holds: () => { throw new TypeError('a slip of ours') } } // biome-ignore format: short
    const uid = new EntityUid('User', 'ada')
    const situation = { principal: uid, action: uid, resource: uid, context: {}, entities: gatherEntities([]) }
    expect(() => authorize(indexPolicies([broken]), situation)).toThrow(new TypeError('a slip of ours'))
  })
})

/** A template, what stands in its slots, and whether that permits the request. */
const TEMPLATES: readonly (readonly [
  text: string,
  slots: Readonly<Record<string, JsonEntity['uid']>>,
  holds: boolean,
])[] = [
  ['permit (principal == ?principal, action, resource);', { '?principal': request.principal }, true],
  ['permit (principal == ?principal, action, resource);', { '?principal': asBot.principal }, false],
  ['permit (principal in ?principal, action, resource);', { '?principal': { type: 'Group', id: 'b' } }, true],
  ['permit (principal is User in ?principal, action, resource);', { '?principal': { type: 'Group', id: 'b' } }, true],
  ['permit (principal is Bot in ?principal, action, resource);', { '?principal': { type: 'Group', id: 'b' } }, false],
  ['permit (principal, action, resource == ?resource);', { '?resource': request.resource }, true],
  ['permit (principal, action, resource in ?resource);', { '?resource': { type: 'Doc', id: 'y' } }, false],
  [
    'permit (principal == ?principal, action, resource == ?resource) when { true };',
    { '?principal': request.principal, '?resource': request.resource },
    true,
  ],
]

describe('a template that is linked', () => {
  it.each(TEMPLATES)('%s with %j permits: %s', (text, slots, holds) => {
    const answer = templateToJson(text)
    if (answer.type === 'failure') return expect.unreachable(JSON.stringify(answer.errors))
    const named = Object.entries(slots).map(([slot, { type, id }]) => [slot, new EntityUid(type, id)])
    const uidOf = ({ type, id }: JsonEntity['uid']): EntityUid => new EntityUid(type, id)
    const told = entities.map(({ uid, parents }) => ({ uid: uidOf(uid), attrs: {}, parents: parents.map(uidOf) }))
    const { decision } = authorize(indexPolicies([compilePolicy('link', answer.json, Object.fromEntries(named))]), {
      principal: uidOf(request.principal),
      action: uidOf(request.action),
      resource: uidOf(request.resource),
      context: {},
      entities: gatherEntities(told),
    })
    const theirs = isAuthorized({
      ...request,
      entities: entities.map(({ uid, parents }) => ({ uid, attrs: {}, parents: [...parents] })),
      policies: { templates: { t: text }, templateLinks: [{ templateId: 't', newId: 'link', values: slots }] },
    } as Parameters<typeof isAuthorized>[0])
    const cedars = theirs.type === 'success' ? theirs.response.decision : JSON.stringify(theirs.errors)
    expect([decision, cedars]).toEqual(Array(2).fill(holds ? 'allow' : 'deny'))
  })

  it('is refused where nothing stands in a slot', () => {
    const answer = templateToJson('permit (principal == ?principal, action, resource);')
    const json = answer.type === 'success' ? answer.json : expect.unreachable()
    expect(() => compilePolicy('link', json)).toThrow(new EvaluationFault('nothing stands for a slot of the scope'))
  })
})

describe('an expression that is none of the language', () => {
  const one = { Value: 1 }
  it.each([
    [{}, 'the expression "" is unknown'],
    [{ Shell: 'ls' }, 'the expression "Shell" is unknown'],
    [{ shell: [one] }, 'shell of 1 arguments is unknown'],
    [{ ip: [] }, 'ip of 0 arguments is unknown'],
    [{ ip: [one, one] }, 'ip of 2 arguments is unknown'],
    [{ isInRange: [one] }, 'isInRange of 1 arguments is unknown'],
    [{ Slot: '?principal' }, 'nothing stands for ?principal'],
    [{ Value: null }, 'null is no value'],
    [{ Set: [{ Shell: 1 }] }, 'the expression "Shell" is unknown'],
    [{ Record: { a: { Shell: 1 } } }, 'the expression "Shell" is unknown'],
  ])('is refused as the policy is compiled: %j', (json, why) => {
    expect(() => compileExpression(json as unknown as Parameters<typeof compileExpression>[0], {})).toThrow(
      new EvaluationFault(why),
    )
  })

  it('is not the slot of a template that is linked', () => {
    const uid = new EntityUid('User', 'ada')
    const situation = { principal: uid, action: uid, resource: uid, context: {}, entities: gatherEntities([]) }
    const slot = { Slot: '?principal' } as unknown as Parameters<typeof compileExpression>[0]
    expect(compileExpression(slot, { '?principal': uid })(situation)).toBe(uid)
  })
})

function policyOf(text: string): ReturnType<typeof compilePolicy> {
  const answer = policyToJson(text)
  return answer.type === 'success' ? compilePolicy('p', answer.json) : expect.unreachable()
}
