import { isMembers } from '../contract/read-entry.ts'
import type { AccessAsker } from '../flow/access/access-task.ts'

/** Who a request for access says that it comes from (`client.actor` of the access-request profile). */
export interface ClaimedActor {
  readonly id: string
  readonly issuer?: string | undefined
  /** Who is above it, and who above that: the profile's nested `act`. */
  readonly act?: unknown
}

interface Hop {
  readonly id: unknown
  readonly issuer: unknown
}

/**
 * Says why a claimed actor is not who asks, or null where it is, or none is claimed: a chain that the credential of the
 * caller does not show is refused (profile, "Delegation and On-Behalf-Of"). Identities are told by id.
 */
export function findActorFault(claimed: ClaimedActor | undefined, caller: AccessAsker, issuer: string): string | null {
  if (claimed === undefined) return null
  const known = chainOf(caller)
  const said = readHops(claimed, known.length)
  const isShown =
    said.length <= known.length &&
    said.every((hop, at) => hop.id === known[at] && (hop.issuer === undefined || hop.issuer === issuer))
  return isShown ? null : 'client.actor is not who sends this, or not in the chain that its token shows.'
}

/** From who acts outward. */
function chainOf(caller: AccessAsker): readonly string[] {
  if (caller.kind === 'person') return [caller.person.id]
  return caller.task.chain.map((link) => link.identityId).reverse()
}

/** One more than there can be, at most: the rest is one too many whatever it says. */
function readHops({ id, issuer, act }: ClaimedActor, most: number): readonly Hop[] {
  const hops: Hop[] = [{ id, issuer }]
  for (let next: unknown = act; next !== undefined && hops.length <= most; ) {
    const { sub, iss, act: above } = isMembers(next) ? next : { sub: undefined, iss: undefined, act: undefined }
    hops.push({ id: sub, issuer: iss })
    next = above
  }
  return hops
}
