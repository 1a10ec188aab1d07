import type { Identity } from '../contract/register/identity.ts'
import type { Person, Role } from '../contract/register/person.ts'
import { RemitError } from '../ground/errors.ts'

/** Who may: people of a role. `system` is no person's. */
type Roles = readonly (Role | 'system')[]

/** Refuses with `role_missing` unless the person holds one of the roles, whatever it is about. */
export function requireRole(person: Person, roles: Roles): void {
  requireOne(person, roles, true)
}

/**
 * Refuses with `role_missing` unless the person holds one of the roles over this identity: the role `owner` counts only
 * for what the person owns or sponsors, and for what nobody owns yet.
 */
export function requireRoleOver(person: Person, roles: Roles, identity: Pick<Identity, 'owner' | 'sponsor'>): void {
  requireOne(person, roles, answersFor(person, identity))
}

function requireOne(person: Person, roles: Roles, ownerCounts: boolean): void {
  if (person.state !== 'active') throw new RemitError('role_missing', { detail: 'You have left the organisation.' })
  const holds = (role: Role | 'system'): boolean =>
    role !== 'system' && person.roles.includes(role) && (role !== 'owner' || ownerCounts)
  if (roles.some(holds)) return
  const wanted = roles.filter((role) => role !== 'system').join(', ')
  const isOthers = roles.includes('owner') && person.roles.includes('owner')
  const why = isOthers ? ' The role owner counts only for identities that you own or sponsor.' : ''
  throw new RemitError('role_missing', {
    detail: `This asks for one of the roles: ${wanted}.${why}`,
    facts: { roles: wanted },
  })
}

function answersFor(person: Person, { owner, sponsor }: Pick<Identity, 'owner' | 'sponsor'>): boolean {
  return owner === null || owner === person.id || sponsor === person.id
}
