import { describe, expect, it } from 'vitest'
import { systemClock } from '../../ground/clock.ts'
import { finishAtOnce, finishInTurns, type InTurns, sliceList } from '../../ground/in-turns.ts'
import { LIMITS } from '../../ground/limits.ts'
import { EntityUid } from '../cedar/values/value.ts'
import { createCedarEngine } from './cedar-engine.ts'
import type { PolicyRequest } from './engine.ts'
import { readShipped } from './load-policies.ts'
import { createPolicySets } from './policy-sets.ts'

/** Counts the turns that others have while something is done. */
async function countTurns(doing: Promise<unknown>): Promise<number> {
  let [turns, isDone] = [0, false]
  const done = doing.finally(() => {
    isDone = true
  })
  while (!isDone) {
    turns += 1
    await new Promise((resolve) => setImmediate(resolve))
  }
  await done
  return turns
}

const POLICIES = 10 * LIMITS.policySlice
const large = Array.from(
  { length: POLICIES },
  (_, at) =>
    `@id("acme:r${at}") @sentence("So.") forbid (principal is Remit::Identity, action, resource) when { principal.name == "${at}" };`,
).join('\n')

describe('work in turns', () => {
  function* count(to: number): InTurns<number> {
    for (let at = 0; at < to; at++) yield
    return to
  }

  it('comes to the same at once and in turns', async () => {
    expect(finishAtOnce(count(5))).toBe(5)
    expect(await finishInTurns(count(5))).toBe(5)
    expect(await countTurns(finishInTurns(count(50)))).toBeGreaterThanOrEqual(50)
    expect(sliceList([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]])
    expect(sliceList([], 2)).toEqual([])
  })

  it('lets others have a turn after every few policies of a large set, also where Cedar itself reads it', async () => {
    const texts = await readShipped()
    const sets = createPolicySets({ texts, report: () => expect.unreachable(), clock: systemClock })
    const reading = sets.read([{ name: 'a.cedar', text: large }])
    expect(await countTurns(reading)).toBeGreaterThanOrEqual(POLICIES / LIMITS.policySlice)
    const candidate = await reading
    const making = candidate.policies()
    const slices = POLICIES / LIMITS.policySlice + POLICIES / LIMITS.policyOracleChunk
    expect(await countTurns(making)).toBeGreaterThanOrEqual(slices)
    expect((await making).byId.size).toBe(candidate.checked.policies.length)
    expect(await candidate.policies()).toBe(await making)
  })

  it('comes to the same set as all of it at once', async () => {
    const texts = await readShipped()
    const open = () => createPolicySets({ texts, report: () => expect.unreachable(), clock: systemClock })
    const files = [{ name: 'a.cedar', text: large }]
    const [apart, here] = await Promise.all([open().read(files), open().readAtStart(files)])
    expect([apart.version, apart.text, apart.checked]).toEqual([here.version, here.text, here.checked])
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
