import { constants, createPublicKey, verify } from 'node:crypto'
import { readJwtPart } from '../../sdk/resource-server/read-jwt.ts'
import type { TrustBundle } from '../../sdk/svid-answers.ts'
import { CallRefused, STATUS } from './grpc-server.ts'
import type { ShownSvid } from './kept-svid.ts'

/** A JWT-SVID that was verified. */
export interface ValidJwt {
  readonly spiffeId: string
  readonly claims: Readonly<Record<string, unknown>>
}

const charsMax = 16 * 1024
const idCharsMax = 2_048

/** These letters and no others: what is read of them is what was signed, byte for byte. */
const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/

/**
 * Verifies a JWT-SVID for a workload that has no library for it (Workload API section 6.2.4, JWT-SVID section 5), of our own
 * trust domain or of one that it is to trust: signature by a key of the bundle of that domain, subject, audience, times. Throws
 * `CallRefused` for any other one.
 */
export function validateJwt(svid: string, audience: string, shown: ShownSvid, nowMs: number): ValidJwt {
  const [, head = '', body = '', signature = ''] = (svid.length <= charsMax ? COMPACT.exec(svid) : null) ?? []
  if (signature === '') refuse('it is no JWT-SVID')
  const [header, claims] = [readPart(head), readPart(body)]
  const algorithm = requireHeader(header)
  const { sub, aud, exp } = claims
  const spiffeId = typeof sub === 'string' ? sub : ''
  const bundle = bundleOf(spiffeId, shown) ?? refuse('it is of others')
  const signed = Buffer.from(`${head}.${body}`, 'ascii')
  const isBy = (jwk: Readonly<Record<string, unknown>>): boolean =>
    jwk['use'] === 'jwt-svid' &&
    (header['kid'] === undefined || jwk['kid'] === header['kid']) &&
    isSigned(jwk, algorithm, { signed, signature: Buffer.from(signature, 'base64url') })
  if (!bundle.keys.some(isBy)) refuse('no key of the bundle signed it')
  if (audience === '' || !(Array.isArray(aud) ? aud : [aud]).includes(audience)) refuse('it is for another audience')
  if (typeof exp !== 'number' || exp * 1000 <= nowMs) refuse('it has expired')
  return { spiffeId, claims }
}

const SPIFFE_ID = /^spiffe:\/\/([a-z0-9._-]{1,255})(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._-]+)+$/

/** The bundle of the trust domain that it names, and of no other one. */
function bundleOf(spiffeId: string, { trustDomain, bundle, federated }: ShownSvid): TrustBundle | undefined {
  const [, domain = ''] = (spiffeId.length <= idCharsMax ? SPIFFE_ID.exec(spiffeId) : null) ?? []
  if (domain === trustDomain) return bundle
  return Object.hasOwn(federated, domain) ? federated[domain] : undefined
}

/** One algorithm of JWT-SVID section 2.1: by which keys, and how. */
interface Algorithm {
  readonly hash: string
  readonly curve?: string
  readonly padding?: number
}

const { RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING } = constants
const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  RS256: { hash: 'sha256', padding: RSA_PKCS1_PADDING },
  RS384: { hash: 'sha384', padding: RSA_PKCS1_PADDING },
  RS512: { hash: 'sha512', padding: RSA_PKCS1_PADDING },
  ES256: { hash: 'sha256', curve: 'P-256' },
  ES384: { hash: 'sha384', curve: 'P-384' },
  ES512: { hash: 'sha512', curve: 'P-521' },
  PS256: { hash: 'sha256', padding: RSA_PKCS1_PSS_PADDING },
  PS384: { hash: 'sha384', padding: RSA_PKCS1_PSS_PADDING },
  PS512: { hash: 'sha512', padding: RSA_PKCS1_PSS_PADDING },
}

function isSigned(
  jwk: Readonly<Record<string, unknown>>,
  { hash, curve, padding }: Algorithm,
  { signed, signature }: { readonly signed: Uint8Array; readonly signature: Uint8Array },
): boolean {
  const isOfKind = curve === undefined ? jwk['kty'] === 'RSA' : jwk['kty'] === 'EC' && jwk['crv'] === curve
  if (!isOfKind) return false
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  if (curve !== undefined) return verify(hash, signed, { key, dsaEncoding: 'ieee-p1363' }, signature)
  const salt = padding === RSA_PKCS1_PSS_PADDING ? { saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}
  return verify(hash, signed, { key, padding, ...salt }, signature)
}

const HEADERS: readonly string[] = ['alg', 'kid', 'typ']

/** JWT-SVID section 2: these and no others. */
function requireHeader(header: Readonly<Record<string, unknown>>): Algorithm {
  const { alg, typ } = header
  const isKnown = Object.keys(header).every((name) => HEADERS.includes(name))
  const algorithm = typeof alg === 'string' && Object.hasOwn(ALGORITHMS, alg) ? ALGORITHMS[alg] : undefined
  if (algorithm === undefined || !isKnown || ![undefined, 'JWT', 'JOSE'].includes(typ as string | undefined))
    return refuse('its header is not that of a JWT-SVID')
  return algorithm
}

function readPart(text: string): Readonly<Record<string, unknown>> {
  return readJwtPart(text) ?? refuse('it is no JWT-SVID')
}

function refuse(why: string): never {
  throw new CallRefused(STATUS.invalidArgument, why)
}
