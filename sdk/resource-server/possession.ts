import { encodeBase64url } from '../base64url.ts'
import { isMembers } from '../members.ts'
import { sha256 } from '../sha256.ts'
import type { Nonces } from './nonces.ts'
import { type Members, readJwt, textOf, timeOf } from './read-jwt.ts'
import { refuseProof, refuseToken, TokenRefused } from './refused.ts'
import type { ReplayMemory } from './replay-memory.ts'
import { type Algorithm, algorithmOf, importPublicKey, isSignedBy, type PublicKey } from './verify-key.ts'

/** The key that a token is bound to, as `cnf` names it (RFC 7800): `jkt` (RFC 9449) or `x5t#S256` (RFC 8705). */
export interface BoundTo {
  readonly kind: 'jkt' | 'x5t#S256'
  readonly thumbprint: string
}

/** What came with a token. */
export interface ShownWith {
  readonly token: string
  /** Whose token it is. */
  readonly clientId: string
  readonly scheme: 'Bearer' | 'DPoP'
  /** Method and public address of the request. */
  readonly method: string
  readonly url: string
  readonly dpop: string | undefined
  /** The certificate of the connection, in DER. */
  readonly certificate: Uint8Array | undefined
}

/** What proofs are held to. */
export interface ProofRules {
  readonly algorithms: readonly Algorithm[]
  readonly memory: ReplayMemory
  /** Which nonces a proof has to hold; undefined where none. */
  readonly nonces: Nonces | undefined
  readonly nowMs: () => number
}

const [windowMs, skewMs] = [60_000, 30_000]
const proofCharsMax = 8 * 1024
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** Reads what a token is bound to; null for one that counts in any hands. Error: `invalid_token` for what is not known here. */
export function readBound(claims: Members): BoundTo | null {
  if (!Object.hasOwn(claims, 'cnf')) return null
  const { cnf } = claims
  const names = isMembers(cnf) ? Object.keys(cnf) : []
  const kind = (['jkt', 'x5t#S256'] as const).find((name) => names.length === 1 && names[0] === name)
  const thumbprint = isMembers(cnf) && kind !== undefined ? textOf(cnf, kind) : undefined
  if (kind === undefined || thumbprint === undefined)
    return refuseToken('The token is bound in a way that is not known here.')
  return { kind, thumbprint }
}

/** Holds a token to what it is bound to. Errors: `invalid_token`, `invalid_dpop_proof`. */
export async function requirePossession(bound: BoundTo | null, shown: ShownWith, rules: ProofRules): Promise<void> {
  if ((bound?.kind === 'jkt') !== (shown.scheme === 'DPoP'))
    refuseToken(
      shown.scheme === 'DPoP'
        ? 'The token is not bound to a key, and is no DPoP token.'
        : 'The token is bound to a key, and counts by the scheme DPoP only.',
    )
  if (bound?.kind === 'x5t#S256' && thumbprintOf(shown.certificate) !== bound.thumbprint)
    refuseToken('The token is bound to another certificate than that of this connection.')
  if (bound?.kind === 'jkt') await verifyProof(bound.thumbprint, shown, rules)
}

const thumbprintOf = (certificate: Uint8Array | undefined): string | null =>
  certificate === undefined ? null : encodeBase64url(sha256(certificate))
const digestText = (text: string): string => encodeBase64url(sha256(new TextEncoder().encode(text)))

/**
 * RFC 9449 section 4.3; the signature comes last, as it costs most, and the memory after it, as it is for those who have the
 * key.
 */
async function verifyProof(thumbprint: string, shown: ShownWith, rules: ProofRules): Promise<void> {
  const jwt =
    readJwt(shown.dpop ?? refuseProof('A DPoP proof is required.'), proofCharsMax) ??
    refuseProof('The proof is no JWT.')
  const { header, claims } = jwt
  if (header['typ'] !== 'dpop+jwt') refuseProof('typ must be dpop+jwt.')
  if (Object.keys(header).some((name) => !['typ', 'alg', 'jwk', 'kid'].includes(name)))
    refuseProof('The header may hold only typ, alg and jwk.')
  const algorithm = algorithmOf(header, rules.algorithms) ?? refuseProof('alg is not taken here.')
  if (textOf(claims, 'htm') !== shown.method) refuseProof('htm is not the method of this request.')
  if (!isSameAddress(textOf(claims, 'htu') ?? '', shown.url)) refuseProof('htu is not the address of this request.')
  if (textOf(claims, 'ath') !== digestText(shown.token)) refuseProof('ath is not the digest of the token.')
  const proofId = textOf(claims, 'jti') ?? ''
  if (proofId === '' || proofId.length > 512) refuseProof('jti is required.')
  const issuedMs = timeOf(claims, 'iat') ?? refuseProof('iat is required.')
  const nowMs = rules.nowMs()
  if (issuedMs > nowMs + skewMs || nowMs >= issuedMs + windowMs + skewMs)
    refuseProof('The proof is too old, or of the future.')
  const key = await readEmbedded(header, algorithm)
  if (digestText(JSON.stringify(key.members)) !== thumbprint) refuseProof('The token is bound to another key.')
  if (!(await isSignedBy(key, jwt))) refuseProof('The signature does not verify.')
  if (rules.nonces !== undefined) await requireNonce(rules.nonces, textOf(claims, 'nonce') ?? '', thumbprint)
  const id = digestText(JSON.stringify([thumbprint, proofId]))
  await rules.memory.spend({ id, clientId: shown.clientId, issuedMs, expiresMs: issuedMs + windowMs + 2 * skewMs })
}

async function requireNonce(nonces: Nonces, nonce: string, thumbprint: string): Promise<void> {
  if (await nonces.accepts(nonce, thumbprint)) return
  const detail = 'The proof has to hold the nonce of this answer.'
  throw new TokenRefused('use_dpop_nonce', detail, undefined, await nonces.make(thumbprint))
}

async function readEmbedded({ jwk }: Members, algorithm: Algorithm): Promise<PublicKey> {
  if (!isMembers(jwk)) return refuseProof('jwk is required.')
  if (PRIVATE.some((name) => Object.hasOwn(jwk, name))) refuseProof('jwk must not hold a private key.')
  return (await importPublicKey(jwk, algorithm)) ?? refuseProof('jwk is no key of this algorithm.')
}

/** Compares without query and fragment, after normalisation (RFC 9449 section 4.3). */
function isSameAddress(one: string, other: string): boolean {
  const [a, b] = [one, other].map((url) => (URL.canParse(url) ? new URL(url) : undefined))
  return (
    a !== undefined &&
    b !== undefined &&
    a.username === '' &&
    a.origin === b.origin &&
    a.origin !== 'null' &&
    a.pathname === b.pathname
  )
}
