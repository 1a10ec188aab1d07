import type { JsonObject } from '../contract/log-entry.ts'
import { RemitError } from '../ground/errors.ts'
import { typeOf } from './compact-jwt.ts'

/** The name under which a JWT was shown: what it may be, and what it is good for, hangs on that. */
export type PresentedAs =
  | 'bearer'
  | 'subject_token'
  | 'subject_token:id_token'
  | 'actor_token'
  | 'actor_token:id_token'
  | 'client_assertion:jwt-bearer'
  | 'client_assertion:jwt-spiffe'
  | 'grant:jwt-bearer'

/** Who makes an assertion: an OIDC issuer, a SPIFFE trust domain, or the workload itself with a registered key. */
export type AssertionMaker = 'oidc' | 'spiffe' | 'key'

/**
 * Whose assertions count under which name. What proves a client (RFC 7523 section 2.2) is no grant (section 2.1), an
 * `id_token` is one of an OIDC issuer (RFC 8693 section 3), and `jwt-spiffe` is a JWT-SVID (draft-ietf-oauth-spiffe-client-auth).
 */
const TAKEN: Readonly<Record<PresentedAs, readonly AssertionMaker[]>> = {
  bearer: ['oidc', 'spiffe', 'key'],
  subject_token: ['oidc', 'spiffe', 'key'],
  'subject_token:id_token': ['oidc'],
  actor_token: ['oidc', 'spiffe', 'key'],
  'actor_token:id_token': ['oidc'],
  'client_assertion:jwt-bearer': ['oidc', 'key'],
  'client_assertion:jwt-spiffe': ['spiffe'],
  'grant:jwt-bearer': ['oidc', 'spiffe'],
}

const NAMES = Object.keys(TAKEN) as PresentedAs[] // they are the keys of the table

/** Types of JWT that are for one name only (draft-ietf-oauth-rfc7523bis): shown under any other one it was carried there. */
const TYPED: Readonly<Record<string, readonly PresentedAs[]>> = {
  'client-authentication+jwt': ['client_assertion:jwt-bearer'],
}

/**
 * Refuses an assertion that is shown under a name that is not its own: so that what was made for one grant opens no
 * other. Looks at the header alone, before anything costs. Error: `assertion_misplaced`.
 */
export function requireRightName(as: PresentedAs, maker: AssertionMaker, header: JsonObject): void {
  const typ = typeOf(header)
  const names = typeof typ === 'string' && Object.hasOwn(TYPED, typ) ? TYPED[typ] : undefined
  const taken = NAMES.filter((name) => TAKEN[name].includes(maker) && names?.includes(name) !== false)
  if (taken.includes(as)) return
  throw new RemitError('assertion_misplaced', {
    detail: `It was shown as ${as}. An assertion of this kind is taken as ${taken.join(' or ') || 'nothing here'}.`,
  })
}
