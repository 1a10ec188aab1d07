import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { OutboundFetch } from '../../ground/outbound.ts'
import type { Court } from '../assertion/assertion-kinds.ts'
import { mayLieInside } from '../assertion/oidc-assertion.ts'
import { fetchText, findUrlFault } from '../read-json.ts'
import type { Certificate } from '../x509/certificate.ts'
import { hasPath, readChain, requireTimely } from '../x509/chain.ts'
import { readSvid } from '../x509/svid.ts'

/** A bundle endpoint (SPIFFE Federation section 5): where it is, and by what it proves that it is the one. */
export interface BundleEndpoint {
  readonly url: string
  /** For `https_spiffe`: its SPIFFE ID, and the authorities of its trust domain; for `https_web` neither. */
  readonly spiffe?: { readonly id: string; readonly authorities: readonly Certificate[] }
  readonly allowInsecureHttp: boolean
  readonly allowInternal?: boolean | undefined
}

/**
 * Reads the bundle at an endpoint. One temporary redirect is followed, to an address of the same kind and on the same
 * terms; who answers is judged anew (section 7.5.1). Errors: `issuer_unavailable`.
 */
export function readEndpoint(endpoint: BundleEndpoint, { clock }: Court, fetch: OutboundFetch): Promise<string> {
  const { url, spiffe } = endpoint
  return fetchText(url, {
    fetch,
    clock,
    bytesMax: LIMITS.jwksBytesMax,
    timeoutMs: LIMITS.jwksTimeoutMs,
    allowInternal: mayLieInside(endpoint),
    findRedirectFault: (target) => findUrlFault(target, endpoint.allowInsecureHttp && spiffe === undefined),
    isPeer: spiffe === undefined ? undefined : (chain) => isEndpoint(chain, spiffe, clock.nowMs()),
  })
}

/** True where these certificates are an X.509-SVID of that very ID, under the authorities of its trust domain (section 5.2.2). */
function isEndpoint(
  ders: readonly Uint8Array[],
  { id, authorities }: NonNullable<BundleEndpoint['spiffe']>,
  nowMs: number,
): boolean {
  try {
    const chain = readChain(ders)
    requireTimely(chain[0], nowMs)
    return readSvid(chain[0]).spiffeId === id && hasPath(chain, authorities, nowMs)
  } catch (error) {
    if (error instanceof RemitError) return false
    throw error
  }
}
