import type { Identity } from '../contract/identity.ts'
import type { Person, Role } from '../contract/person.ts'
import { RemitError } from '../ground/errors.ts'

/**
 * Refuses with `role_missing` unless the person holds one of the roles. The role `owner` counts only for identities
 * that the person owns or sponsors, and for those that nobody owns yet.
 */
export function requireRole(
  person: Person,
  roles: readonly (Role | 'system')[],
  identity?: Pick<Identity, 'owner' | 'sponsor'>,
): void {
  if (person.state !== 'active') throw new RemitError('role_missing', { detail: 'You have left the organisation.' })
  const holds = (role: Role | 'system'): boolean =>
    role !== 'system' && person.roles.includes(role) && (role !== 'owner' || answersFor(person, identity))
  if (roles.some(holds)) return
  const wanted = roles.filter((role) => role !== 'system').join(', ')
  throw new RemitError('role_missing', {
    detail: `This asks for one of the roles: ${wanted}.`,
    facts: { roles: wanted },
  })
}

function answersFor(person: Person, identity: Pick<Identity, 'owner' | 'sponsor'> | undefined): boolean {
  return (
    identity === undefined || identity.owner === null || identity.owner === person.id || identity.sponsor === person.id
  )
}
