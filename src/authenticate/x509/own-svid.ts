import { type Footing, findStandingFaults } from '../../contract/standing.ts'
import { RemitError } from '../../ground/errors.ts'
import type { Court } from '../assertion/assertion-kinds.ts'
import { proveCaller, type WorkloadCaller } from '../caller.ts'
import { computeThumbprint } from '../dpop/proof.ts'
import { type FootingStore, readFooting } from '../footing.ts'
import { heldBy, type Proved, refuseSpentProof } from '../workload-proof.ts'
import { readCertificate } from './certificate.ts'
import { type Chain, hasPath, requireTimely } from './chain.ts'
import { readCommonName } from './distinguished-name.ts'
import type { PeerCertificate } from './peer-certificate.ts'
import { readSvid } from './svid.ts'

/** Our own trust domain, as certificates of it are judged. */
export interface OwnDomain {
  readonly trustDomain: string
  /** The certificates that count now as its authorities, as DER. */
  readonly authorities: () => readonly Uint8Array[]
  readonly store: FootingStore
}

/** True for a certificate that says that it is of our own trust domain. */
export function isOwnSvid(own: OwnDomain | undefined, [leaf]: Chain): own is OwnDomain {
  return own !== undefined && leaf.names.uris.some((uri) => uri.startsWith(`spiffe://${own.trustDomain}/`))
}

/**
 * Finds the workload behind an X.509-SVID that we made. It names its credential, and all that this rests on has to stand: so
 * it ends here with its task, whatever its own times say. What it proves is good for that task alone.
 * Errors: `certificate_invalid`, `task_not_active`, `identity_inactive`, `cut_off`.
 */
export async function findByOwnSvid(
  court: Pick<Court, 'clock' | 'store' | 'spent'>,
  own: OwnDomain,
  { chain, certificate, proof }: { readonly chain: Chain; readonly certificate: PeerCertificate } & Proved,
): Promise<WorkloadCaller> {
  const [leaf] = chain
  const nowMs = court.clock.nowMs()
  requireTimely(leaf, nowMs)
  const { spiffeId } = readSvid(leaf)
  if (!hasPath([leaf], own.authorities().map(readCertificate), nowMs)) refuse('No authority of ours signed it.')
  const footing = await readFooting(own.store, readCommonName(leaf.subject) ?? '')
  if (footing === undefined) return refuse('It names no credential of ours.')
  const { credential, task, identity } = footing
  const isOfCredential =
    credential.kind === 'x509_svid' &&
    credential.keyThumbprint === computeThumbprint({ ...leaf.publicKey.export({ format: 'jwk' }) }) &&
    spiffeId.endsWith(`/${credential.identityId}`)
  if (!isOfCredential) refuse('It is not the one that its credential was made for.')
  refuseFallen(footing, nowMs)
  await refuseSpentProof(court, { proof })
  const binding = await court.store.getBinding(task.bindingId ?? '')
  if (binding === undefined) return refuse('Its task belongs to no workload.')
  return proveCaller<WorkloadCaller>({
    kind: 'workload',
    identity,
    binding,
    strength: strengthOf(credential.strength),
    possession: heldBy({ proof, certificate }),
    within: { taskId: task.id, untilMs: credential.expiresMs },
    changes: proof?.changes ?? [],
  })
}

/** Says by what it fell, and not that a token did: the end of a task takes its credentials back in the same write. */
function refuseFallen(footing: Footing, nowMs: number): void {
  const faults = findStandingFaults(footing, nowMs)
  const [fault] = faults.filter((each) => each !== 'token_revoked' && each !== 'token_expired')
  if (fault !== undefined) throw new RemitError(fault)
  if (faults.length > 0) refuse('It has been taken back.')
}

/** No more than the workload had shown when the certificate was made. */
function strengthOf(strength: string | undefined): WorkloadCaller['strength'] {
  return strength === 'attested' || strength === 'key-bound' ? strength : 'bearer'
}

function refuse(detail: string): never {
  throw new RemitError('certificate_invalid', { detail: `The certificate does not count. ${detail}` })
}
