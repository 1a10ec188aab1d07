import { type Change, insert } from '../../contract/change.ts'
import type { JsonObject } from '../../contract/log-entry.ts'
import { isMembers } from '../../contract/read-entry.ts'
import { digestOf, sha256 } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import { ALGORITHM_NAMES, type AlgorithmName } from '../../ground/jws-names.ts'
import { LIMITS } from '../../ground/limits.ts'
import { Recent } from '../../ground/recent.ts'
import { type CompactJwt, parseCompactJwt } from '../compact-jwt.ts'
import { holdsSecret, importVerifyKey, pickPublicMembers, type VerifyKey, verifySignature } from '../jws-algorithms.ts'

/** A DPoP proof as it was shown, and what it must be about. */
export interface ShownProof {
  /** The one value of the `DPoP` header; a request with two of them is refused at the door. */
  readonly jwt: string
  /** HTTP method of the request. */
  readonly method: string
  /** Address of the request as the client knows it: from our public URL, not from a `Host` header. */
  readonly url: string
  /** The access token that it is shown with; absent at the token endpoint. */
  readonly accessToken?: string | undefined
}

declare const proven: unique symbol

/** What a proof says that holds; plain, so that one thread can tell it to another. */
export interface ProofSaid {
  /** RFC 7638 thumbprint of the key, base64url: what `cnf.jkt` says. */
  readonly thumbprint: string
  /** When it says that it was made (`iat`). */
  readonly issuedMs: number
  /** The nonce that it holds (section 8); null where it holds none, or none of ours. */
  readonly nonce: string | null
  /** Id of the `seen_proofs` row, for an early look whether it was shown before. */
  readonly seenId: string
}

/** A proof that holds: its holder has the private key, for this request. Only `verifyProof` makes one. */
export interface DpopProof extends ProofSaid {
  readonly [proven]: true
  /** Marks the proof as seen; must be recorded with whatever the proof is used for. A conflict on it is a replay. */
  readonly changes: readonly Change[]
}

/** `dpop_signing_alg_values_supported` (RFC 9449 section 5.1). */
export const DPOP_ALGORITHMS: readonly AlgorithmName[] = ALGORITHM_NAMES

const windowMs = LIMITS.dpopWindowSeconds * 1000
const skewMs = LIMITS.clockSkewSeconds * 1000

/**
 * Verifies a DPoP proof (RFC 9449 section 4.3) and gives what it says: type, algorithm, size of the embedded public key, method, address, age,
 * the digest of the access token where there is one, and at last the signature, which costs most. `iat` may lie
 * `LIMITS.dpopWindowSeconds` back and `LIMITS.clockSkewSeconds` ahead. Whether it was shown before is for the store to say. Error: `proof_invalid`.
 */
export function verifyDpopProof(shown: ShownProof, nowMs: number): ProofSaid {
  const jwt = parseCompactJwt(shown.jwt, 'proof_invalid')
  const embedded = readEmbeddedKey(jwt)
  const { htm, htu, jti } = jwt.claims
  if (htm !== shown.method) refuse('htm is not the method of this request.')
  if (typeof htu !== 'string' || !isSameAddress(htu, shown.url))
    refuse(`htu is not the address of this request, which lies below ${new URL(shown.url).origin}.`)
  if (typeof jti !== 'string' || jti.length === 0 || jti.length > LIMITS.jtiCharsMax || !jti.isWellFormed())
    return refuse('jti is required.')
  const issuedMs = checkAge(jwt.claims, nowMs)
  if (shown.accessToken !== undefined && jwt.claims['ath'] !== digestToken(shown.accessToken))
    refuse('ath is not the digest of the access token.')
  const thumbprint = verifyEmbedded(jwt, embedded)
  const seenId = digestOf(['dpop', thumbprint, jti])
  const { nonce } = jwt.claims
  const read = typeof nonce === 'string' && nonce.length <= LIMITS.nonceCharsMax ? nonce : null
  return { thumbprint, issuedMs, nonce: read, seenId }
}

/** Makes a proof of what was said by one that was verified. Nobody outside this room may call it. */
export function believeProof(said: ProofSaid): DpopProof {
  const changes = [insert('seen_proofs', { id: said.seenId, expiresMs: said.issuedMs + windowMs + 2 * skewMs })]
  return { ...said, changes } as unknown as DpopProof // the brand exists in types only
}

interface EmbeddedKey {
  readonly algorithm: AlgorithmName
  readonly jwk: JsonObject
}

