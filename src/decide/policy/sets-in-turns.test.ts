import { describe, expect, it } from 'vitest'
import { systemClock } from '../../ground/clock.ts'
import { LIMITS } from '../../ground/limits.ts'
import { EntityUid } from '../cedar/values/value.ts'
import { createCedarEngine } from './cedar-engine.ts'
import { checkHere } from './check/check-apart.ts'
import type { PolicyRequest } from './engine.ts'
import { assembleInTurns, readShipped } from './load-policies.ts'
import { createPolicySets } from './policy-sets.ts'

const POLICIES = 320
const large = Array.from(
  { length: POLICIES },
  (_, at) =>
    `@id("acme:r${at}") @sentence("So.") forbid (principal is Remit::Identity, action, resource) when { principal.name == "${at}" };`,
).join('\n')

describe('a large set', () => {
  it('is made one policy a step, and where Cedar itself reads it a few', async () => {
    const texts = await readShipped()
    const { checked, set } = checkHere({ ...texts, own: [{ name: 'a.cedar', text: large }] })
    const making = assembleInTurns(checked, { schema: texts.schema, report: () => expect.unreachable(), set })
    let steps = 0
    for (let next = making.next(); next.done !== true; next = making.next()) steps += 1
    expect(steps).toBeGreaterThanOrEqual(checked.policies.length + large.length / LIMITS.policyOracleChunkChars)
  })

  it('is made once', async () => {
    const texts = await readShipped()
    const sets = createPolicySets({ texts, report: () => expect.unreachable(), clock: systemClock })
    const candidate = await sets.read([{ name: 'a.cedar', text: large }])
    const made = await candidate.policies()
    expect(made.byId.size).toBe(candidate.checked.policies.length)
    expect(await candidate.policies()).toBe(made)
  })

  it('comes to the same set as all of it at once', async () => {
    const texts = await readShipped()
    const open = () => createPolicySets({ texts, report: () => expect.unreachable(), clock: systemClock })
    for (const text of [large, large.slice(0, large.indexOf('\n'))]) {
      const files = [{ name: 'a.cedar', text }]
      const { checked, set } = checkHere({ ...texts, own: files })
      // a start reads what is small in this thread, and what is large in another one
      for (const { version, text: said, ...made } of await Promise.all([open().read(files), open().readAtStart(files)]))
        expect([version, said, made.checked]).toEqual([set.version, set.text, checked])
    }
  })
})

describe("Cedar's own engine over a set in many parts", () => {
  const user = (id: string) => new EntityUid('User', id)
  const ask = (id: string, attrs: PolicyRequest['context'] = {}): PolicyRequest => ({
    principal: user(id),
    action: new EntityUid('Action', 'read'),
    resource: new EntityUid('Doc', 'a'),
    context: {},
    entities: [{ uid: user(id), attrs, parents: [] }],
  })
  const last = 2 * LIMITS.policyOracleChunk + 3
  const texts: Record<string, string> = Object.fromEntries(
    Array.from({ length: last + 1 }, (_, at) => [`p${at}`, `permit (principal == User::"u${at}", action, resource);`]),
  )
  texts['p0'] = 'permit (principal, action, resource);'
  texts[`p${last}`] = 'forbid (principal == User::"bad", action, resource);'
  texts[`p${last - 1}`] = 'forbid (principal == User::"odd", action, resource) when { principal.missing };'
  const engine = createCedarEngine(null, texts)

  it.each([
    ['permits by all that permit', 'u70', { allowed: true, determining: ['p0', 'p70'], errors: [] }],
    ['forbids by what forbids, wherever it stands', 'bad', { allowed: false, determining: [`p${last}`], errors: [] }],
  ])('%s', (_, id, answer) => {
    expect(engine.decide(ask(id))).toEqual(answer)
  })

  it('permits nothing where one of them errs', () => {
    const answer = engine.decide(ask('odd'))
    expect(answer).toMatchObject({ allowed: false, errors: [expect.stringContaining(`p${last - 1}: `)] })
  })

  it('permits nothing where none permits, and none is there', () => {
    expect(createCedarEngine(null, {}).decide(ask('u1'))).toEqual({ allowed: false, determining: [], errors: [] })
    const only = createCedarEngine(null, { a: 'permit (principal == User::"x", action, resource);' })
    expect(only.decide(ask('u1'))).toEqual({ allowed: false, determining: [], errors: [] })
  })

  it('answers as before after so many other sets that its parts were let go', () => {
    for (let at = 0; at <= LIMITS.policyOracleSlots; at++)
      createCedarEngine(null, { other: `permit (principal == User::"other${at}", action, resource);` })
    expect(engine.decide(ask('u70'))).toMatchObject({ allowed: true, determining: ['p0', 'p70'] })
    expect(engine.decide(ask('bad'))).toMatchObject({ allowed: false })
  })
})
