import type { DocumentClient } from '../../authenticate/client/document-key.ts'
import { type ClientDocument, isDocumentAddress } from '../../authenticate/client/metadata-document.ts'
import type { Kept } from '../../contract/change.ts'
import type { Binding } from '../../contract/register/binding.ts'
import { clientIssuer } from '../../contract/register/client.ts'
import type { Identity, IdentityId } from '../../contract/register/identity.ts'
import type { Person, PersonId } from '../../contract/register/person.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { discoverIdentity } from '../../register/identity.ts'
import type { House } from '../house.ts'
import { namesReadIn } from './plain-name.ts'

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
  /** What it says of itself; null for one that people registered. */
  readonly claimed: Claimed | null
}

/** The name that a client gives itself. */
export interface Claimed {
  readonly name: string | null
  /** True where another identity is called so. */
  readonly isOfAnother: boolean
}

/**
 * Finds a client by its `client_id`. One that is the address of a document and that nobody knows is put into the register
 * as discovered by who came with it, and can do nothing. Error: `client_unknown`.
 */
export async function findClient(house: House, clientId: string, personId: PersonId): Promise<FoundClient> {
  return isDocumentAddress(clientId)
    ? await findByDocument(house, clientId, personId)
    : await findRegistered(house, clientId)
}

/** What has to come with a code of a client that is not public: a proof of its identity, or one by the keys of its document. */
export type CodeProof =
  | { readonly kind: 'identity'; readonly identityId: IdentityId }
  | ({ readonly kind: 'document' } & DocumentClient)

/**
 * Gives what has to come with a code of this client; null where it is public, or not known: nothing is fetched for whom nobody
 * has ever let in. Error: `client_unknown` for a document that cannot be had.
 */
export async function findCodeProof(house: House, clientId: string): Promise<CodeProof | null> {
  const binding = await findBinding(house, clientId)
  if (binding === undefined) return null
  if (binding.client?.confidential === true) return { kind: 'identity', identityId: binding.identityId }
  if (!isDocumentAddress(clientId) || house.clientDocuments === null) return null
  const document = await house.clientDocuments.read(clientId)
  if (document.keys === null) return null
  return { kind: 'document', binding, keys: await house.clientDocuments.keysOf(document) }
}

/**
 * True for a client that people let in, and that takes back its own token by that token and its name alone: a public one, and one
 * whose document cannot be had, as nobody can say then what it has to prove, and all that comes of it is an end.
 */
export async function takesBackByName(house: House, clientId: string): Promise<boolean> {
  if ((await findBinding(house, clientId)) === undefined) return false
  try {
    return (await findCodeProof(house, clientId)) === null
  } catch (error) {
    if (isError(error, 'client_unknown')) return true
    throw error
  }
}

async function findRegistered(house: House, clientId: string): Promise<FoundClient> {
  const binding = await findBinding(house, clientId)
  if (binding === undefined) throw new RemitError('client_unknown')
  const { redirectUris = [], server = null } = binding.client ?? {}
  return { clientId, ...(await readIdentity(house, binding)), redirectUris, server, claimed: null }
}

async function findByDocument(house: House, clientId: string, personId: PersonId): Promise<FoundClient> {
  if (house.clientDocuments === null) throw new RemitError('client_unknown')
  const document = await house.clientDocuments.read(clientId)
  const binding = (await findBinding(house, clientId)) ?? (await discoverClient(house, document, personId))
  const known = await readIdentity(house, binding)
  const claimed = { name: document.name, isOfAnother: await isNameOfAnother(house, document, known.identity) }
  return { clientId, ...known, redirectUris: document.redirectUris, server: null, claimed }
}

async function findBinding(house: House, clientId: string): Promise<Kept<Binding> | undefined> {
  const kept = await house.register.bindingsFor(clientIssuer, [clientId])
  return kept.find((row) => row.kind === 'client' && row.endedMs === null)
}

async function readIdentity(
  house: House,
  binding: Kept<Binding>,
): Promise<Pick<FoundClient, 'binding' | 'identity' | 'owner'>> {
  const identity = await house.register.identity(binding.identityId)
  if (identity === undefined)
    throw new RemitError('store_damaged', { cause: new Error(`binding ${binding.id} has no identity`) })
  return { binding, identity, owner: identity.owner === null ? undefined : await house.register.person(identity.owner) }
}

/** A name is what people go by: one that they would read as that of another identity is worth a warning. */
async function isNameOfAnother(house: House, { name }: ClientDocument, own: Identity): Promise<boolean> {
  const named = await Promise.all(namesReadIn(name ?? '').map((each) => house.register.identityNamed(each)))
  return named.some((identity) => identity !== undefined && identity.id !== own.id)
}

/** A client shows nothing that could be seen twice, or that its binding could ask for. */
const UNPROVEN = { proposed: {}, vendor: null, changes: [] } as const

/** Noted one after the other: many that are named at once would all find few that wait for a person. */
async function discoverClient(house: House, document: ClientDocument, personId: PersonId): Promise<Kept<Binding>> {
  const { clientId } = document
  try {
    await house.bindInTurn(() => noteClient(house, document, personId))
  } catch (error) {
    if (!isError(error, 'conflict')) throw error // somebody else was shown it in the same moment
  }
  const binding = await findBinding(house, clientId)
  if (binding === undefined) throw new RemitError('client_unknown')
  return binding
}

/** Who ended its binding does not want it back: it is not discovered a second time. */
async function noteClient(house: House, { clientId, name }: ClientDocument, personId: PersonId): Promise<void> {
  const before = await house.register.bindingsFor(clientIssuer, [clientId])
  if (before.some((row) => row.kind === 'client' && row.endedMs === null)) return // by somebody else, a moment ago
  if (before.length > 0) throw new RemitError('client_unknown')
  const waiting = await house.register.identitiesFoundAt(clientIssuer, { limit: LIMITS.discoveredMax })
  if (waiting.length >= LIMITS.discoveredMax)
    throw new RemitError('client_unknown', {
      detail: 'This application is not registered, and too many unknown ones wait for a person already.',
    })
  if (waiting.filter(({ foundBy }) => foundBy === personId).length >= LIMITS.discoveredByPersonMax)
    throw new RemitError('client_unknown', {
      detail: `This application is not registered, and ${LIMITS.discoveredByPersonMax} unknown ones that you came with wait for somebody to answer for them already.`,
    })
  const claims = name === null ? {} : { client_name: name.replace(/\p{C}/gu, '') }
  const sighting = {
    bindingKind: 'client',
    issuer: clientIssuer,
    subject: clientId,
    claims,
    foundBy: personId,
    ...UNPROVEN,
  } as const
  await house.log.record(discoverIdentity(sighting, house.ids, house.clock.nowMs()).fact)
}
