import type { Json, JsonObject } from '../contract/log-entry.ts'
import { type ErrorCode, RemitError } from '../ground/errors.ts'
import type { AlgorithmName } from '../ground/jws-names.ts'
import { LIMITS } from '../ground/limits.ts'
import { parseStrictObject } from './read-json.ts'

/** A JWT as it was written, taken apart but not yet believed. */
export interface CompactJwt {
  readonly header: JsonObject
  readonly claims: JsonObject
  /** What is signed: unlike the whole token it has one form only, as a signature may be written in two. */
  readonly signingInput: string
  readonly signature: Uint8Array
}

const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)$/

/**
 * Takes a JWS in compact form (RFC 7515 section 7.1) apart. At most `LIMITS.jwtBytesMax` characters; base64url
 * without padding and loose bits; header and claims JSON objects without twice-named members. Error: `code`.
 */
export function parseCompactJwt(raw: string, code: ErrorCode = 'assertion_malformed'): CompactJwt {
  if (raw.length > LIMITS.jwtBytesMax) throw new RemitError(code, { detail: 'The JWT is too long.' })
  const [, header = '', claims = '', signature = ''] =
    COMPACT.exec(raw) ?? refuse(code, 'It is not a JWS in compact form.')
  return {
    header: parsePart(header, code),
    claims: parseClaims(claims, code),
    signingInput: `${header}.${claims}`,
    signature: decodePart(signature, code),
  }
}

function parseClaims(part: string, code: ErrorCode): JsonObject {
  const claims = parsePart(part, code)
  return Object.keys(claims).length <= LIMITS.claimsMax ? claims : refuse(code, 'The JWT holds too many claims.')
}

function parsePart(part: string, code: ErrorCode): JsonObject {
  const bytes = decodePart(part, code)
  try {
    return parseStrictObject(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    throw new RemitError(code, {
      detail: 'Header and claims must be plain JSON objects that name each member once.',
      cause,
    })
  }
}

function decodePart(part: string, code: ErrorCode): Uint8Array {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : refuse(code, 'The base64url is not in its one proper form.')
}

function refuse(code: ErrorCode, detail: string): never {
  throw new RemitError(code, { detail })
}

/**
 * Gives the `typ` of a header in its short form: `application/` before a name with no other `/` may be left out, and means the
 * same (RFC 7515 section 4.1.9).
 */
export function typeOf({ typ }: JsonObject): Json | undefined {
  return typeof typ === 'string' ? typ.replace(/^application\/(?=[^/]+$)/, '') : typ
}

/** What a header may say. */
export interface HeaderRules {
  readonly algorithms: readonly AlgorithmName[]
  /** Names that may stand beside `alg`; `crit`, `jku`, `jwk`, `x5u`, `x5c`, `b64` are never among them. */
  readonly names: readonly string[]
  readonly types: readonly string[]
  readonly typeRequired?: boolean
  /** True where a type counts as it is written alone, without `application/` before it. */
  readonly typesExact?: boolean
}

/** Checks a header against its rules and gives the algorithm. Errors: `assertion_algorithm`, `assertion_malformed`. */
export function checkHeader(header: JsonObject, rules: HeaderRules): AlgorithmName {
  const algorithm = rules.algorithms.find((name) => name === header['alg'])
  if (algorithm === undefined) throw new RemitError('assertion_algorithm')
  if (Object.keys(header).some((name) => name !== 'alg' && !rules.names.includes(name)))
    refuse('assertion_malformed', `The header may hold only alg, ${rules.names.join(', ')}.`)
  if (header['kid'] !== undefined && typeof header['kid'] !== 'string')
    refuse('assertion_malformed', 'kid must be a text.')
  const typ = rules.typesExact === true ? header['typ'] : typeOf(header)
  const isTyped = typ === undefined ? rules.typeRequired !== true : rules.types.some((type) => type === typ)
  return isTyped ? algorithm : refuse('assertion_malformed', `typ must be ${rules.types.join(' or ')}.`)
}
