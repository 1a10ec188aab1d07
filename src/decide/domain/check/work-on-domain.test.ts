import { describe, expect, it } from 'vitest'
import { compileDomain } from '../compile-domain.ts'
import type { DomainTexts } from '../domain.ts'
import type { CheckedDomain, DomainToCheck } from './check-domain-apart.ts'
import { workOnDomain } from './work-on-domain.ts'

const texts: DomainTexts = {
  schema: 'entity user { role?: String }; entity doc; action read appliesTo { principal: user, resource: doc };',
  files: [
    {
      name: 'a.cedar',
      text: '@id("guests") permit (principal, action, resource) when { principal has role && principal.role == "guest" };\nforbid (principal, action, resource) when { false };',
    },
  ],
  entities: JSON.stringify([{ uid: { type: 'user', id: 'ada' }, attrs: { role: 'guest' }, parents: [] }]),
}
const broken: DomainTexts = { ...texts, files: [{ name: 'b.cedar', text: 'permit (' }] }
const asked = { subject: { type: 'user', id: 'ada' }, action: { name: 'read' }, resource: { type: 'doc', id: 'd' } }
const cases = [
  { ...asked, name: 'as it is', expect: 'permit', by: ['guests'] },
  { ...asked, name: 'as it is not', expect: 'denial' },
]
const tests = [
  { name: 'a.test.json', text: JSON.stringify({ cases }) },
  { name: 'b.test.json', text: '{' },
]

function check(more: Partial<DomainToCheck>): CheckedDomain {
  const told = workOnDomain({
    check: { name: 'app', texts, isNew: true, tests: [], isTested: false, before: null, ...more },
  })
  if (!('checked' in told)) return expect.unreachable(JSON.stringify(told))
  expect(told.mismatches).toEqual([])
  return told.checked
}

describe('what is told of a domain', () => {
  it('is what it holds, and what is to be minded', () => {
    const { version, text, warnings } = compileDomain('app', texts, () => expect.unreachable('the engines differ'))
    expect(warnings).not.toEqual([])
    expect(check({})).toEqual({
      name: 'app',
      version,
      text,
      warnings,
      policies: 2,
      entities: 1,
      hasSchema: true,
      testFaults: [],
      cases: 0,
      results: [],
      changes: [],
    })
    expect(check({ texts: { ...texts, schema: null } })).toMatchObject({ hasSchema: false })
  })

  it('is what is wrong with its test files, and what came of their cases only where that is asked', () => {
    const read = check({ tests })
    expect(read).toMatchObject({
      cases: 2,
      results: [],
      testFaults: [expect.objectContaining({ file: 'b.test.json' })],
    })
    const { results, ...tested } = check({ tests, isTested: true })
    expect(results.map(({ ok }) => ok)).toEqual([true, false])
    expect(tested).toMatchObject({ cases: 2, testFaults: read.testFaults })
  })

  it('is how it differs from the one before it', () => {
    expect(check({ before: texts }).changes).toEqual([])
    const fewer = { ...texts, files: [{ name: 'a.cedar', text: 'permit (principal, action, resource);' }] }
    expect(check({ before: fewer }).changes.map(({ change }) => change)).toContain('added')
  })

  it('is what is wrong with it, where it can be none, whatever was asked', () => {
    const faults = [expect.objectContaining({ file: 'b.cedar', line: 1 })]
    const toCheck = { name: 'app', texts: broken, isNew: true, tests: [], isTested: true, before: null }
    expect(workOnDomain({ check: toCheck })).toEqual({ faults })
    expect(workOnDomain({ read: { name: 'app', texts: broken } })).toEqual({ faults })
  })

  it('is the domain itself, where it is only read', () => {
    expect(workOnDomain({ read: { name: 'app', texts } })).toMatchObject({ read: { name: 'app' } })
  })

  it('is nothing where something else fails: that is not what is wrong with the domain', () => {
    const unreadable = { name: 'app', texts: null as unknown as DomainTexts }
    expect(() => workOnDomain({ read: unreadable })).toThrow(TypeError)
  })
})
