import { describe, expect, it } from 'vitest'
import { EntityUid } from '../cedar/values/value.ts'
import { createCheckedEngine, type Mismatch } from './checked-engine.ts'
import type { PolicyAnswer, PolicyEngine, PolicyRequest } from './engine.ts'

const uid = new EntityUid('Remit::Identity', 'a')
const request: PolicyRequest = { principal: uid, action: uid, resource: uid, context: {}, entities: [] }
const yes: PolicyAnswer = { allowed: true, determining: ['a:x'], errors: [] }
const no: PolicyAnswer = { allowed: false, determining: [], errors: [] }

/** An engine that gives its answers in turn, the last one for ever, and counts how often it was asked. */
function script(...answers: readonly PolicyAnswer[]): PolicyEngine & { asked: number } {
  const engine = {
    asked: 0,
    decide: () => answers[Math.min(engine.asked++, answers.length - 1)] ?? no,
  }
  return engine
}

describe('an engine that is checked', () => {
  it('decides by itself, and asks the oracle for the first decision and one in so many', () => {
    const [compiled, oracle] = [script(yes), script(yes)]
    const engine = createCheckedEngine(compiled, oracle, 10, () => expect.unreachable())
    for (let at = 0; at < 31; at += 1) expect(engine.decide(request)).toBe(yes)
    expect([compiled.asked, oracle.asked]).toEqual([31, 4])
  })

  const DIFFERENT: readonly (readonly [string, PolicyAnswer])[] = [
    ['permits', yes],
    ['denies', no],
    ['names another rule', { ...yes, determining: ['a:y'] }],
    ['names a rule more', { ...yes, determining: ['a:x', 'a:y'] }],
    ['errs', { ...no, errors: ['a:x: overflow'] }],
  ]
  const pairs = DIFFERENT.flatMap(([one, a]) =>
    DIFFERENT.filter(([, b]) => b !== a).map(([other, b]) => [one, other, a, b] as const),
  )
  it.each(pairs)('that %s where the oracle %s is reported, and not asked again', (_one, _other, a, b) => {
    const told: Mismatch[] = []
    const [compiled, oracle] = [script(a), script(b)]
    const engine = createCheckedEngine(compiled, oracle, 10, (mismatch) => told.push(mismatch))
    for (let at = 0; at < 5; at += 1) expect(engine.decide(request)).toBe(b)
    expect(told).toEqual([{ request, compiled: a, oracle: b }])
    expect([compiled.asked, oracle.asked]).toEqual([1, 5])
  })

  it('may word an error in its own way', () => {
    const told: Mismatch[] = []
    const compiled = script({ ...no, errors: ['a:x: too big'] })
    const oracle = script({ ...no, errors: ['a:x: overflow'] })
    createCheckedEngine(compiled, oracle, 10, (mismatch) => told.push(mismatch)).decide(request)
    expect(told).toEqual([])
  })
})
