import type { Json, JsonObject } from '../../contract/log-entry.ts'
import { isMembers } from '../../contract/read-entry.ts'
import { presetNameOf } from '../../contract/register/presets.ts'
import { holdsRules } from '../../contract/register/value-rule.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { OutboundFetch } from '../../ground/outbound.ts'
import { checkHeader } from '../compact-jwt.ts'
import type { IssuerTrust } from '../issuer-trust.ts'
import { importVerifyKey, type VerifyKey } from '../jws-algorithms.ts'
import { fetchText, findUrlFault, parseStrictObject } from '../read-json.ts'
import { type ClaimRules, checkClaims, formsOf, isOwnIssuer, refuseActedFor } from './assertion-claims.ts'
import {
  type AssertionKind,
  type Court,
  rememberAssertion,
  requireKnownSignature,
  requirePublished,
  requireSignature,
} from './assertion-kinds.ts'
import { createKeySource, type KeySource, type LoadedKeys } from './key-source.ts'

/** `x5t` is a digest that some issuers add; nothing is done with it. */
const HEADER_NAMES = ['kid', 'typ', 'x5t', 'x5t#S256']
const TYPES = ['JWT', 'jwt']

/** Makes the source of an issuer's keys. Errors: `config_invalid` for an address that may not be asked. */
export function createIssuerKeys(trust: IssuerTrust, court: Court, fetch: OutboundFetch): KeySource {
  const fault = findUrlFault(trust.jwksUri ?? trust.issuer, trust.allowInsecureHttp) ?? findIssuerFault(trust, court)
  if (fault !== undefined)
    throw new RemitError('config_invalid', { detail: `The issuer ${trust.issuer} cannot be trusted: ${fault}.` })
  let skewMs: number | null = null
  const noteHeaders = (headers: Headers): void => {
    const dateMs = Date.parse(headers.get('date') ?? '')
    if (!Number.isNaN(dateMs)) skewMs = dateMs - court.clock.nowMs()
  }
  const get = async (url: string): Promise<JsonObject> =>
    parseAnswer(
      await fetchText(url, {
        fetch,
        clock: court.clock,
        bytesMax: LIMITS.jwksBytesMax,
        timeoutMs: LIMITS.jwksTimeoutMs,
        noteHeaders,
        allowInternal: mayLieInside(trust),
      }),
    )
  return createKeySource({
    name: trust.issuer,
    clock: court.clock,
    staleMs: LIMITS.jwksStaleMs,
    load: async () => {
      const keys = readKeySet(await get(trust.jwksUri ?? readDiscovery(await get(discoveryUrl(trust.issuer)), trust)))
      return { ...keys, skewMs }
    },
  })
}

/** Whether what is asked on somebody's word may lie inside: only where that was configured, as what is on loopback is. */
export function mayLieInside(trust: Pick<IssuerTrust, 'allowInternal' | 'allowInsecureHttp'>): boolean {
  return trust.allowInternal === true || trust.allowInsecureHttp
}

function findIssuerFault(trust: IssuerTrust, { audience }: Court): string | undefined {
  if (isOwnIssuer(trust.issuer, audience)) return 'it is our own, and what we sign proves nobody here'
  if (trust.algorithms.length === 0) return 'it has no algorithm'
  return trust.issuer.includes('?') ? 'its name holds a query' : undefined
}

function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/** Gives `jwks_uri` (OpenID Connect Discovery section 4.3: the issuer must be the one asked, exactly). */
function readDiscovery(document: JsonObject, trust: IssuerTrust): string {
  if (document['issuer'] !== trust.issuer) refuse('Its discovery document names another issuer.')
  const { jwks_uri: uri } = document
  if (typeof uri !== 'string') return refuse('Its discovery document names no jwks_uri.')
  const fault = findUrlFault(uri, trust.allowInsecureHttp)
  return fault === undefined ? uri : refuse(`Its jwks_uri ${fault}.`)
}

function readKeySet(document: JsonObject): LoadedKeys {
  const keys = readKeyList(document)
    .filter((jwk) => jwk['use'] === undefined || jwk['use'] === 'sig')
    .filter((jwk) => !Array.isArray(jwk['key_ops']) || jwk['key_ops'].includes('verify'))
    .map(importVerifyKey)
    .filter((key): key is VerifyKey => key !== undefined)
  return { keys, maxAgeMs: LIMITS.jwksMaxAgeMs, sequence: null }
}

