import type { Kept } from '../../contract/change.ts'
import type { Binding } from '../../contract/register/binding.ts'
import { clientIssuer } from '../../contract/register/client.ts'
import type { Identity } from '../../contract/register/identity.ts'
import type { Person } from '../../contract/register/person.ts'
import { RemitError } from '../../ground/errors.ts'
import type { House } from '../house.ts'

/** An OAuth client as it is known here: the identity that it speaks for, and where answers to it may go. */
export interface FoundClient {
  readonly clientId: string
  readonly binding: Kept<Binding>
  readonly identity: Kept<Identity>
  /** Who answers for it; undefined where nobody does. */
  readonly owner: Kept<Person> | undefined
  readonly redirectUris: readonly string[]
  /** The server behind the gateway that is meant where a request names none. */
  readonly server: string | null
}

/** Finds a client by its `client_id`. Errors: `client_unknown`. */
export async function findClient(house: House, clientId: string): Promise<FoundClient> {
  const kept = await house.register.bindingsFor(clientIssuer, [clientId])
  const binding = kept.find((row) => row.kind === 'client' && row.endedMs === null)
  const identity = binding === undefined ? undefined : await house.register.identity(binding.identityId)
  if (binding === undefined || identity === undefined) throw new RemitError('client_unknown')
  return {
    clientId,
    binding,
    identity,
    owner: identity.owner === null ? undefined : await house.register.person(identity.owner),
    redirectUris: binding.client?.redirectUris ?? [],
    server: binding.client?.server ?? null,
  }
}
