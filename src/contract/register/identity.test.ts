import { describe, expect, it } from 'vitest'
import { ENTRY_KINDS } from '../log-entry.ts'
import { findTransition, IDENTITY_STATES, type IdentityState, LIFECYCLE } from './identity.ts'
import { ROLES } from './person.ts'

const STARTS: readonly (IdentityState | null)[] = [null, ...IDENTITY_STATES]

describe('the lifecycle', () => {
  it('reaches every state', () => {
    const reached = new Set<IdentityState>()
    for (let size = -1; size < reached.size; ) {
      size = reached.size
      for (const row of LIFECYCLE) {
        if (row.from.length === 0 || row.from.some((state) => reached.has(state))) reached.add(row.to)
      }
    }
    expect([...reached].sort()).toEqual([...IDENTITY_STATES].sort())
  })

  it('never leaves retired', () => {
    expect(LIFECYCLE.filter((row) => row.from.includes('retired'))).toEqual([])
  })

  it('can retire from every other state', () => {
    const others = IDENTITY_STATES.filter((state) => state !== 'retired')
    expect(others.filter((state) => findTransition('retire', state)?.to !== 'retired')).toEqual([])
  })

  it.each(STARTS)('has no verb twice from %s', (from) => {
    const verbs = LIFECYCLE.filter((row) => (from === null ? row.from.length === 0 : row.from.includes(from)))
    expect(new Set(verbs.map((row) => row.verb)).size).toBe(verbs.length)
  })

  it('leads to active in one way only: by Remit itself, with everything that law 1 asks for', () => {
    const rows = LIFECYCLE.filter((row) => row.to === 'active')
    expect(rows.map((row) => row.verb)).toEqual(['activate'])
    expect(rows[0]?.roles).toEqual(['system'])
    const needs = ['owner', 'sponsor', 'purpose', 'binding', 'entitlement', 'approvals', 'rehearsal']
    expect([...(rows[0]?.needs ?? [])].sort()).toEqual(needs.sort())
  })

  it('lets a suspended identity back only through a new approval', () => {
    const rows = LIFECYCLE.filter((row) => row.from.includes('suspended'))
    expect(rows.map((row) => row.to).sort()).toEqual(['pending', 'retired'])
  })

  it('lets Remit suspend by itself, so that no identity is orphaned', () => {
    expect(findTransition('suspend', 'active')?.roles).toContain('system')
  })

  it.each(LIFECYCLE)('$verb leaves an entry of a known kind, for known roles, and never stays where it is', (row) => {
    expect(Object.keys(ENTRY_KINDS)).toContain(row.entry)
    expect(row.roles.length).toBeGreaterThan(0)
    expect(row.roles.filter((role) => role !== 'system' && !ROLES.includes(role))).toEqual([])
    expect(row.from).not.toContain(row.to)
  })

  it.each<[string, (IdentityState | null)[], IdentityState, string[]]>([
    ['discover', [null], 'discovered', ['system']],
    ['draft', [null], 'draft', ['admin', 'owner']],
    ['adopt', ['discovered'], 'draft', ['admin', 'owner']],
    ['submit', ['draft', 'suspended'], 'pending', ['admin', 'owner']],
    ['return', ['pending'], 'draft', ['admin', 'approver', 'owner']],
    ['activate', ['pending'], 'active', ['system']],
    ['suspend', ['pending', 'active'], 'suspended', ['admin', 'owner', 'responder', 'system']],
    ['retire', ['discovered', 'draft', 'pending', 'active', 'suspended'], 'retired', ['admin', 'owner']],
  ])('lets %s lead from %j alone, to %s, by %j alone', (verb, from, to, roles) => {
    const starts = STARTS.filter((state) => findTransition(verb, state) !== undefined)
    expect(new Set(starts)).toEqual(new Set(from))
    for (const state of from) expect(findTransition(verb, state)).toMatchObject({ to, roles })
  })

  it.each<[string, IdentityState, string[]]>([
    ['adopt', 'discovered', ['owner', 'sponsor', 'purpose']],
    ['submit', 'draft', ['owner', 'sponsor', 'purpose', 'binding', 'entitlement']],
    ['return', 'pending', ['reason']],
    ['suspend', 'active', ['reason']],
    ['retire', 'active', ['reason']],
  ])('asks of %s from %s for %j', (verb, from, needs) => {
    expect(findTransition(verb, from)?.needs).toEqual(needs)
  })

  it('tells each step by an entry of its own', () => {
    expect(LIFECYCLE.map(({ verb, entry }) => [verb, entry])).toEqual([
      ['discover', 'identity.discovered'],
      ['draft', 'identity.drafted'],
      ['adopt', 'identity.adopted'],
      ['submit', 'identity.submitted'],
      ['return', 'identity.returned'],
      ['activate', 'identity.activated'],
      ['suspend', 'identity.suspended'],
      ['retire', 'identity.retired'],
    ])
  })

  it('never lets an auditor change anything', () => {
    expect(LIFECYCLE.filter((row) => row.roles.includes('auditor'))).toEqual([])
  })

  it.each<[string, IdentityState | null]>([
    ['activate', 'draft'],
    ['activate', 'suspended'],
    ['activate', 'retired'],
    ['activate', null],
    ['adopt', 'active'],
    ['discover', 'draft'],
    ['suspend', 'retired'],
    ['fly', 'active'],
  ])('refuses %s from %s', (verb, from) => {
    expect(findTransition(verb, from)).toBeUndefined()
  })
})