/** Gives the members of `keys` (RFC 7517 section 5). Errors: `issuer_unavailable`, also for more keys than are taken. */
export function readKeyList(document: JsonObject): readonly JsonObject[] {
  const { keys } = document
  if (!Array.isArray(keys)) return refuse('Its key set is not one.')
  if (keys.length > LIMITS.jwksKeysMax)
    return refuse(`It publishes ${keys.length} keys, and at most ${LIMITS.jwksKeysMax} are taken.`)
  return keys.filter((key: Json) => isMembers(key))
}

/** Reads an answer as strict JSON. Errors: `issuer_unavailable`. */
export function parseAnswer(text: string): JsonObject {
  try {
    return parseStrictObject(text)
  } catch (cause) {
    throw new RemitError('issuer_unavailable', {
      detail: 'Its answer is not a JSON object that names each member once.',
      cause,
    })
  }
}

function refuse(detail: string): never {
  throw new RemitError('issuer_unavailable', { detail })
}

/**
 * What the assertions of an issuer may be for. A vendor's agents name our issuer, our token endpoint, or both
 * (draft-carleton-workload-authz-grant): whoever is named is us alone.
 */
function audiencesOf({ audiences, preset }: IssuerTrust, { audience }: Court): Pick<ClaimRules, 'audiences'> {
  if (audiences !== undefined) return { audiences }
  const both = { audiences: [...formsOf(audience), `${audience}/oauth/token`], mayNameSeveral: true }
  return preset === 'vendor' ? both : { audiences: formsOf(audience) }
}

/** True where `claimRules` of the issuer say who acts by its assertions for their subjects. */
function saysWhoActs({ claimRules = {} }: IssuerTrust): boolean {
  return Object.keys(claimRules).some((name) => name === 'act' || /^\/act(\/|$)/.test(name))
}

/** The kind of every assertion that no other kind takes: a JWT of a trusted OIDC issuer (OpenID Connect Core section 2). */
export function createOidcKind(
  court: Court,
  trusts: ReadonlyMap<string, IssuerTrust>,
  sources: ReadonlyMap<string, KeySource>,
): AssertionKind {
  return {
    maker: 'oidc',
    takes: () => true,
    async verify(jwt) {
      const issuer = typeof jwt.claims['iss'] === 'string' ? jwt.claims['iss'] : ''
      const [trust, source] = [trusts.get(issuer), sources.get(issuer)]
      if (trust === undefined || source === undefined) throw new RemitError('issuer_unknown')
      if (trust.serves === 'people')
        throw new RemitError('issuer_unknown', { detail: 'This issuer speaks for people, and for no workload.' })
      const algorithm = checkHeader(jwt.header, { algorithms: trust.algorithms, names: HEADER_NAMES, types: TYPES })
      const rules = {
        ...audiencesOf(trust, court),
        nowMs: court.clock.nowMs(),
        maxAgeSeconds: trust.maxAgeSeconds ?? LIMITS.assertionAgeSecondsMax,
        issuedAtRequired: true,
        jtiRequired: trust.requireJti,
      }
      const checked = checkClaims(jwt.claims, rules)
      const isCached = trust.liveness === 'cached'
      const require = isCached ? requireKnownSignature : requireSignature
      await requirePublished(jwt, algorithm, source, require)
      if (!holdsRules(trust.claimRules ?? {}, jwt.claims))
        throw new RemitError('assertion_claims', {
          detail: 'The assertion lacks what is asked of every one of its issuer.',
        })
      if (!saysWhoActs(trust)) refuseActedFor(jwt.claims, ', and claimRules of its issuer do not say who may')
      const seen = rememberAssertion(['oidc', issuer], jwt, checked)
      return {
        bindingKind: 'oidc',
        issuer,
        subject: checked.subject,
        claims: jwt.claims,
        attested: trust.attests === true,
        isCached,
        preset: trust.preset ?? presetNameOf(issuer),
        seen,
      }
    },
  }
}
