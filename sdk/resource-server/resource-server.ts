import type { StandardFetch } from '../token-fetch.ts'
import { introspect } from './introspection.ts'
import { createIssuerKeys } from './issuer-keys.ts'
import { createNonces } from './nonces.ts'
import { type BoundTo, type ProofRules, readBound, requirePossession } from './possession.ts'
import { type Actor, readActors, readDetails, readLabels } from './read-chain.ts'
import { type Members, readJwt, textOf, timeOf } from './read-jwt.ts'
import { refuseToken, TokenRefused } from './refused.ts'
import { createReplayMemory, shareReplayMemory } from './replay-memory.ts'
import { createStatusLists, handedOutMs } from './status.ts'
import { ALGORITHM_NAMES, type Algorithm, algorithmOf, isSignedBy } from './verify-key.ts'

/** How a server learns that a token was taken back before its end. */
export type Standing =
  /** By the status lists of the issuer: what is known is at most `secondsMax` old (6 to 300; 15). */
  | { readonly by: 'status-list'; readonly secondsMax?: number }
  /**
   * By asking about each token, each time; the identity of this server has to be named for its audience (`resourceServers`).
   */
  | { readonly by: 'introspection'; readonly assertion: () => Promise<string>; readonly endpoint?: string }
  /** Not at all: a token counts until its end, whatever happens. */
  | { readonly by: 'nothing' }

/** What a server of others takes. */
export interface ResourceServerOptions {
  /** The public URL of Remit, letter by letter: `iss`. */
  readonly issuer: string
  /** What this server is called as a `resource`: `aud`, and nothing else beside it. */
  readonly audience: string
  /** By status list where not given. */
  readonly standing?: Standing
  /**
   * Algorithms of tokens and lists; ES256 alone where not given. Those of proofs are the asymmetric ones that are known here.
   */
  readonly algorithms?: readonly Algorithm[]
  /** Refuses tokens that are bound to no key. */
  readonly boundOnly?: boolean
  /** Where the keys are; looked up in the metadata of the issuer (RFC 8414) where not given. */
  readonly jwksUri?: string
  /** Where this server says what it is (RFC 9728), for whoever comes without a token. */
  readonly metadataUrl?: string
  /**
   * Keeps the id of a proof until a time (epoch milliseconds), and says whether it was new: for several processes. One's own
   * memory where not given.
   */
  readonly remember?: (id: string, expiresMs: number) => Promise<boolean>
  /** Asks for a nonce in each proof; several processes share one by the same secret of 32 bytes. */
  readonly nonces?: 'own' | Uint8Array<ArrayBuffer>
  readonly fetch?: StandardFetch
  /** The clock, in epoch milliseconds. */
  readonly nowMs?: () => number
}

/** A request, as far as a token in it is concerned. */
export interface ShownRequest {
  readonly method: string
  /** Its address as the client knows it: of the public URL, not of a `Host` header. */
  readonly url: string
  readonly authorization: string | null | undefined
  /** The header `DPoP`. */
  readonly dpop?: string | null | undefined
  /** The certificate that the client has shown on this connection, in DER. */
  readonly certificate?: Uint8Array | undefined
}

/** A token that counts here and now. */
export interface AcceptedToken {
  readonly tokenId: string
  /** The identity at the root of the chain. */
  readonly subject: string
  /** The identity that acts. */
  readonly clientId: string
  /**
   * Who acts for whom, whole and as it was written: the one of now first, then the one that it acts for, down to the first
   * after the subject.
   */
  readonly actors: readonly Actor[]
  /**
   * What the token is for (RFC 9396): the task with its scope, of which this server lets through its own part. By introspection
   * it is what is still granted of that now.
   */
  readonly details: readonly Members[]
  /**
   * What its task, those above it and others of its identities had read as the token was made (`confidentiality`, `integrity`); by
   * introspection what they have read by now. Empty where it does not say.
   */
  readonly labels: Members
  readonly expiresMs: number
  readonly boundTo: BoundTo | null
  /** How old what was known of its standing may be, in milliseconds; null where nobody was asked. */
  readonly staleMs: number | null
  readonly claims: Members
}

/** Takes the tokens of one issuer for one audience. */
export interface ResourceServer {
  /** Errors: `TokenRefused`, each. Nothing that goes wrong on the way lets a token through. */
  accept(shown: ShownRequest): Promise<AcceptedToken>
  /** The header `WWW-Authenticate` of a refusal (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728 section 5.1). */
  challenge(refusal: TokenRefused): string
}

const tokenCharsMax = 16 * 1024
const skewMs = 30_000
const TYPES = ['at+jwt', 'application/at+jwt']
const HEADER = ['alg', 'typ', 'kid']

/**
 * Makes the verifier of a server. It keeps keys for five minutes and lists for as long as `standing` says, and nothing of
 * tokens.
 */
