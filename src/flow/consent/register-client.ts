import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Kept } from '../../contract/change.ts'
import type { Binding } from '../../contract/register/binding.ts'
import { type ClientTerms, clientIssuer } from '../../contract/register/client.ts'
import type { Page } from '../../register/store.ts'
import type { House } from '../house.ts'
import { bindByPerson } from '../identity/amend-identity.ts'
import type { Cautions } from '../look-twice.ts'

/** What a person says of an OAuth client. */
export interface ClientProfile extends ClientTerms {
  /** Name or id of the identity that it speaks for. */
  readonly identity: string
  readonly clientId: string
}

/**
 * Registers a client of an identity: it is a binding of it, so that people approve it with the identity, and a cutoff or
 * an end of the binding ends what it opened. Errors: as of a binding.
 */
export async function registerClient(
  house: House,
  caller: PersonCaller,
  { identity, clientId, ...terms }: ClientProfile,
): Promise<{ readonly binding: Binding; readonly entry: number; readonly cautions: Cautions }> {
  const proof = { kind: 'client', issuer: clientIssuer, subject: clientId, claims: {}, keys: [] } as const
  return await bindByPerson(house, caller, identity, { ...proof, client: terms })
}

/** Lists the bindings of clients, living and ended ones, of every identity. */
export async function listClientBindings(house: House, page: Page): Promise<readonly Kept<Binding>[]> {
  return await house.register.bindingsOfIssuer(clientIssuer, page)
}
