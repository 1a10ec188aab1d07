import { describe, expect, it } from 'vitest'
import type { TrialResult } from '../../policy/trial/run-trials.ts'
import { compileDomain } from '../compile-domain.ts'
import { readDomainTrials, runDomainTrials } from './domain-trials.ts'

const domain = compileDomain(
  'app',
  {
    schema: 'entity user { role?: String }; entity doc; action read appliesTo { principal: user, resource: doc };',
    files: [
      {
        name: 'a.cedar',
        text: '@id("guests") permit (principal, action, resource) when { principal has role && principal.role == "guest" };',
      },
    ],
    entities: null,
  },
  () => expect.unreachable('the engines differ'),
)
const guest = { type: 'user', id: 'ada', properties: { role: 'guest' } }
const asked = { name: 'it', subject: guest, action: { name: 'read' }, resource: { type: 'doc', id: 'd' } }

const read = (...cases: readonly object[]) =>
  readDomainTrials([{ name: 'a.test.json', text: JSON.stringify({ cases }) }])

function run(...cases: readonly object[]): readonly TrialResult[] {
  const trials = read(...cases)
  expect(trials.faults).toEqual([])
  return runDomainTrials(domain, trials.cases)
}

describe('a case of a domain', () => {
  it('comes out as the domain decides', () => {
    const stranger = { type: 'user', id: 'bob' }
    const [permitted, denied, wrong] = run(
      { ...asked, expect: 'permit', by: ['guests'] },
      { ...asked, subject: stranger, expect: 'denial', by: [] },
      { ...asked, expect: 'denial' },
    )
    expect([permitted?.ok, denied?.ok, wrong?.ok]).toEqual([true, true, false])
    expect(wrong).toMatchObject({ came: { outcome: 'permit', by: ['guests'] } })
  })

  it.each([
    ['of a type that the domain has not', { subject: { type: 'robot', id: 'ada' } }, 'domain:type'],
    [
      'with a value that Cedar has no form for',
      { subject: { ...guest, properties: { role: 1.5 } } },
      'domain:attribute',
    ],
  ])('%s is a denial by the rule that says so, and never an error of the run', (_, more, rule) => {
    const [result] = run({ ...asked, ...more, expect: 'denial', by: [rule] })
    expect(result).toMatchObject({ ok: true, errors: [], came: { outcome: 'denial', by: [rule] } })
  })

  it('that cannot be judged has not come out as it should, whatever was expected', () => {
    const subject = { ...guest, properties: { role: 7 } } // of another type than is declared
    const [result] = run({ ...asked, subject, expect: 'denial' })
    expect(result).toMatchObject({ ok: false, errors: [expect.stringContaining('role, which is long')] })
  })

  it('asks with what it says, and with nothing where it says nothing', () => {
    const [whole] = read({ ...asked, context: { score: 1 }, expect: 'permit' }).cases
    expect(whole).toEqual({
      file: 'a.test.json',
      line: 1,
      column: 11,
      name: 'it',
      expect: 'permit',
      by: null,
      request: {
        subject: guest,
        action: { name: 'read', properties: {} },
        resource: { type: 'doc', id: 'd', properties: {} },
        context: { score: 1 },
      },
    })
    const [bare] = read({ ...asked, expect: 'permit' }).cases
    expect(bare?.request.context).toEqual({})
  })

  it.each([
    ['no subject', { subject: undefined }, 'needs a subject with type and id'],
    ['a subject without a type', { subject: { id: 'ada' } }, 'needs a subject with type and id'],
    ['a subject with an empty id', { subject: { type: 'user', id: '' } }, 'needs a subject with type and id'],
    ['a subject of a text', { subject: 'ada' }, 'needs a subject with type and id'],
    ['properties in a list', { subject: { ...guest, properties: [] } }, 'needs a subject with type and id'],
    ['an action with a number for a name', { action: { name: 7 } }, 'needs an action with a name'],
    ['a resource without an id', { resource: { type: 'doc' } }, 'needs a resource with type and id'],
    ['a context that is a list', { context: [] }, 'says its context in an object'],
  ])('with %s is a fault that says what it needs', (_, more, sentence) => {
    const { cases, faults } = read({ ...asked, expect: 'permit', ...more })
    expect(cases).toEqual([])
    expect(faults).toMatchObject([{ file: 'a.test.json', sentence: `case 1 (it) ${sentence}` }])
  })

  it('may say nothing that would be left unread', () => {
    const { faults } = read({ ...asked, expect: 'permit', entity: {} })
    expect(faults).toMatchObject([{ sentence: 'case 1 (it) says "entity", which means nothing here' }])
  })
})
