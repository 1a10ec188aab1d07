import { type Binding, isProving, secretIssuer } from '../../contract/register/binding.ts'
import { clientIssuer } from '../../contract/register/client.ts'
import { RemitError } from '../../ground/errors.ts'
import type { IssuerCourt } from '../assertion/assertion-kinds.ts'
import type { WorkloadCaller } from '../caller.ts'

/**
 * Kinds of binding whose subject is a name of ours for a client. The subjects of a platform are its own, and may say anything.
 */
const NAMED_HERE: readonly Binding['kind'][] = ['key', 'client', 'spiffe', 'secret', 'attestation']

/**
 * Where names are given to clients that a client of another way of proving itself could have too, beside what attesters say.
 */
const NAMING = ['self', clientIssuer, secretIssuer]

/**
 * Refuses a `client_id` by which others mean somebody else than the client that has authenticated itself: it is the id of its
 * identity, or the name of its binding where nobody else has that by another way of proving themselves. Error:
 * `assertion_claims`.
 */
export async function requireClientId(
  { store, clock, trusts }: Pick<IssuerCourt, 'store' | 'clock' | 'trusts'>,
  { binding, identity }: Pick<WorkloadCaller, 'binding' | 'identity'>,
  clientId: unknown,
): Promise<void> {
  if (clientId === identity.id) return
  if (clientId !== binding.subject || !NAMED_HERE.includes(binding.kind)) refuse('It was made for another client.')
  const issuers = [...NAMING, ...trusts.keys()]
  const [namesake, ...named] = await Promise.all([
    store.getIdentity(binding.subject),
    ...issuers.map((issuer) => store.findBindings(issuer, [binding.subject])),
  ])
  const isOfAnother = (row: Binding): boolean =>
    row.identityId !== identity.id && NAMED_HERE.includes(row.kind) && isProving(row, clock.nowMs())
  if (namesake !== undefined || named.flat().some(isOfAnother))
    refuse('Two clients here have the name of the one that it was made for, so that it is for neither.')
}

function refuse(detail: string): never {
  throw new RemitError('assertion_claims', { detail })
}
