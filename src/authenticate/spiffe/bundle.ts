import type { JsonObject } from '../../contract/log-entry.ts'
import { isMembers } from '../../contract/read-entry.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { LoadedKeys } from '../assertion/key-source.ts'
import { parseAnswer, readKeyList } from '../assertion/oidc-assertion.ts'
import { importVerifyKey, type VerifyKey } from '../jws-algorithms.ts'
import { type Certificate, readCertificate } from '../x509/certificate.ts'
import { mayIssueSvids } from '../x509/svid.ts'

const OLDER =
  'Its bundle is older than the one in use. Where the trust domain was set up anew, start once with its forgetSequence.'

/** A bundle that was read. */
type Bundle = LoadedKeys & { readonly authorities: readonly Certificate[] }

/**
 * Reads the bundle of a trust domain (SPIFFE Trust Domain and Bundle section 4), alone or out of a map of bundles: the keys
 * of its JWT-SVIDs and the authorities of its X.509-SVIDs. One that is older than `before`, the sequence of the one in use,
 * is refused. Errors: `issuer_unavailable`.
 */
export function readBundle(text: string, domain: string, before: bigint | null): Bundle {
  const document = pickBundle(parseAnswer(text), domain)
  const sequence = readSequence(document, text, domain)
  if (before !== null && (sequence === null || sequence < before)) refuse(OLDER)
  // An empty list, or one without usable keys, revokes whatever was published before; other uses are others'.
  const listed = readKeyList(document)
  const keys = distinct(pick(listed, 'jwt-svid', importBundleKey))
  const authorities = pick(listed, 'x509-svid', importAuthority)
  return { keys, authorities, maxAgeMs: readRefreshHint(document) * 1000, sequence }
}

function pick<T>(keys: readonly JsonObject[], use: string, read: (jwk: JsonObject) => T | undefined): readonly T[] {
  return keys.flatMap((jwk) => (jwk['use'] === use ? (read(jwk) ?? []) : []))
}

/** A key of a kind that is not known here is left out, as the bundle's format asks; any other one needs its kid. */
function importBundleKey(jwk: JsonObject): VerifyKey | undefined {
  const key = importVerifyKey(jwk)
  if (key !== undefined && (typeof jwk['kid'] !== 'string' || jwk['kid'] === ''))
    refuse('A jwt-svid key of its bundle has no kid.')
  return key
}

/** The certificate is the key (section 4.2.2): exactly one, and no kid. What is otherwise is left out, and signs nothing. */
function importAuthority({ x5c, kid }: JsonObject): Certificate | undefined {
  if (kid !== undefined || !Array.isArray(x5c) || x5c.length !== 1) return undefined
  const text: unknown = x5c[0]
  if (typeof text !== 'string') return undefined
  const der = Buffer.from(text, 'base64')
  return der.toString('base64') === text ? readAuthority(der) : undefined
}

/**
 * Reads the keys of JWT-SVIDs as a Workload API tells them: the JWK Set of a bundle, which need not say there what each key
 * is for (SPIFFE Workload API section 6.2.2). Errors: `issuer_unavailable`.
 */
export function readJwtKeys(text: string): readonly VerifyKey[] {
  const listed = readKeyList(parseAnswer(text)).map((jwk) => ({ ...jwk, use: jwk['use'] ?? 'jwt-svid' }))
  return distinct(pick(listed, 'jwt-svid', importBundleKey))
}

function distinct(keys: readonly VerifyKey[]): readonly VerifyKey[] {
  return new Set(keys.map((key) => key.kid)).size === keys.length ? keys : refuse('Its bundle names two keys alike.')
}

/** Gives an authority that may sign SVIDs; undefined for a certificate that does not count here. */
export function readAuthority(der: Uint8Array): Certificate | undefined {
  try {
    const authority = readCertificate(der)
    return mayIssueSvids(authority) ? authority : undefined
  } catch {
    return undefined // whoever it signs for is nobody here, and is told so
  }
}

/** A map names the trust domains whose bundles it holds (section 4.3); what is no map is the bundle itself. */
function pickBundle(document: JsonObject, domain: string): JsonObject {
  const { trust_domains: domains } = document
  if (domains === undefined) return document
  const bundle = isMembers(domains) && Object.hasOwn(domains, domain) ? domains[domain] : undefined
  return bundle !== undefined && isMembers(bundle) ? bundle : refuse('Its map of bundles does not hold its own.')
}

/** Gives `spiffe_sequence` with all its digits: a number of JavaScript would lose those beyond 53 bits. */
function readSequence(bundle: JsonObject, text: string, domain: string): bigint | null {
  if (bundle['spiffe_sequence'] === undefined) return null
  const digits = new Map<unknown, string>()
  const whole = JSON.parse(text, function (this: unknown, name: string, value: unknown, context?: { source?: string }) {
    if (name === 'spiffe_sequence') digits.set(this, context?.source ?? String(value))
    return value
  }) as JsonObject // it was read as one
  const found = digits.get(pickBundle(whole, domain)) ?? ''
  return /^\d{1,20}$/.test(found) ? BigInt(found) : refuse('Its spiffe_sequence is not a whole number.')
}

function readRefreshHint(document: JsonObject): number {
  const { spiffe_refresh_hint: hint } = document
  if (hint === undefined) return LIMITS.bundleRefreshSeconds
  if (typeof hint !== 'number' || !Number.isInteger(hint) || hint < 0)
    return refuse('Its spiffe_refresh_hint is not a whole number.')
  return Math.min(hint, LIMITS.bundleRefreshSecondsMax)
}

function refuse(detail: string): never {
  throw new RemitError('issuer_unavailable', { detail })
}
