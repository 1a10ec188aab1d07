import { type Change, insert, type Kept } from '../contract/change.ts'
import type { JsonObject } from '../contract/log-entry.ts'
import type { Binding } from '../contract/register/binding.ts'
import type { BindingStrength } from '../contract/task.ts'
import { RemitError } from '../ground/errors.ts'
import type { AssertionKind, Court, VerifiedAssertion } from './assertion/assertion-kinds.ts'
import { chooseBinding, findBindings } from './assertion/bound-identity.ts'
import { proveCaller, type Stranger, type WorkloadCaller } from './caller.ts'
import { parseCompactJwt } from './compact-jwt.ts'
import type { DpopProof } from './dpop-proof.ts'
import { type PresentedAs, requireRightName } from './presented.ts'

/** Finds the identity behind an assertion. `kinds` is tried in order on the claims as shown; the first that takes it decides. */
export async function findWorkload(
  court: Court,
  kinds: readonly AssertionKind[],
  shown: { readonly jwt: string; readonly as: PresentedAs },
  proof: DpopProof | undefined,
): Promise<WorkloadCaller | Stranger> {
  const jwt = parseCompactJwt(shown.jwt)
  const kind = kinds.find((row) => row.takes(jwt.claims))
  if (kind === undefined) throw new RemitError('issuer_unknown')
  requireRightName(shown.as, kind.maker, jwt.header)
  const assertion = await kind.verify(jwt)
  requireOwnKey(assertion.claims, proof)
  await refuseReplay(court, assertion, proof)
  const { matching, missed } = await findBindings(court.store, assertion, court.clock.nowMs())
  const binding = chooseBinding(matching)
  if (binding !== undefined) requirePinnedKey(binding, proof)
  return binding === undefined
    ? describeStranger(assertion, missed, proof)
    : await admitWorkload(court, assertion, binding, proof)
}

/** An assertion that names a key (RFC 7800 `cnf`) counts only together with a proof of that key. */
function requireOwnKey(claims: JsonObject, proof: DpopProof | undefined): void {
  const { cnf } = claims
  if (cnf === undefined) return
  const thumbprint = typeof cnf === 'object' && cnf !== null && 'jkt' in cnf ? cnf.jkt : undefined
  if (proof === undefined)
    throw new RemitError('proof_missing', { detail: 'The assertion is bound to a key, and no proof of it was shown.' })
  if (thumbprint !== proof.thumbprint)
    throw new RemitError('proof_invalid', { detail: 'The assertion is bound to another key.' })
}

/** A binding that names keys counts only together with a proof of one of them. */
function requirePinnedKey({ keyThumbprints = [] }: Binding, proof: DpopProof | undefined): void {
  if (keyThumbprints.length === 0) return
  if (proof === undefined)
    throw new RemitError('proof_missing', { detail: 'The binding names keys, and no proof of one of them was shown.' })
  if (!keyThumbprints.includes(proof.thumbprint))
    throw new RemitError('proof_invalid', { detail: 'The binding names other keys.' })
}

/** An early answer; what makes sure is that the same row cannot be inserted twice. */
async function refuseReplay(court: Court, assertion: VerifiedAssertion, proof: DpopProof | undefined): Promise<void> {
  if ((await court.store.getSeenProof(assertion.seen.id)) !== undefined) throw new RemitError('assertion_replayed')
  if (proof !== undefined && (await court.store.getSeenProof(proof.seenId)) !== undefined)
    throw new RemitError('proof_invalid', { detail: 'The proof was shown before; each counts once.' })
}

async function admitWorkload(
  court: Court,
  assertion: VerifiedAssertion,
  binding: Kept<Binding>,
  proof: DpopProof | undefined,
): Promise<WorkloadCaller> {
  const identity = await court.store.getIdentity(binding.identityId)
  if (identity === undefined)
    throw new RemitError('internal', { cause: new Error(`binding ${binding.id} has no identity`) })
  return proveCaller<WorkloadCaller>({
    kind: 'workload',
    identity,
    binding,
    strength: rateStrength(assertion, proof),
    possession: proof === undefined ? null : { kind: 'jkt', thumbprint: proof.thumbprint },
    changes: markSeen(assertion, proof),
  })
}

/** Without a proven key whatever comes of the assertion can be carried off, however the assertion was signed. */
function rateStrength(assertion: VerifiedAssertion, proof: DpopProof | undefined): BindingStrength {
  if (proof === undefined) return 'bearer'
  return assertion.attested ? 'attested' : 'key-bound'
}

function markSeen(assertion: VerifiedAssertion, proof: DpopProof | undefined): readonly Change[] {
  return [insert('seen_proofs', assertion.seen), ...(proof?.changes ?? [])]
}

/** Claims that say which workload it is and name no person: these a stranger is shown with. */
const TELLING_CLAIMS = [
  'repository',
  'repository_owner',
  'workflow_ref',
  'job_workflow_ref',
  'ref',
  'environment',
  'event_name',
  'namespace_path',
  'project_path',
  'pipeline_source',
  'client_id',
  'azp',
  'appid',
  'oid',
  'tid',
  'agent_name',
]
const toldCharsMax = 200

function describeStranger(
  assertion: VerifiedAssertion,
  missed: readonly Kept<Binding>[],
  proof: DpopProof | undefined,
): Stranger {
  const { bindingKind, issuer, subject } = assertion
  if (bindingKind === 'key') throw new RemitError('issuer_unknown') // its binding was ended since its key was read
  const told = TELLING_CLAIMS.flatMap((name) => {
    const value = Object.hasOwn(assertion.claims, name) ? assertion.claims[name] : undefined
    return typeof value === 'string' ? [[name, clip(value)] as const] : []
  })
  return {
    kind: 'stranger',
    bindingKind,
    issuer,
    subject,
    claims: Object.fromEntries(told),
    missedIdentityIds: [...new Set(missed.map((binding) => binding.identityId))],
    changes: markSeen(assertion, proof),
  }
}

/** Takes out what could not be shown or logged. */
function clip(text: string): string {
  return text.replace(/\p{C}/gu, '').slice(0, toldCharsMax).toWellFormed()
}
