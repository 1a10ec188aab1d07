import { open } from 'node:fs/promises'
import type { JsonObject } from '../../contract/log-entry.ts'
import { RemitError } from '../../ground/errors.ts'
import type { AlgorithmName } from '../../ground/jws-names.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { OutboundFetch } from '../../ground/outbound.ts'
import { checkHeader } from '../compact-jwt.ts'
import { importVerifyKey, type VerifyKey } from '../jws-algorithms.ts'
import { fetchText, findUrlFault } from '../read-json.ts'
import { checkClaims } from './assertion-claims.ts'
import { type AssertionKind, type Court, pickKeys, rememberAssertion, requireSignature } from './assertion-kinds.ts'
import { createKeySource, type KeySource, type LoadedKeys } from './key-source.ts'
import { mayLieInside, parseAnswer, readKeyList } from './oidc-assertion.ts'
import { isTrustDomain, parseSpiffeId } from './spiffe-id.ts'

/** A SPIFFE trust domain whose JWT-SVIDs count, and the one place where its bundle is: a file or an `https_web` address. */
export interface TrustDomain {
  readonly name: string
  readonly bundleFile?: string | undefined
  readonly bundleUrl?: string | undefined
  /** Lets a bundle on loopback be read without TLS. For tests. */
  readonly allowInsecureHttp: boolean
  /** Lets the address of its bundle lie inside: loopback, link-local, private. Default false. */
  readonly allowInternal?: boolean | undefined
}

/** JWT-SVID section 2.1: no EdDSA. */
const ALGORITHMS: readonly AlgorithmName[] = [
  'RS256',
  'RS384',
  'RS512',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
]
const HEADER_RULES = { algorithms: ALGORITHMS, names: ['kid', 'typ'], types: ['JWT', 'JOSE'] }

/**
 * Makes the source of a trust domain's keys. Redirects are not followed (SPIFFE Federation section 7.5.1 leaves that
 * to the operator). Errors: `config_invalid` for a bad name, or a bundle that is not in exactly one place.
 */
export function createBundleKeys(domain: TrustDomain, court: Court, fetch: OutboundFetch): KeySource {
  const fault = findDomainFault(domain)
  if (fault !== undefined)
    throw new RemitError('config_invalid', { detail: `The trust domain ${domain.name} cannot be trusted: ${fault}.` })
  const bounds = {
    fetch,
    clock: court.clock,
    bytesMax: LIMITS.jwksBytesMax,
    timeoutMs: LIMITS.jwksTimeoutMs,
    allowInternal: mayLieInside(domain),
  }
  const read = async (): Promise<string> =>
    domain.bundleUrl === undefined
      ? await readBundleFile(domain.bundleFile ?? '')
      : await fetchText(domain.bundleUrl, bounds)
  return createKeySource({
    name: domain.name,
    clock: court.clock,
    staleMs: LIMITS.bundleStaleMs,
    load: async (previous) => readBundle(await read(), previous),
  })
}

function findDomainFault(domain: TrustDomain): string | undefined {
  if (!isTrustDomain(domain.name)) return 'its name is not one'
  if ((domain.bundleFile === undefined) === (domain.bundleUrl === undefined))
    return 'it needs a bundle file or a bundle URL'
  return domain.bundleUrl === undefined ? undefined : findUrlFault(domain.bundleUrl, domain.allowInsecureHttp)
}

async function readBundleFile(path: string): Promise<string> {
  try {
    const file = await open(path)
    try {
      const buffer = Buffer.alloc(LIMITS.jwksBytesMax + 1)
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
      if (bytesRead === buffer.length) refuse(`Its bundle file holds more than ${LIMITS.jwksBytesMax} bytes.`)
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw cause instanceof RemitError
      ? cause
      : new RemitError('issuer_unavailable', { detail: 'Its bundle file cannot be read.', cause })
  }
}

/** Reads a bundle (SPIFFE Trust Domain and Bundle section 4). A bundle older than the one before is refused. */
function readBundle(text: string, previous: LoadedKeys | undefined): LoadedKeys {
  const document = parseAnswer(text)
  const sequence = readSequence(document, text)
  const before = previous?.sequence ?? null
  if (before !== null && (sequence === null || sequence < before)) refuse('Its bundle is older than the one in use.')
  // An empty list, or one without usable keys, revokes whatever was published before.
  const keys = readKeyList(document)
    .filter((jwk) => jwk['use'] === 'jwt-svid')
    .map(importBundleKey)
    .filter((key): key is VerifyKey => key !== undefined)
  if (new Set(keys.map((key) => key.kid)).size !== keys.length) refuse('Its bundle names two keys alike.')
  return { keys, maxAgeMs: readRefreshHint(document) * 1000, sequence }
}

/** A key of a kind that is not known here is left out, as the bundle's format asks; any other one needs its kid. */
function importBundleKey(jwk: JsonObject): VerifyKey | undefined {
  const key = importVerifyKey(jwk)
  if (key !== undefined && (typeof jwk['kid'] !== 'string' || jwk['kid'] === ''))
    refuse('A jwt-svid key of its bundle has no kid.')
  return key
}

/** Gives `spiffe_sequence` with all its digits: a number of JavaScript would lose those beyond 53 bits. */
function readSequence(document: JsonObject, text: string): bigint | null {
  if (document['spiffe_sequence'] === undefined) return null
  let digits = ''
  JSON.parse(text, function (this: unknown, name: string, value: unknown, context?: { readonly source?: string }) {
    if (name === 'spiffe_sequence') digits = context?.source ?? String(value) // the outermost comes last
    return value
  })
  return /^\d{1,20}$/.test(digits) ? BigInt(digits) : refuse('Its spiffe_sequence is not a whole number.')
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

/**
 * The kind of a SPIFFE JWT-SVID (JWT-SVID sections 2 to 4), unless it names a trusted OIDC issuer. A SPIFFE binding is
 * attested: its authority hands SVIDs to workloads that it has recognised where they run.
 */
export function createSpiffeKind(
  court: Court,
  issuers: ReadonlyMap<string, unknown>,
  sources: ReadonlyMap<string, KeySource>,
): AssertionKind {
  return {
    maker: 'spiffe',
    takes: ({ iss, sub }) =>
      typeof sub === 'string' && /^spiffe:/i.test(sub) && !(typeof iss === 'string' && issuers.has(iss)),
    async verify(jwt) {
      const { sub } = jwt.claims
      const { trustDomain } = parseSpiffeId(typeof sub === 'string' ? sub : '')
      const source = sources.get(trustDomain)
      if (source === undefined)
        throw new RemitError('issuer_unknown', { detail: 'The trust domain of the SVID is not trusted here.' })
      const algorithm = checkHeader(jwt.header, HEADER_RULES)
      const rules = {
        audience: court.audience,
        nowMs: court.clock.nowMs(),
        issuedAtRequired: false,
        jtiRequired: false,
      }
      const checked = checkClaims(jwt.claims, rules)
      requireSignature(jwt, algorithm, await source.find(pickKeys(jwt.header, algorithm)))
      const seen = rememberAssertion(['spiffe', trustDomain], jwt, checked)
      return {
        bindingKind: 'spiffe',
        issuer: trustDomain,
        subject: checked.subject,
        claims: jwt.claims,
        attested: true,
        seen,
      }
    },
  }
}
