import { describe, expect, it } from 'vitest'
import { compilePolicies } from '../../../test/decide/policy-set.ts'
import { systemClock } from '../../ground/clock.ts'
import { LIMITS } from '../../ground/limits.ts'
import { EntityUid } from '../cedar/values/value.ts'
import { createCedarEngine } from './cedar-engine.ts'
import { describeMismatch } from './checked-engine.ts'
import { createEngineOver } from './compiled-engine.ts'
import type { PolicyRequest } from './engine.ts'
import { readShipped } from './load-policies.ts'
import { createPolicySets } from './policy-sets.ts'

const uid = (type: string, id: string): EntityUid => new EntityUid(type, id)
const request: PolicyRequest = {
  principal: uid('User', 'a'),
  action: uid('Action', 'read'),
  resource: uid('Doc', 'x "y"'),
  context: {},
  entities: [],
}
const everything = 'permit (principal, action, resource);'
const anyone = { asks: 'anything' } as const
const permitAll = {
  id: 'p',
  effect: 'permit',
  principal: anyone,
  action: anyone,
  resource: anyone,
  holds: () => true,
} as const

describe("Cedar's own engine", () => {
  it.each([
    ['yes', everything, { allowed: true, determining: ['p'], errors: [] }],
    ['no', 'permit (principal, action, resource) when { false };', { allowed: false, determining: [], errors: [] }],
    ['no', 'forbid (principal, action, resource);', { allowed: false, determining: ['p'], errors: [] }],
  ])('says %s to %s', (_, text, answer) => {
    expect(createCedarEngine(null, { p: text }).decide(request)).toEqual(answer)
  })

  it('names what decided in the order of their ids', () => {
    const all = { z: everything, a: everything, m: everything }
    expect(createCedarEngine(null, all).decide(request).determining).toEqual(['a', 'm', 'z'])
  })

  it('says no beside an error, whatever another permits, and which policy failed', () => {
    const texts = { p: everything, q: 'permit (principal, action, resource) when { 9223372036854775807 + 1 == 0 };' }
    const { allowed, errors } = createCedarEngine(null, texts).decide(request)
    expect([allowed, errors]).toEqual([false, [expect.stringMatching(/^q: .*overflow/)]])
  })

  it('says no, and why, to what it cannot be asked', () => {
    const engine = createCedarEngine(null, { p: everything })
    expect(engine.decide({ ...request, context: { n: 2n ** 60n } })).toEqual({
      allowed: false,
      determining: [],
      errors: ['the engine failed: RangeError: 1152921504606846976 has no place in JSON'],
    })
    const bad = engine.decide({ ...request, principal: uid('not a type', 'a') })
    expect([bad.allowed, bad.determining, bad.errors.length]).toEqual([false, [], 1])
  })

  it('holds a request against the schema where there is one', () => {
    const schema = 'entity User; entity Doc; action read appliesTo { principal: User, resource: Doc };'
    const engine = createCedarEngine(schema, { p: everything })
    expect(engine.decide(request).allowed).toBe(true)
    expect(engine.decide({ ...request, context: { more: 1 } })).toMatchObject({
      allowed: false,
      errors: [expect.stringContaining('more')],
    })
    expect(createCedarEngine(null, { p: everything }).decide({ ...request, context: { more: 1 } }).allowed).toBe(true)
  })

  it('tells whoever watches that it looked at everything, since it does not say at what', () => {
    const looks: string[] = []
    const watch = { saw: () => expect.unreachable(), sawAll: () => void looks.push('all') }
    const entities = ['a', 'b'].map((id) => ({ uid: uid('User', id), attrs: {}, parents: [], tags: {}, watch }))
    createCedarEngine(null, { p: everything }).decide({ ...request, entities })
    expect(looks).toEqual(['all', 'all'])
  })

  it('reads entities with their parents and tags', () => {
    const texts = { p: 'permit (principal in User::"b", action, resource) when { principal.hasTag("t") };' }
    const a = { uid: uid('User', 'a'), attrs: {}, parents: [uid('User', 'b')], tags: { t: 1 } }
    expect(createCedarEngine(null, texts).decide({ ...request, entities: [a] }).allowed).toBe(true)
    expect(createCedarEngine(null, texts).decide(request).allowed).toBe(false)
  })

  it.each([
    ['a policy', null, 'permit (', /^The policies do not parse: ./],
    ['the schema', 'entity', everything, /^The policies do not parse: ./],
  ])('is not made where %s does not parse', (_, schema, text, why) => {
    expect(() => createCedarEngine(schema, { p: text })).toThrow(
      expect.objectContaining({ code: 'config_invalid', detail: expect.stringMatching(why) }),
    )
  })
})

