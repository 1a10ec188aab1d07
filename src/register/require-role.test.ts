import { describe, expect, it } from 'vitest'
import { samplePerson } from '../../test/register/samples.ts'
import { type Person, ROLES, type Role } from '../contract/register/person.ts'
import { isError } from '../ground/errors.ts'
import { requireRole, requireRoleOver } from './require-role.ts'

const theirs = { owner: 'psn_ann', sponsor: 'psn_bob' }
const unowned = { owner: null, sponsor: null }

function may(person: Person, roles: readonly (Role | 'system')[], identity?: typeof theirs | typeof unowned): boolean {
  try {
    if (identity === undefined) requireRole(person, roles)
    else requireRoleOver(person, roles, identity)
    return true
  } catch (error) {
    if (isError(error, 'role_missing')) return false
    throw error
  }
}

describe('a role', () => {
  it.each(ROLES)('%s opens what asks for it, and nothing that asks for another', (role) => {
    for (const asked of ROLES) expect(may(samplePerson('psn_x', [role]), [asked])).toBe(asked === role)
  })

  it.each<[string, string, typeof theirs | typeof unowned, boolean]>([
    ['the owner', 'psn_ann', theirs, true],
    ['the sponsor', 'psn_bob', theirs, true],
    ['another owner', 'psn_eve', theirs, false],
    ['any owner, where nobody owns it yet', 'psn_eve', unowned, true],
  ])('owner counts for %s', (_, id, identity, expected) => {
    expect(may(samplePerson(id, ['owner']), ['admin', 'owner'], identity)).toBe(expected)
  })

  it('to be named as owner is not to hold the role', () => {
    expect(may(samplePerson('psn_ann', ['auditor']), ['owner'], theirs)).toBe(false)
  })

  it('no person is Remit itself', () => {
    expect(may(samplePerson('psn_x', ROLES), ['system'])).toBe(false)
  })

  it('who has left holds none', () => {
    expect(may(samplePerson('psn_ann', ROLES, { state: 'left' }), ROLES, theirs)).toBe(false)
  })

  it('whoever holds the role owner is told whose identities it counts for, and nobody else is', () => {
    const ask = (person: Person) => () => requireRoleOver(person, ['admin', 'owner'], theirs)
    const counts = 'The role owner counts only for identities that you own or sponsor.'
    expect(ask(samplePerson('psn_eve', ['owner']))).toThrow(`This asks for one of the roles: admin, owner. ${counts}`)
    expect(ask(samplePerson('psn_eve', ['auditor']))).toThrow(/: admin, owner\.$/)
  })

  it('a refusal says which would do', () => {
    expect(() => requireRole(samplePerson('psn_x'), ['admin', 'system', 'responder'])).toThrow('admin, responder')
  })
})
