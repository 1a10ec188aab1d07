import { RemitError } from '../../ground/errors.ts'
import type { Court } from '../assertion/assertion-kinds.ts'
import { findBindings, type MatchedBindings } from '../assertion/bound-identity.ts'
import type { Stranger, WorkloadCaller } from '../caller.ts'
import { type Evidence, heldBy, nameCaller, type Proved, refuseSpentProof } from '../workload-proof.ts'
import { readChain } from './chain.ts'
import { type CertificateCourt, verifyCertificate } from './client-certificate.ts'
import { findByOwnSvid, isOwnSvid, type OwnDomain } from './own-svid.ts'
import type { PeerCertificate } from './peer-certificate.ts'

/** How a certificate is shown: with a proof beside it, and at a door that takes those of our own trust domain, or not. */
export interface CertificateShown extends Pick<Proved, 'proof'> {
  /** Only where a token of a task that is there already is asked for: what they prove is good for their own task alone. */
  readonly takesOwn?: boolean
}

/**
 * Finds the identity behind the certificate of a connection. Whoever holds its key is at the other end now, so nothing can
 * be carried off, and nothing is spent. What a certificate without a SPIFFE ID is bound to decides alone: no stranger is
 * discovered by it.
 */
export async function findByCertificate(
  court: Court & CertificateCourt & { readonly own?: OwnDomain | undefined },
  certificate: PeerCertificate,
  { proof, takesOwn = false }: CertificateShown,
): Promise<WorkloadCaller | Stranger> {
  const chain = readChain(certificate.chain)
  if (isOwnSvid(court.own, chain) && !takesOwn)
    throw new RemitError('certificate_invalid', {
      detail:
        'A certificate of ours proves its workload for tokens of its own task, by client credentials, and for nothing else.',
    })
  if (isOwnSvid(court.own, chain)) return await findByOwnSvid(court, court.own, { chain, certificate, proof })
  const { bindingKind, names, attested } = await verifyCertificate(court, chain)
  const proved = { proof, certificate }
  await refuseSpentProof(court, proved)
  const nowMs = court.clock.nowMs()
  const found = await Promise.all(
    names.map((name) => findBindings(court.store, { bindingKind, ...name, claims: {} }, nowMs)),
  )
  const [first] = names
  if (first === undefined) throw new RemitError('certificate_invalid')
  const evidence: Evidence = {
    bindingKind,
    ...first,
    claims: {},
    strength: attested ? 'attested' : 'key-bound',
    possession: heldBy(proved),
    changes: proof?.changes ?? [],
  }
  return await nameCaller(court, evidence, gather(found))
}

function gather(found: readonly MatchedBindings[]): MatchedBindings {
  return {
    matching: found.flatMap(({ matching }) => matching),
    missed: found.flatMap(({ missed }) => missed),
  }
}
