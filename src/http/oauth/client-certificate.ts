import type { WorkloadCaller } from '../../authenticate/caller.ts'
import type { House } from '../../flow/house.ts'
import { RemitError } from '../../ground/errors.ts'
import { spiffeIdOf } from '../../issue/jwt-svid.ts'
import { admitCertificate, readProof } from '../entrance/admit.ts'
import type { Context } from '../route.ts'
import { type Form, required } from './form.ts'

/** Which certificates prove a client beside those of its bindings, and how. */
export interface CertificateTaken {
  /** Those of our own trust domain do. */
  readonly takesOwn?: boolean
  /** They do without a `client_id`. */
  readonly mayBeUnnamed?: boolean
}

/**
 * Authenticates a client by the certificate of its connection (RFC 8705 section 2; an X.509-SVID:
 * draft-ietf-oauth-spiffe-client-auth). `client_id` is the SPIFFE ID or other subject of its binding, or the id of the
 * identity, and has to be there unless `mayBeUnnamed`. Errors: `certificate_missing`, `certificate_invalid`, and all by
 * which a workload is not known.
 */
export async function admitClientCertificate(
  context: Context<Form, null>,
  { takesOwn = false, mayBeUnnamed = false }: CertificateTaken,
): Promise<WorkloadCaller> {
  const { certificate, body } = context
  if (certificate === undefined) throw new RemitError('certificate_missing')
  const clientId = mayBeUnnamed ? body['client_id'] : required(body, 'client_id')
  const caller = await admitCertificate(context, certificate, {
    proof: await readProof(context, undefined),
    takesOwn,
  })
  context.admitted(caller) // a proof beside it was shown, whatever is wrong with the rest
  const own = caller.within === undefined ? [] : nameInDomain(context.house, caller)
  if (clientId !== undefined && ![caller.binding.subject, caller.identity.id, ...own].includes(clientId))
    throw new RemitError('certificate_invalid', { detail: 'client_id is not whom the certificate proves.' })
  return caller
}

/** A certificate of ours says the SPIFFE ID that we gave. */
const nameInDomain = ({ svids }: House, { identity }: WorkloadCaller): readonly string[] =>
  svids === null ? [] : [spiffeIdOf(svids.trustDomain, identity.id)]

/** What metadata says of certificates (RFC 8705 sections 3.3 and 5, RFC 8414); nothing where they are not taken. */
export function describeCertificates({ mutual }: Pick<House, 'mutual'>): {
  readonly methods: readonly string[]
  readonly members: object
} {
  if (mutual === null) return { methods: [], members: {} }
  const at = (path: string): string => `${mutual.url}${path}`
  const aliases = {
    token_endpoint: at('/oauth/token'),
    introspection_endpoint: at('/oauth/introspect'),
    revocation_endpoint: at('/oauth/revoke'),
  }
  return {
    methods: mutual.methods,
    members: { tls_client_certificate_bound_access_tokens: true, mtls_endpoint_aliases: aliases },
  }
}