/** Reads the header, and whether its key is one that it costs little to verify with: anybody may bring one. */
function readEmbeddedKey(jwt: CompactJwt): EmbeddedKey {
  const { typ, alg, jwk } = jwt.header
  if (typ !== 'dpop+jwt') refuse('typ must be dpop+jwt.')
  const algorithm =
    DPOP_ALGORITHMS.find((name) => name === alg) ?? refuse('alg must be an asymmetric algorithm that is taken here.')
  if (Object.keys(jwt.header).some((name) => !['typ', 'alg', 'jwk', 'kid'].includes(name)))
    refuse('The header may hold only typ, alg and jwk.')
  if (!isMembers(jwk)) return refuse('jwk is required.')
  if (holdsSecret(jwk)) refuse('jwk must not hold a private key.')
  if (jwk['kty'] === 'RSA' && !isQuickRsa(jwk))
    refuse(`An RSA key of a proof has at most ${LIMITS.proofRsaBitsMax} bits and the exponent 65537.`)
  return { algorithm, jwk }
}

/** Told by the length of its text, before anything is calculated with it. */
function isQuickRsa({ n, e }: JsonObject): boolean {
  return typeof n === 'string' && n.length <= Math.ceil(LIMITS.proofRsaBitsMax / 6) && e === 'AQAB'
}

/** A key by which a proof verified lately: to import one costs about as much as to verify by it, and agents keep theirs. */
interface KnownKey {
  readonly key: VerifyKey
  readonly thumbprint: string
}

const known = new Recent<KnownKey>(LIMITS.proofKeysMax)

/** Gives the thumbprint of the key in the header that made the signature. */
function verifyEmbedded(jwt: CompactJwt, { algorithm, jwk }: EmbeddedKey): string {
  const members = pickPublicMembers(jwk) ?? refuse('jwk is not a usable public key.')
  const name = JSON.stringify([members, jwk['alg']])
  const before = known.get(name)
  const key = before?.key ?? importVerifyKey(jwk) ?? refuse('jwk is not a usable public key.')
  if (!verifySignature(algorithm, key, jwt.signingInput, jwt.signature)) refuse('The signature does not verify.')
  if (before !== undefined) return before.thumbprint
  const thumbprint = computeThumbprint(jwk)
  known.set(name, { key, thumbprint }) // only what verified: nobody pushes others out with keys that they do not have
  return thumbprint
}

/** Gives the RFC 7638 thumbprint of a public JWK: base64url SHA-256 over its required members. Error: `proof_invalid`. */
export function computeThumbprint(jwk: Readonly<Record<string, unknown>>): string {
  const members = pickPublicMembers(jwk) ?? refuse('jwk is not a usable public key.')
  return Buffer.from(sha256(Buffer.from(JSON.stringify(members)))).toString('base64url')
}

/** Gives `ath` (RFC 9449 section 4.2): base64url SHA-256 of the access token. */
export function digestToken(accessToken: string): string {
  return Buffer.from(sha256(Buffer.from(accessToken, 'utf8'))).toString('base64url')
}

function checkAge(claims: JsonObject, nowMs: number): number {
  const { iat } = claims
  if (typeof iat !== 'number' || !Number.isFinite(iat)) return refuse('iat is required.')
  const issuedMs = Math.floor(iat * 1000)
  if (issuedMs > nowMs + skewMs) refuse('The proof is dated in the future.')
  return nowMs < issuedMs + windowMs + skewMs ? issuedMs : refuse('The proof is too old.')
}

/** Compares after normalisation (RFC 3986 section 6.2.2 and 6.2.3), without query and fragment. */
function isSameAddress(htu: string, url: string): boolean {
  const [shown, asked] = [normaliseAddress(htu), normaliseAddress(url)]
  return shown !== undefined && shown === asked
}

function normaliseAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, host, pathname, username, password } = new URL(text)
  if (!/^https?:$/.test(protocol) || username !== '' || password !== '') return undefined
  return `${protocol}//${host}${pathname.replace(/%[0-9a-f]{2}/gi, normaliseEscape)}`
}

function normaliseEscape(code: string): string {
  const char = String.fromCharCode(Number.parseInt(code.slice(1), 16))
  return /^[A-Za-z0-9._~-]$/.test(char) ? char : code.toUpperCase()
}

function refuse(detail: string): never {
  throw new RemitError('proof_invalid', { detail })
}
