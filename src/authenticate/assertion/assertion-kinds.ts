import type { SeenProof } from '../../contract/credential.ts'
import type { Json, JsonObject } from '../../contract/log-entry.ts'
import type { BindingKind } from '../../contract/register/binding.ts'
import type { PresetName } from '../../contract/register/presets.ts'
import type { Clock } from '../../ground/clock.ts'
import { digestOf } from '../../ground/digest.ts'
import { RemitError } from '../../ground/errors.ts'
import { freezeAll } from '../../ground/freeze-all.ts'
import type { AlgorithmName } from '../../ground/jws-names.ts'
import { LIMITS } from '../../ground/limits.ts'
import { Recent } from '../../ground/recent.ts'
import { type CompactJwt, parseCompactJwt } from '../compact-jwt.ts'
import type { DpopProof } from '../dpop/proof.ts'
import type { IssuerTrust } from '../issuer-trust.ts'
import { fitsAlgorithm, type VerifyKey } from '../jws-algorithms.ts'
import type { AssertionMaker } from '../presented.ts'
import type { AuthenticateStore } from '../store.ts'
import { isSignedBy } from '../verifying/verify-beside.ts'
import type { CheckedClaims } from './assertion-claims.ts'
import type { KeySource } from './key-source.ts'

/** An assertion whose signature, audience and times hold: who says what about whom. */
export interface VerifiedAssertion {
  readonly bindingKind: 'oidc' | 'spiffe' | 'key'
  /** As bindings name it: issuer URL, trust domain, or `self`. */
  readonly issuer: string
  readonly subject: string
  readonly claims: JsonObject
  /** True where the issuer vouches for where the workload runs. */
  readonly attested: boolean
  /** True where it may be shown again until its end, by the key that showed it first. */
  readonly isCached?: boolean
  /** The platform whose token it is, where it is a known one. */
  readonly preset?: PresetName | undefined
  /** The binding whose key made the signature, where bindings hold the keys. */
  readonly bindingId?: string | undefined
  readonly seen: SeenProof
}

/** What every kind of assertion is judged with. */
export interface Court {
  readonly audience: string
  readonly clock: Clock
  readonly store: AuthenticateStore
  readonly spent: SpentProofs
}

/** What this process knows by itself of proofs of possession that were written down. */
export interface SpentProofs {
  /** True for one that it has written lately. */
  has(seenId: string): boolean
  /** True for one that may be from before this process began: then the store has to be asked. */
  mayPrecede(proof: Pick<DpopProof, 'issuedMs'>): boolean
}

/** What is judged with besides where any issuer may be meant: every one of the configuration, and the keys of each. */
export interface IssuerCourt extends Court {
  readonly trusts: ReadonlyMap<string, IssuerTrust>
  readonly sources: ReadonlyMap<string, KeySource>
}

/** One kind of assertion. Kinds are tried in order on the claims as shown; the first that takes it decides alone. */
export interface AssertionKind {
  readonly maker: AssertionMaker
  readonly takes: (claims: JsonObject) => boolean
  readonly verify: (jwt: CompactJwt) => Promise<VerifiedAssertion>
}

/** Gives the key under which an assertion is remembered: its `jti`, or all that is signed where it has none. */
export function rememberAssertion(
  origin: readonly [BindingKind, string],
  jwt: CompactJwt,
  checked: CheckedClaims,
): SeenProof {
  const proof: Json = checked.jti === null ? { signed: jwt.signingInput } : { jti: checked.jti }
  // Twice the tolerance: a node whose clock lags still finds the row that another one wrote.
  return { id: digestOf([...origin, proof]), expiresMs: checked.takenUntilMs + LIMITS.clockSkewSeconds * 1000 }
}

/** Picks the keys that a header may mean: those of its `kid`, or where it names none the few that fit its algorithm. */
export function pickKeys(
  header: JsonObject,
  algorithm: AlgorithmName,
): (keys: readonly VerifyKey[]) => readonly VerifyKey[] {
  return (keys) => {
    const fitting = keys.filter((key) => fitsAlgorithm(key, algorithm))
    if (header['kid'] !== undefined)
      return fitting.filter((key) => key.kid === header['kid']).slice(0, LIMITS.keysWithoutKidMax)
    return fitting.length <= LIMITS.keysWithoutKidMax ? fitting : []
  }
}

/** Gives the key of these that made the signature, undefined where none did. */
export async function findMaker(
  { signingInput, signature }: CompactJwt,
  algorithm: AlgorithmName,
  keys: readonly VerifyKey[],
): Promise<VerifyKey | undefined> {
  for (const key of keys) if (await isSignedBy({ algorithm, key, signingInput, signature })) return key
  return undefined
}

/** Gives the key that made the signature. Error: `assertion_signature` where it is none of these. */
export async function requireSignature(
  jwt: CompactJwt,
  algorithm: AlgorithmName,
  keys: readonly VerifyKey[],
): Promise<VerifyKey> {
  if (keys.length === 0)
    throw new RemitError('assertion_signature', { detail: 'No published key fits the header of the assertion.' })
  const maker = await findMaker(jwt, algorithm, keys)
  if (maker === undefined) throw new RemitError('assertion_signature')
  return maker
}

/**
 * As `require`, by what an issuer publishes. Where no key made the signature that the header may mean, those that are published
 * since count as well: an issuer may give a new key the name of another one, or none.
 */
export async function requirePublished(
  jwt: CompactJwt,
  algorithm: AlgorithmName,
  source: KeySource,
  require: (...asked: Parameters<typeof requireSignature>) => Promise<unknown> = requireSignature,
): Promise<void> {
  const pick = pickKeys(jwt.header, algorithm)
  const keys = await source.find(pick)
  try {
    await require(jwt, algorithm, keys)
  } catch (refusal) {
    const newer = await source.find((published) => pick(published).filter((key) => !keys.includes(key)))
    if (newer.length === 0) throw refusal
    await require(jwt, algorithm, newer)
  }
}

/** Assertions that verified lately and may be shown again, by their text: what one says was read once. */
const known = new Recent<CompactJwt>(LIMITS.verifiedAssertionsMax)
/** Who made the signatures of these. */
const makers = new WeakMap<CompactJwt, VerifyKey>()

/** Takes an assertion apart, or gives it as it was taken apart before. Error: `assertion_malformed`. */
export function readAssertion(raw: string): CompactJwt {
  return known.get(raw) ?? parseCompactJwt(raw)
}

/**
 * As `requireSignature`, of an assertion that may be shown again and again: it is verified once for as long as the key that
 * made it is among those that are published.
 */
export async function requireKnownSignature(
  jwt: CompactJwt,
  algorithm: AlgorithmName,
  keys: readonly VerifyKey[],
): Promise<void> {
  const maker = makers.get(jwt)
  if (maker !== undefined && keys.includes(maker)) return
  makers.set(jwt, await requireSignature(jwt, algorithm, keys))
  const raw = `${jwt.signingInput}.${Buffer.from(jwt.signature).toString('base64url')}`
  if (raw.length <= LIMITS.verifiedAssertionCharsMax) known.set(raw, freezeJwt(jwt))
}

/** Many requests read the same one: none may write into it. */
function freezeJwt(jwt: CompactJwt): CompactJwt {
  freezeAll(jwt.header)
  freezeAll(jwt.claims)
  return Object.freeze(jwt)
}
