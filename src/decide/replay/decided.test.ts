import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../contract/log-entry.ts'
import { EntityUid } from '../cedar/values/value.ts'
import type { Asked } from '../policy/ask-policies.ts'
import { isSameDecision, isUnasked, type Redecided, readDecided, remember } from './redecide.ts'

const QUESTION: Asked['questions'][number] = {
  principal: new EntityUid('Remit::Identity', 'idn_a'),
  action: new EntityUid('Remit::Action', 'read'),
  resource: new EntityUid('App::Doc', 'd'),
  context: {},
  entities: [],
}

describe('what an entry says was decided', () => {
  const reason = (rule: string, sentence = `${rule}.`) => ({ rule, sentence })
  it('is a permit by the policies after the law, or a denial by all that it names', () => {
    const reasons = [reason('law:scope'), reason('a:x')]
    expect(readDecided({ outcome: 'permit', reasons })).toEqual({
      outcome: 'permit',
      code: null,
      obligations: [],
      reasons: [reason('a:x')],
    })
    expect(readDecided({ outcome: 'denial', code: 'denied', reasons })).toEqual({
      outcome: 'denial',
      code: 'denied',
      obligations: [],
      reasons,
    })
    expect(readDecided({})).toEqual({ outcome: 'denial', code: null, reasons: [], obligations: [] })
    expect(readDecided({ reasons: [7, { rule: 'a:x' }, { sentence: 'x' }, null, reason('a:y')] }).reasons).toEqual([
      reason('a:y'),
    ])
    expect(readDecided({ reasons: 'a:x' }).reasons).toEqual([])
  })

  const one: Redecided = { outcome: 'denial', code: 'denied', reasons: [reason('a:x'), reason('a:y')], obligations: [] }
  it.each<[string, Redecided, boolean]>([
    ['the same', { ...one }, true],
    ['other words', { ...one, reasons: [reason('a:x', 'Other.'), reason('a:y')] }, true],
    ['another outcome', { ...one, outcome: 'permit' }, false],
    ['another code', { ...one, code: 'policy_error' }, false],
    ['fewer rules', { ...one, reasons: [reason('a:x')] }, false],
    ['more rules', { ...one, reasons: [...one.reasons, reason('a:z')] }, false],
    ['another rule', { ...one, reasons: [reason('a:x'), reason('a:z')] }, false],
    ['another obligation', { ...one, obligations: ['{}'] }, false],
    ['another order', { ...one, reasons: one.reasons.toReversed() }, false],
  ])('is the same decision where outcome, code and rules are: %s', (_, other, isSame) => {
    expect([isSameDecision(one, other), isSameDecision(other, one)]).toEqual([isSame, isSame])
  })

  it('was not asked of the policies where the question had not the form of their schema', () => {
    const failed = (...sentences: string[]): Redecided => ({
      outcome: 'denial',
      code: 'policy_error',
      reasons: sentences.map((each) => reason('policy:error', each)),
      obligations: [],
    })
    const unfit = 'A policy could not be evaluated: the request cannot be judged: x'
    expect(isUnasked(failed(unfit))).toBe(true)
    expect(isUnasked(failed('other', unfit))).toBe(true)
    expect(isUnasked(failed('a:x: overflow'))).toBe(false)
    expect(isUnasked({ ...failed(unfit), code: 'denied' })).toBe(false)
  })

  it('is remembered with its kind, the laws that asked for a person, and whether one had said yes', () => {
    const entry: JsonObject = { decision: 'task', code: 'denied', reasons: [reason('law:a', 'Said.')] }
    const asked: Asked = { questions: [QUESTION], needs: ['law:a', 'law:b'], approved: false }
    expect(remember(entry, asked)).toEqual({
      kind: 'task',
      supported: null,
      questions: asked.questions,
      needs: [reason('law:a', 'Said.'), reason('law:b', '')],
      approval: 'unsought',
    })
    expect(remember({}, asked).kind).toBe('evaluation')
    expect(remember({ ...entry, code: 'approval_required' }, asked).approval).toBe('missing')
    expect(remember({ ...entry, code: 'approval_required' }, { ...asked, approved: true }).approval).toBe('there')
  })
})
