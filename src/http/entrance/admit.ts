import {
  type AgentCaller,
  type Caller,
  type PersonCaller,
  placeCaller,
  type Stranger,
  type WorkloadCaller,
} from '../../authenticate/caller.ts'
import type { ShownAttestation } from '../../authenticate/client/attestation.ts'
import type { ShownSecret } from '../../authenticate/client/static-secret.ts'
import type { DpopProof } from '../../authenticate/dpop/proof.ts'
import type { PresentedAs } from '../../authenticate/presented.ts'
import { verifyProof } from '../../authenticate/verifying/verify-beside.ts'
import type { PeerCertificate } from '../../authenticate/x509/peer-certificate.ts'
import { refuseStranger } from '../../flow/catalogue/discover.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { Recent } from '../../ground/recent.ts'
import { type Context, WHO_KINDS, type Who } from '../route.ts'
import { readSessionCookie } from './admit-browser.ts'
import { readBasic } from './basic.ts'
import type { ProofMemory } from './proof-memory.ts'

type Request = Pick<
  Context,
  'house' | 'headers' | 'method' | 'path' | 'isForToken' | 'source' | 'reachedAt' | 'certificate' | 'proven'
>

/**
 * Gives the agent that a request comes from where its token was seen before and nothing has moved since: then there is nothing
 * to wait for. Null where more has to be found out. Errors: as `admit`.
 */
export function recallAgent(request: Request, who: Who, audience: string | null): AgentCaller | null {
  const { house, headers, certificate, source } = request
  const isMore = headers['dpop'] !== undefined || headers['oauth-client-attestation'] !== undefined
  if (isMore || !WHO_KINDS[who].includes('agent')) return null
  const shown = readCredential(request)
  if (shown?.kind !== 'agent') return null
  const caller = house.authenticate.recallAgent(shown.secret, audience, certificate)
  return caller === undefined ? null : placeCaller(requireScheme(caller, shown.scheme), source)
}

/** Finds out who a request comes from. Errors: `authentication_missing`, and all that the room of that name knows. */
export async function admit(
  request: Request,
  who: Who,
  memory: ProofMemory,
  audience: string | null,
): Promise<Caller | null> {
  const caller = await findCaller(request, who, memory, audience)
  return caller === null ? null : placeCaller(caller, request.source)
}

async function findCaller(
  request: Request,
  who: Who,
  memory: ProofMemory,
  audience: string | null,
): Promise<Caller | null> {
  const kinds = WHO_KINDS[who]
  if (kinds.length === 0) return null
  const basic = kinds.includes('workload') ? readBasic(request.headers) : null
  const attestation = kinds.includes('workload') ? readAttestation(request.house, request.headers) : null
  const shown = readCredential(request)
  // what goes with it in the body is read before anything is verified
  if (who === 'any client' && (shown === null || basic !== null || attestation !== null)) return null
  const withProof = proveWith(request, memory)
  if (basic !== null) return await withProof(undefined, (proof) => admitSecret(request, basic, proof))
  const certificate = kinds.includes('workload') ? request.certificate : undefined
  if (shown === null && attestation !== null)
    return await withProof(undefined, (proof) => admitAttestation(request, attestation, proof))
  if (shown === null && certificate !== undefined)
    return await withProof(undefined, (proof) => admitCertificate(request, certificate, { proof }))
  if (shown === null || !kinds.includes(shown.kind))
    throw new RemitError('authentication_missing', {
      detail:
        shown === null
          ? 'Say who is calling: no credential was shown.'
          : 'This address asks for another kind of credential.',
    })
  if (shown.kind === 'person') return requireAnyRole(await admitPerson(request, shown), who)
  if (shown.kind === 'workload')
    return await withProof(undefined, (proof) => admitAssertion(request, { jwt: shown.secret, as: 'bearer' }, proof))
  const { secret, scheme } = shown
  const { authenticate } = request.house
  return await withProof(secret, async (proof) =>
    requireScheme(await authenticate.byAccessToken(secret, audience, proof ?? null, request.certificate), scheme),
  )
}

/** Gives what lets somebody in with the proof that came along, which counts once at this door. */
function proveWith(request: Request, memory: ProofMemory) {
  return async <C extends Caller>(
    accessToken: string | undefined,
    admitOne: (proof: DpopProof | undefined) => Promise<C>,
  ): Promise<C> => {
    const proof = await readProof(request, accessToken)
    const caller = await admitOne(proof)
    // after the credential held: else anybody's proofs would fill the memory that agents need
    if (proof !== undefined) await memory.remember(proof)
    return caller
  }
}

/** Somebody without a role may see who they are, and nothing else. */
function requireAnyRole(caller: PersonCaller, who: Who): PersonCaller {
  if (who !== 'any person' && caller.person.roles.length === 0)
    throw new RemitError('role_missing', { detail: 'You have no role here; an administrator can give you one.' })
  return caller
}

/** RFC 9449 section 7.1: a token that is bound to a key comes by the scheme DPoP, and no other one does. */
function requireScheme(caller: AgentCaller, scheme: Shown['scheme']): AgentCaller {
  const isBound = caller.possession?.kind === 'jkt'
  if (isBound && scheme !== 'dpop')
    throw new RemitError('proof_missing', { detail: 'The token is bound to a key: show it by the scheme DPoP.' })
  if (!isBound && scheme === 'dpop')
    throw new RemitError('token_invalid', { detail: 'The token is not bound to a key: show it by the scheme Bearer.' })
  return caller
}