describe('our engine', () => {
  it('says no, and why, where what it knows fails, whatever is thrown', () => {
    const failing = (thrown: unknown) =>
      createEngineOver([permitAll], null, () => {
        throw thrown
      }).decide(request)
    const no = (why: string) => ({ allowed: false, determining: [], errors: [`the request cannot be judged: ${why}`] })
    expect(failing(new TypeError('a slip'))).toEqual(no('a slip'))
    expect(failing('a text')).toEqual(no('a text'))
  })

  it('asks nobody what is known where the request does not fit the schema', () => {
    const schema = {
      actions: new Map(),
      checkRequest: () => 'it does not fit',
      checkEntity: () => expect.unreachable(),
    }
    const engine = createEngineOver([permitAll], schema, () => expect.unreachable())
    expect(engine.decide(request).errors).toEqual(['the request cannot be judged: it does not fit'])
  })
})

describe('a difference between the two', () => {
  it('is told with what was asked and what each said, and who decides from now on', () => {
    const answer = { allowed: true, determining: ['p'], errors: [] }
    expect(describeMismatch({ request, compiled: answer, oracle: { ...answer, allowed: false } }).message).toBe(
      'The compiled policies and Cedar\'s own engine differ on User::"a", Action::"read", Doc::"x \\"y\\"": ' +
        '{"allowed":true,"determining":["p"],"errors":[]} beside {"allowed":false,"determining":["p"],"errors":[]}. ' +
        "Cedar's answer counts, and from now on Cedar decides.",
    )
  })
})

describe('the sets of a domain', () => {
  const file = (name: string, id: string) => ({
    name,
    text: `@id("${id}") @sentence("So.") permit (principal is Remit::Identity, action, resource) when { principal.name == "${id}" };`,
  })
  const open = async () =>
    createPolicySets({ texts: await readShipped(), report: () => expect.unreachable(), clock: systemClock })

  it('are read once for the same files, and what does not hold policies does not count', async () => {
    const sets = await open()
    const first = await sets.read([file('a.cedar', 'a:x')])
    expect(await sets.read([file('a.cedar', 'a:x'), { name: 'a.test.json', text: '{}' }])).toBe(first)
    expect(await sets.read([file('b.cedar', 'a:x')])).not.toBe(first)
    expect(first.policies()).toBe(first.policies())
    const made = await first.policies()
    expect([...made.byId.keys()]).toContain('a:x')
    expect(made.version).toBe(first.version)
  })

  it('are remembered, so many, the ones that were asked for last', async () => {
    const sets = await open()
    const read = (at: number) => sets.read([file('a.cedar', `a:r${at}`)])
    const first = await read(0)
    const second = await read(1)
    for (let at = 2; at < LIMITS.policySetsRemembered; at += 1) await read(at)
    expect(await read(0)).toBe(first)
    await read(LIMITS.policySetsRemembered) // one more than are remembered: the second is the oldest now
    expect(await read(0)).toBe(first)
    expect(await read(1)).not.toBe(second)
  })

  it('are not remembered where they could not be checked in time', async () => {
    let calls = 0
    const clock = {
      sleep: (ms: number, signal?: AbortSignal) => (calls++ === 0 ? Promise.resolve() : systemClock.sleep(ms, signal)),
    }
    const sets = createPolicySets({ texts: await readShipped(), report: () => expect.unreachable(), clock })
    const large = [file('a.cedar', 'a:x')]
    await expect(sets.read(large)).rejects.toMatchObject({ code: 'policies_invalid' })
    expect((await sets.read(large)).checked.faults).toEqual([])
  })

  it('tell what is wrong with one, and it does not decide', async () => {
    const broken = await (await open()).read([{ name: 'a.cedar', text: 'permit (' }])
    expect(broken.checked.faults).toHaveLength(1)
    await expect(broken.policies()).rejects.toMatchObject({ code: 'config_invalid' })
  })
})

describe('a policy set', () => {
  const schema = `namespace Remit {
    entity Identity; entity Tags tags String;
    action "task" appliesTo { principal: Identity, resource: Identity, context: { history?: { permitted: Tags } } };
  }`
  const set = (when: string) =>
    compilePolicies(schema, [
      {
        name: 'a.cedar',
        text: `@id("a:x") @sentence("history") permit (principal, action, resource) when { ${when} };`,
      },
    ])

  it('says whether it looks at what a chain has done, in its conditions and not in its words', () => {
    expect(set('true').usesHistory).toBe(false)
    expect(set('context has history').usesHistory).toBe(true)
  })

  it('is refused with every fault at its place', () => {
    const text = 'permit (principal, action, resource);\n@id("a:x") permit (principal, action, resource);'
    expect(() => compilePolicies(schema, [{ name: 'a.cedar', text }])).toThrow(
      expect.objectContaining({
        detail: expect.stringMatching(/^The policies are not valid: .*a\.cedar:1:1.*; .*a\.cedar:2:1/),
      }),
    )
  })

  it('keeps of each policy what an explanation shows', () => {
    const policy = set('true').byId.get('a:x')
    expect(policy && Object.keys(policy).sort()).toEqual(['effect', 'file', 'id', 'line', 'origin', 'sentence', 'text'])
  })
})
