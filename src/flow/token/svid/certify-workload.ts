import type { WorkloadCaller } from '../../../authenticate/caller.ts'
import { readCertificateRequest } from '../../../authenticate/x509/certificate-request.ts'
import type { TokenRequest } from '../../../decide/requests.ts'
import { toPem } from '../../../ground/der/certificate.ts'
import { RemitError } from '../../../ground/errors.ts'
import type { House } from '../../house.ts'
import { makeCredential } from '../exchange-token.ts'

/** An X.509-SVID of our own, and those who signed it or will sign others. Times in epoch milliseconds. */
export interface CertifiedWorkload {
  readonly spiffeId: string
  /** The certificate, as PEM. */
  readonly certificate: string
  /** The authorities of our trust domain, as PEM one after the other. */
  readonly authorities: string
  readonly credentialId: string
  readonly expiresMs: number
  readonly entry: number
}

/** What a workload asks for: a certificate in one of its tasks, of the key that made the request (PKCS #10, as PEM). */
interface CertificateWish extends Pick<TokenRequest, 'taskId' | 'composition'> {
  readonly request: string
}

/**
 * Gives a workload an X.509-SVID in one of its tasks. It is decided and recorded as a token of that task is, and ends before
 * the task, within `LIMITS.x509SvidSecondsMax`. Errors: `not_found` where there is no trust domain of our own,
 * `request_invalid` for a request that its key did not make, `slow_down`, and those of a token.
 */
export async function certifyWorkload(
  house: House,
  caller: WorkloadCaller,
  { taskId, composition, request }: CertificateWish,
): Promise<CertifiedWorkload> {
  const { svids } = house
  if (svids === null)
    throw new RemitError('not_found', { detail: 'There is no trust domain of our own here, and so no certificate.' })
  const { publicKey, thumbprint } = readCertificateRequest(request)
  const audience = `spiffe://${svids.trustDomain}`
  const wish: TokenRequest = { taskId, audience, composition, certify: { thumbprint } }
  const issued = await makeCredential(house, caller, wish, {
    keys: svids.authorityKeys,
    issue: (intent, authority) => svids.certify(intent, authority, publicKey),
    isOutward: true,
  })
  return {
    spiffeId: issued.spiffeId,
    certificate: issued.certificate,
    authorities: svids.authorities().map(toPem).join(''),
    credentialId: issued.credential.id,
    expiresMs: issued.credential.expiresMs,
    entry: issued.entry,
  }
}
