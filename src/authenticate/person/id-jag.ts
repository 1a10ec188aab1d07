import { requireVersion } from '../../contract/change.ts'
import type { Json, JsonObject } from '../../contract/log-entry.ts'
import { isMembers } from '../../contract/read-entry.ts'
import { foreignHopsMax, ownSubjects, readForeignHops } from '../../contract/token/foreign-act.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { checkClaims, formsOf } from '../assertion/assertion-claims.ts'
import { type IssuerCourt, rememberAssertion, requirePublished } from '../assertion/assertion-kinds.ts'
import { type ProvenPerson, provePerson, type WorkloadCaller } from '../caller.ts'
import { requireClientId } from '../client/client-ids.ts'
import { checkHeader, parseCompactJwt } from '../compact-jwt.ts'
import { markShown, requireOwnKey } from '../workload-proof.ts'
import { findKnown, requirePeopleClaims, requirePeopleIssuer } from './known-person.ts'

/** The `typ` of an Identity Assertion JWT Authorization Grant (draft-ietf-oauth-identity-assertion-authz-grant). */
export const idJagType = 'oauth-id-jag+jwt'

/** What an identity provider lets a client do for a person. */
export interface IdentityGrant {
  readonly person: ProvenPerson
  /** The addresses that it is for; null where it names none. */
  readonly resources: readonly string[] | null
  /** The scopes that it lets be asked for; null where it names none. */
  readonly scopes: readonly string[] | null
  /** Who acted for the person before the client, as the grant says it (`act`); undefined where it names nobody. */
  readonly act: JsonObject | undefined
}

const RULES = { names: ['kid', 'typ'], types: [idJagType], typeRequired: true } as const

/** Claims that would make it say less than is read here: who cannot honour them refuses them. */
const UNHEARD: Readonly<Record<string, string>> = {
  authorization_details: 'it bounds what may be asked for in a way that is not known here',
  may_act: 'who may act by it is said by client_id alone',
  aud_tenant: 'it is for one tenant of ours, and there are none',
}

/**
 * Verifies an ID-JAG that a client shows which has authenticated itself: it is of an issuer that serves people, for us alone,
 * for this very client, and shown for the first time. Errors: `assertion_*`, `issuer_*`, `proof_*`, `login_unknown`.
 */
export async function findIdentityGrant(
  court: IssuerCourt,
  raw: string,
  client: WorkloadCaller,
): Promise<IdentityGrant> {
  const jwt = parseCompactJwt(raw)
  const { claims } = jwt
  // a certificate that came out of a task would else open others, long after its workload could prove itself no more
  if (client.within !== undefined) refuse('A proof that was given in a task counts for that task, and opens no other.')
  const { trust, source } = requirePeopleIssuer(court, claims)
  const algorithm = checkHeader(jwt.header, { ...RULES, algorithms: trust.algorithms })
  const checked = checkClaims(claims, {
    audiences: formsOf(court.audience),
    nowMs: court.clock.nowMs(),
    maxAgeSeconds: trust.maxAgeSeconds ?? LIMITS.assertionAgeSecondsMax,
    issuedAtRequired: true,
    jtiRequired: true,
  })
  if (typeof claims['aud'] !== 'string') refuse('aud must be one text.')
  for (const [name, because] of Object.entries(UNHEARD))
    if (Object.hasOwn(claims, name)) refuse(`The grant holds ${name}: ${because}.`)
  await requirePublished(jwt, algorithm, source)
  requirePeopleClaims(trust, claims)
  await requireClientId(court, client, claims['client_id'])
  const { possession } = client
  requireOwnKey(claims, possession === null ? {} : { [possession.kind]: possession.thumbprint })
  const seen = rememberAssertion(['oidc', trust.issuer], jwt, checked)
  const changes = await markShown(court, { seen }, null)
  const { person, login } = await findKnown(court, trust.issuer, { ...checked, email: claims['email'] })
  const { aud_sub: known } = claims
  if (known !== undefined && known !== person.id && known !== person.email)
    refuse('aud_sub is none of the names that its person has here.')
  return {
    person: provePerson({
      kind: 'vouched',
      person,
      login,
      issuer: trust.issuer,
      jti: checked.jti,
      claims,
      possession,
      guards: [requireVersion('persons', person), requireVersion('person_logins', login)],
      changes,
    }),
    resources: readTexts(claims, 'resource'),
    scopes: readScopes(claims),
    act: readAct(claims, court, client),
  }
}

/** RFC 8707: one resource, or several. */
function readTexts(claims: JsonObject, name: string): readonly string[] | null {
  const { [name]: value } = claims
  if (value === undefined) return null
  const list: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : [value as Json] // a member of JSON is JSON
  if (list.length > 0 && list.every((each): each is string => typeof each === 'string')) return list
  return refuse(`${name} must be a text, or a list of texts.`)
}

/**
 * The chain of others, taken as it is or not at all: of hops that each have an issuer and a subject, and none of them this
 * client.
 */
function readAct({ act }: JsonObject, { audience }: IssuerCourt, client: WorkloadCaller): JsonObject | undefined {
  if (act === undefined) return undefined
  if (readForeignHops(act) === null || !isMembers(act))
    return refuse(`act must be at most ${foreignHopsMax} hops, each with iss and sub.`)
  if (ownSubjects(act, audience).includes(client.identity.id))
    return refuse('act names the client that shows the grant: a chain goes in no circle.')
  return act
}

function readScopes({ scope }: JsonObject): readonly string[] | null {
  if (scope === undefined) return null
  if (typeof scope !== 'string') return refuse('scope must be a text.')
  return scope.split(' ').filter((each) => each !== '')
}

function refuse(detail: string): never {
  throw new RemitError('assertion_claims', { detail })
}
