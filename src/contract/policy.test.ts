import { describe, expect, it } from 'vitest'
import {
  describeNote,
  isDomainName,
  isPolicyEffect,
  POLICY_EFFECTS,
  POLICY_READERS,
  POLICY_SEATS,
  POLICY_STATES,
  policyVersionId,
} from './policy.ts'

describe('a change of policies', () => {
  it('that lets more happen needs two seats, and any other the one that looks after security', () => {
    expect(POLICY_EFFECTS.map((effect) => POLICY_SEATS[effect])).toEqual([
      ['admin', 'security'],
      ['security'],
      ['security'],
    ])
  })

  it('has one of three effects, and no other word is one', () => {
    expect(['loosens', 'tightens', 'words'].map(isPolicyEffect)).toEqual([true, true, true])
    expect(['', 'loosen', 'constructor'].map(isPolicyEffect)).toEqual([false, false, false])
  })

  it('is read by those who manage, approve or audit', () => {
    expect(POLICY_READERS).toEqual(['admin', 'approver', 'auditor'])
  })

  it('stands in one of five states', () => {
    expect(POLICY_STATES).toEqual(['proposed', 'shadow', 'enforced', 'superseded', 'refused'])
  })
})

describe('the name of a domain of another application', () => {
  it.each(['a', '7', 'crm', 'crm.eu-west_1', 'a'.repeat(100)])('can be %s', (name) => {
    expect(isDomainName(name)).toBe(true)
  })

  it.each(['', 'remit', '.a', '-a', 'Crm', 'a b', ' a', 'a/b', 'a\n', 'a'.repeat(101)])('cannot be %j', (name) => {
    expect(isDomainName(name)).toBe(false)
  })
})

it('ids of versions of one domain sort by their number', () => {
  expect([9, 10, 999_999].map((number) => policyVersionId('crm', number))).toEqual([
    'crm/000009',
    'crm/000010',
    'crm/999999',
  ])
  expect(policyVersionId('crm', 1_234_567)).toBe('crm/1234567')
})

describe('a note on a place of a file', () => {
  const note = { file: 'a.cedar', line: 3, column: 7, id: 'p1', kind: 'syntax', sentence: 'It is odd.', hint: 'even' }
  it.each([
    ['says where, of what, what it is and what was meant', {}, 'a.cedar:3:7 (p1): It is odd. (even)'],
    ['of a whole file says no line', { line: 0 }, 'a.cedar (p1): It is odd. (even)'],
    ['of a whole set says no file', { file: '' }, '(p1): It is odd. (even)'],
    ['of a text that is no policy yet names none', { id: null }, 'a.cedar:3:7: It is odd. (even)'],
    ['of which nobody knows what was meant says so much', { hint: null }, 'a.cedar:3:7 (p1): It is odd.'],
    ['of nothing in particular is its sentence', { file: '', id: null, hint: null }, 'It is odd.'],
  ])('%s', (_, more, text) => {
    expect(describeNote({ ...note, ...more })).toBe(text)
  })
})