export function createResourceServer(options: ResourceServerOptions): ResourceServer {
  const { issuer, audience, standing = { by: 'status-list' }, algorithms = ['ES256'] } = options
  const [send, nowMs] = [options.fetch ?? fetch, options.nowMs ?? Date.now]
  const keys = createIssuerKeys({ issuer, jwksUri: options.jwksUri, algorithms, fetch: send, nowMs })
  const memory = options.remember === undefined ? createReplayMemory(nowMs) : shareReplayMemory(options.remember)
  const { nonces: asked } = options
  const nonces = asked === undefined ? undefined : createNonces(nowMs, asked === 'own' ? undefined : asked)
  const rules: ProofRules = { algorithms: ALGORITHM_NAMES, memory, nonces, nowMs }
  const staleMsMax = (standing.by === 'status-list' ? (standing.secondsMax ?? 15) : 15) * 1000
  if (!(staleMsMax > handedOutMs && staleMsMax <= 300_000)) throw new RangeError('secondsMax must be 6 to 300')
  const lists = createStatusLists({ issuer, audience, keys, algorithms, fetch: send, nowMs, staleMsMax })
  const requireStanding = async (token: string, claims: Members): Promise<Known> => {
    if (standing.by === 'nothing') return { staleMs: null, told: claims }
    if (standing.by === 'status-list') return { staleMs: await lists.require(claims), told: claims }
    const { assertion, endpoint } = standing
    const said = await introspect({ issuer, audience, assertion, endpoint, fetch: send }, token, claims)
    return { staleMs: 0, told: Object.hasOwn(said, 'authorization_details') ? said : claims }
  }
  return {
    async accept(shown) {
      const { scheme, token } = readAuthorization(shown.authorization)
      const jwt = readJwt(token, tokenCharsMax) ?? refuseToken('The token is no JWT, or larger than any of ours.')
      const algorithm =
        algorithmOf(jwt.header, algorithms) ?? refuseToken('The token is signed in a way that is not taken here.')
      if (!TYPES.includes(textOf(jwt.header, 'typ') ?? '')) refuseToken('This is no access token (RFC 9068).')
      if (Object.keys(jwt.header).some((name) => !HEADER.includes(name)))
        refuseToken('The header holds more than ours do.')
      const key = await keys.find(textOf(jwt.header, 'kid') ?? refuseToken('The token names no key.'), algorithm)
      if (!(await isSignedBy(key, jwt))) refuseToken('The signature does not verify.')
      const read = readClaims(jwt.claims, { issuer, audience, nowMs: nowMs() })
      const { method, url, certificate } = shown
      const dpop = shown.dpop ?? undefined
      if (read.boundTo === null && options.boundOnly === true) refuseToken('The token is bound to no key.')
      const { boundTo, clientId } = read
      await requirePossession(boundTo, { token, clientId, scheme, method, url, dpop, certificate }, rules)
      const { staleMs, told } = await requireStanding(token, jwt.claims)
      if (nowMs() >= read.expiresMs) refuseToken('The token has expired.') // while others were asked
      return {
        ...read,
        details: readDetails(told),
        labels: readLabels({ ...jwt.claims, ...told }),
        staleMs,
        claims: jwt.claims,
      }
    },
    challenge: (refusal) => writeChallenge(refusal, options.metadataUrl),
  }
}

/** How old what is known of a token is, and what says what it is for. */
interface Known {
  readonly staleMs: number | null
  readonly told: Members
}

function readAuthorization(header: string | null | undefined): {
  readonly scheme: 'Bearer' | 'DPoP'
  readonly token: string
} {
  const [, scheme = '', token = ''] = /^(bearer|dpop) +([A-Za-z0-9._~+/=-]+)$/i.exec(header ?? '') ?? []
  if (token === '') throw new TokenRefused('token_missing', 'An access token is required.')
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', token }
}

interface Place {
  readonly issuer: string
  readonly audience: string
  readonly nowMs: number
}

function readClaims(
  claims: Members,
  { issuer, audience, nowMs }: Place,
): Omit<AcceptedToken, 'staleMs' | 'claims' | 'details' | 'labels'> {
  if (textOf(claims, 'iss') !== issuer) refuseToken('The token is of another issuer.')
  if (textOf(claims, 'aud') !== audience) refuseToken('The token is for another audience.')
  const expiresMs = timeOf(claims, 'exp') ?? refuseToken('The token has no end.')
  const beginsMs = Math.max(
    timeOf(claims, 'iat') ?? refuseToken('The token does not say when it was made.'),
    timeOf(claims, 'nbf') ?? 0,
  )
  if (nowMs >= expiresMs) refuseToken('The token has expired.')
  if (beginsMs > nowMs + skewMs) refuseToken('The token does not count yet.')
  const named = (name: string): string => textOf(claims, name) || refuseToken(`The token has no ${name}.`)
  return {
    tokenId: named('jti'),
    subject: named('sub'),
    clientId: named('client_id'),
    actors: readActors(claims),
    expiresMs,
    boundTo: readBound(claims),
  }
}

function writeChallenge({ code, detail }: TokenRefused, metadataUrl: string | undefined): string {
  const scheme = ['invalid_dpop_proof', 'use_dpop_nonce'].includes(code) ? 'DPoP' : 'Bearer'
  const quoted = detail.replaceAll(/["\\]/g, "'")
  const members = [
    ...(code === 'token_missing' || code === 'temporarily_unavailable'
      ? []
      : [`error="${code}"`, `error_description="${quoted}"`]),
    ...(scheme === 'DPoP' ? [`algs="${ALGORITHM_NAMES.join(' ')}"`] : []),
    ...(metadataUrl === undefined ? [] : [`resource_metadata="${metadataUrl}"`]),
  ]
  return members.length === 0 ? scheme : `${scheme} ${members.join(', ')}`
}