/** Finds out which workload an assertion is of. A stranger is refused after it is on record. */
export async function admitAssertion(
  request: Pick<Request, 'house' | 'source' | 'certificate'>,
  shown: { readonly jwt: string; readonly as: PresentedAs },
  proof: DpopProof | undefined,
): Promise<WorkloadCaller> {
  const { certificate } = request
  const { log, authenticate } = request.house
  const found = await authenticate
    .byAssertion(shown.jwt, { as: shown.as, proof, certificate })
    .catch((error: unknown) => {
      // it is our clock that is wrong, and not what was shown
      if (isError(error, 'assertion_expired') && log.condition().state === 'late')
        throw new RemitError('clock_behind', { cause: error })
      throw error
    })
  return receive(request, found)
}

/** Finds out which workload the certificate of a connection is of. A stranger is refused after it is on record. */
export async function admitCertificate(
  request: Pick<Request, 'house' | 'source'>,
  certificate: PeerCertificate,
  shown: { readonly proof: DpopProof | undefined; readonly takesOwn?: boolean },
): Promise<WorkloadCaller> {
  return receive(request, await request.house.authenticate.byCertificate(certificate, shown))
}

/** Reads what an attester says of a client; null where nothing is shown, or such words are not taken here. */
export function readAttestation(
  { speaks }: Pick<Request['house'], 'speaks'>,
  headers: Context['headers'],
): ShownAttestation | null {
  const statement = headers['oauth-client-attestation']
  if (statement === undefined || !speaks('client-attestation')) return null
  return { statement, pop: headers['oauth-client-attestation-pop'] ?? null }
}

/** Finds out which workload an attester vouches for. */
export async function admitAttestation(
  { house, source, certificate }: Pick<Request, 'house' | 'source' | 'certificate'>,
  shown: ShownAttestation,
  proof: DpopProof | undefined,
): Promise<WorkloadCaller> {
  const { challenges } = house
  return placeCaller(await house.authenticate.byAttestation(shown, { proof, certificate, challenges }), source)
}

/** Finds out which workload a static secret is of. */
export async function admitSecret(
  { house, source, certificate }: Pick<Request, 'house' | 'source' | 'certificate'>,
  shown: ShownSecret,
  proof: DpopProof | undefined,
): Promise<WorkloadCaller> {
  return placeCaller(await house.authenticate.bySecret(shown, { proof, certificate }), source)
}

async function receive(
  { house, source }: Pick<Request, 'house' | 'source'>,
  caller: WorkloadCaller | Stranger,
): Promise<WorkloadCaller> {
  if (caller.kind === 'stranger') return refuseStranger(house, caller)
  // nobody has registered it: like other failed proofs it may not fill the log as fast as it can ask
  if (caller.identity.state === 'discovered')
    throw new RemitError('identity_inactive', {
      detail: 'This workload has been noted, and nobody answers for it yet; a person can adopt it.',
      facts: { identityId: caller.identity.id },
    })
  return placeCaller(caller, source)
}

/** Verifies the DPoP proof of a request, where there is one (RFC 9449). Errors: `proof_invalid`, `use_dpop_nonce`. */
export async function readProof(request: Request, accessToken: string | undefined): Promise<DpopProof | undefined> {
  const jwt = request.headers['dpop']
  if (jwt === undefined) return undefined
  const shown = { jwt, method: request.method, url: `${request.reachedAt}${request.path}`, accessToken }
  const proof = await verifyProof(shown, request.house.clock.nowMs())
  request.proven.nextNonce = request.house.nonces.require(proof, request.isForToken ? 'token' : 'resource')
  return proof
}

/** A credential by the kind of caller that shows it. `ambient` travels by itself; `scheme` says how a token was shown. */
interface Shown {
  readonly kind: Caller['kind']
  readonly secret: string
  readonly ambient: boolean
  readonly scheme: 'bearer' | 'dpop'
}

const SCHEMES: ReadonlyMap<string, Shown['scheme']> = new Map([
  ['bearer', 'bearer'],
  ['dpop', 'dpop'],
])

function readCredential({ house, headers }: Pick<Request, 'house' | 'headers'>): Shown | null {
  const [name = '', secret, ...rest] = (headers['authorization'] ?? '').split(' ')
  const scheme = SCHEMES.get(name.toLowerCase())
  if (scheme !== undefined && secret !== undefined && rest.length === 0) {
    const kind = secret.startsWith('rms_') ? 'person' : isAccessToken(secret) ? 'agent' : 'workload'
    return { kind, secret, ambient: false, scheme }
  }
  const cookie = readSessionCookie(house, headers)
  return cookie === undefined ? null : { kind: 'person', secret: cookie, ambient: true, scheme: 'bearer' }
}

/** What headers say that came lately: all tokens under one key have the same. */
const ours = new Recent<boolean>(LIMITS.tokenHeadersMax)

/** Reads only the header of a JWT, to know whose rules it falls under; nothing is believed yet. */
function isAccessToken(jwt: string): boolean {
  const header = jwt.slice(0, Math.max(jwt.indexOf('.'), 0))
  const known = ours.get(header)
  if (known !== undefined) return known
  const isOurs = saysAccessToken(header)
  if (header.length <= LIMITS.tokenHeaderCharsMax) ours.set(header, isOurs)
  return isOurs
}

function saysAccessToken(header: string): boolean {
  try {
    const said: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'))
    return typeof said === 'object' && said !== null && 'typ' in said && said.typ === 'at+jwt'
  } catch {
    return false // not ours then; the room that verifies assertions says what is wrong with it
  }
}

/** A cookie travels by itself, so a change by cookie must come from our own pages. */
async function admitPerson(request: Request, shown: Shown): Promise<PersonCaller> {
  const foreign = request.headers['sec-fetch-site'] !== 'same-origin' && request.headers['origin'] === undefined
  if (shown.ambient && request.method !== 'GET' && foreign) throw new RemitError('origin_refused')
  return request.house.authenticate.bySession(shown.secret)
}
