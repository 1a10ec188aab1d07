import { describe, expect, it } from 'vitest'
import { findUnsupported, listSupported, OBLIGATION_TYPES, readObligation } from './known.ts'

const json = (type: unknown, properties: unknown): string => JSON.stringify({ type, properties })
const typeless = 'an @obligation has a type (step-up, notification, session_termination, custom) and properties'

describe('what an obligation says', () => {
  it.each([
    ['Leave out the salary.', 'custom', { instruction: 'Leave out the salary.' }],
    [' Leave it out. ', 'custom', { instruction: ' Leave it out. ' }],
    [json('custom', {}), 'custom', {}],
    [json('custom', { anything: [1] }), 'custom', { anything: [1] }],
    [`  ${json('step-up', { acr_value: 'mfa' })}`, 'step-up', { acr_value: 'mfa' }],
    [json('notification', { to: 'a', body: 'b', cc: 1 }), 'notification', { to: 'a', body: 'b', cc: 1 }],
    [json('session_termination', { subject: 's' }), 'session_termination', { subject: 's' }],
  ])('is read: %s', (annotation, type, properties) => {
    expect(readObligation('a:x', annotation)).toEqual({ id: 'a:x', type, properties })
  })

  it.each([
    ['', 'an @obligation must say something'],
    [' \n', 'an @obligation must say something'],
    ['{', typeless],
    ['{}', typeless],
    [json('dance', {}), typeless],
    [json('constructor', {}), typeless],
    [json(7, {}), typeless],
    [json('custom', 'x'), typeless],
    [json('custom', null), typeless],
    [json('custom', [1]), typeless],
    [json('step-up', {}), 'an @obligation of the type step-up must say acr_value'],
    [json('step-up', { acr_value: 7 }), 'an @obligation of the type step-up must say acr_value'],
    [json('notification', { body: 'b' }), 'an @obligation of the type notification must say to'],
    [json('notification', { to: 'a' }), 'an @obligation of the type notification must say body'],
    [json('session_termination', {}), 'an @obligation of the type session_termination must say subject'],
  ])('is refused: %j', (annotation, why) => {
    expect(readObligation('a:x', annotation)).toBe(why)
  })

  it('is of one of four types', () => {
    expect(OBLIGATION_TYPES).toEqual(['step-up', 'notification', 'session_termination', 'custom'])
  })
})

describe('an enforcement point', () => {
  const [mask, tell] = ['custom', 'notification'].map((type) => ({ id: type, type, properties: {} }))
  if (mask === undefined || tell === undefined) throw new Error('there are two')
  it.each([
    ['that says nothing of what it can do is taken to do all', undefined, undefined],
    ['that says it in another form too', 'custom', undefined],
    ['that can do both is asked for both', ['notification', 'custom'], undefined],
    ['that can do nothing cannot do the first', [], 'custom'],
    ['that cannot do the second is told of it', ['custom'], 'notification'],
  ])('%s', (_, supported, expected) => {
    expect(findUnsupported([mask, tell], supported)).toBe(expected)
    expect(findUnsupported([], supported)).toBeUndefined()
  })

  it('is remembered by the types that it can do and Remit knows', () => {
    expect(listSupported(undefined, OBLIGATION_TYPES)).toBeNull()
    expect(listSupported('custom', OBLIGATION_TYPES)).toBeNull()
    expect(listSupported(null, OBLIGATION_TYPES)).toBeNull()
    expect(listSupported([], OBLIGATION_TYPES)).toEqual([])
    expect(listSupported(['something', 'step-up', 'custom', 7], OBLIGATION_TYPES)).toEqual(['step-up', 'custom'])
    expect(listSupported(['custom', 'step-up'], ['custom', 'other'])).toEqual(['custom'])
  })
})
