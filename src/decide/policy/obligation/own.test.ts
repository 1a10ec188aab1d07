import { describe, expect, it } from 'vitest'
import { comparePolicies } from '../check/compare-policies.ts'
import { readPolicies } from '../check/read-policies.ts'
import type { ReadPolicy } from '../policy.ts'
import { refuseObligation } from './own.ts'

const write = (annotation: string, head = 'permit (principal, action in Remit::Action::"call", resource)'): string =>
  `@id("org:hides")\n@sentence("It hides.")\n${annotation === '' ? '' : `@obligation(${JSON.stringify(annotation)})\n`}${head};`
const readAll = (text: string) => readPolicies({ name: 'org.cedar', text }, 'organisation')
const read = (annotation: string, head?: string): ReadPolicy | string => {
  const { policies, faults } = readAll(write(annotation, head))
  return policies[0] ?? faults[0]?.sentence ?? 'nothing'
}
const say = (type: string, properties: unknown): string => JSON.stringify({ type, properties })

describe('an obligation of a policy of our own', () => {
  it.each([
    [say('dev.remit/mask-result', { members: ['iban'] }), 'dev.remit/mask-result', { members: ['iban'] }],
    [say('dev.remit/limit-result', { bytesMax: 4_096 }), 'dev.remit/limit-result', { bytesMax: 4_096 }],
    [say('step-up', { acr_value: 'phr' }), 'step-up', { acr_value: 'phr' }],
    ['Tell the customer.', 'custom', { instruction: 'Tell the customer.' }],
  ])('is read: %s', (annotation, type, properties) => {
    expect(read(annotation)).toMatchObject({ obligation: { id: 'org:hides', type, properties } })
  })

  it.each([
    [say('dev.remit/mask-result', {}), 'must say members, a list of names'],
    [say('dev.remit/mask-result', { members: [] }), 'must say members'],
    [say('dev.remit/mask-result', { members: [7] }), 'must say members'],
    [say('dev.remit/mask-result', { members: [''] }), 'must say members'],
    [say('dev.remit/mask-result', { members: Array.from({ length: 51 }, String) }), 'must say members'],
    [say('dev.remit/limit-result', { bytesMax: 0 }), 'must say bytesMax'],
    [say('dev.remit/limit-result', { bytesMax: 1.5 }), 'must say bytesMax'],
    [say('dev.remit/limit-result', { bytesMax: '9' }), 'must say bytesMax'],
    [say('dev.remit/other', {}), 'an @obligation has a type'],
    [say('toString', {}), 'an @obligation has a type'],
    ['{"type":', 'an @obligation has a type'],
    [' ', 'must say something'],
  ])('is refused where it says too little: %s', (annotation, sentence) => {
    expect(read(annotation)).toContain(sentence)
  })

  const mask = say('dev.remit/mask-result', { members: ['iban'] })
  it.each([
    ['forbid (principal, action in Remit::Action::"call", resource)', 'stands on a permit'],
    ['permit (principal, action, resource)', 'name them'],
    ['permit (principal, action == Remit::Action::"token", resource)', 'name them'],
    ['permit (principal, action in [Remit::Action::"read", Remit::Action::"task"], resource)', 'name them'],
  ])('is refused where nobody would carry it out: %s', (head, sentence) => {
    expect(read(mask, head)).toContain(sentence)
  })

  it.each([
    'permit (principal, action == Remit::Action::"read", resource)',
    'permit (principal, action in [Remit::Action::"read", Remit::Action::"write"], resource)',
  ])('stands on %s', (head) => {
    expect(read(mask, head)).toMatchObject({ obligation: { type: 'dev.remit/mask-result' } })
  })
})

describe('a change of an obligation', () => {
  const mask = say('dev.remit/mask-result', { members: ['iban', 'pin'] })
  const less = say('dev.remit/mask-result', { members: ['iban'] })
  const narrow = 'permit (principal, action in Remit::Action::"call", resource) when { principal.tier.rank == 0 }'
  it.each([
    ['added', write(''), write(mask), 'tightens'],
    ['taken off', write(mask), write(''), 'loosens'],
    ['of less', write(mask), write(less), 'loosens'],
    ['of another policy with it', write(mask), write(mask, narrow), 'loosens'],
    ['gone with its policy', write(mask), '', 'loosens'],
    ['gone with a policy that had none', write(''), '', 'tightens'],
    ['under another id', write(mask), write(mask).replace('org:hides', 'org:covers'), 'words'],
    ['under another id and off', write(mask), write('').replace('org:hides', 'org:covers'), 'loosens'],
    ['in words alone', write(mask), write(mask).replace('It hides.', 'It covers.'), 'words'],
  ])('%s is told for what it is', (_, before, after, effect) => {
    expect(comparePolicies(readAll(before).policies, readAll(after).policies).effect).toBe(effect)
  })
})

describe('what is permitted with an obligation', () => {
  const mask = { id: 'a', type: 'dev.remit/mask-result', properties: {} }
  const stepUp = { id: 'b', type: 'step-up', properties: {} }
  it.each([
    ['call', [], null, undefined],
    ['call', [mask], null, undefined],
    ['call', [mask, stepUp], null, 'step-up'],
    ['call', [mask, stepUp], ['step-up'], 'step-up'],
    ['evaluation', [mask, stepUp], null, undefined],
    ['evaluation', [mask, stepUp], ['step-up', 'dev.remit/mask-result'], undefined],
    ['evaluation', [mask, stepUp], ['step-up'], 'dev.remit/mask-result'],
    ['evaluation', [mask], [], 'dev.remit/mask-result'],
    ['evaluation', [], [], undefined],
  ] as const)('of a %s is refused where nobody can carry it out', (kind, obligations, supported, type) => {
    const reason = refuseObligation(kind, obligations, supported)
    expect(reason?.rule).toBe(type === undefined ? undefined : 'law:obligation')
    expect(reason?.sentence ?? '').toContain(type ?? '')
  })
})
