import type { Kept } from '../contract/change.ts'
import type { WatchedSource } from '../contract/register/trust-bundle.ts'
import type { Clock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import type { OutboundFetch } from '../ground/outbound.ts'
import { runBounded } from '../ground/run-bounded.ts'
import type { AssertionKind, Court, IssuerCourt, SpentProofs } from './assertion/assertion-kinds.ts'
import { readHeldAgain, rememberHeld } from './assertion/held-assertion.ts'
import { createKeyKind } from './assertion/key-assertion.ts'
import type { KeySource, KeySourceStatus } from './assertion/key-source.ts'
import { createIssuerKeys, createOidcKind } from './assertion/oidc-assertion.ts'
import { createSpiffeKind } from './assertion/spiffe-assertion.ts'
import type { PersonCaller, ProvenPerson, Stranger, WorkloadCaller } from './caller.ts'
import { findByAttestation, type ShownAttestation } from './client/attestation.ts'
import type { Challenges } from './client/challenge.ts'
import { type CodeHolder, findCodeHolder, type MisusedCode, type ShownCode } from './client/code-proof.ts'
import { type DocumentClient, proveByDocument } from './client/document-key.ts'
import { findBySecret, type ShownSecret } from './client/static-secret.ts'
import type { IssuerTrust, Liveness } from './issuer-trust.ts'
import { findIdentityGrant, type IdentityGrant } from './person/id-jag.ts'
import { findPersonByToken } from './person/person-token.ts'
import { findLinkPerson, findSessionPerson, type OpenLink } from './person-proof.ts'
import type { PresentedAs } from './presented.ts'
import { createBundleKeys, refuseRings, type TrustDomain } from './spiffe/bundle-source.ts'
import type { BundleShelf } from './spiffe/kept-bundle.ts'
import { type ToldBundle, tellBundle } from './spiffe/told-bundle.ts'
import type { AuthenticateStore } from './store.ts'
import { findWorkload, type Proved } from './workload-proof.ts'
import { type CertificateShown, findByCertificate } from './x509/certificate-proof.ts'
import { type AuthorityStatus, type ClientAuthority, openAuthorities } from './x509/client-authority.ts'
import type { OwnDomain } from './x509/own-svid.ts'
import type { PeerCertificate } from './x509/peer-certificate.ts'

/** What the room is built of. */
export interface AuthenticateOptions {
  readonly store: AuthenticateStore
  readonly issuers: readonly IssuerTrust[]
  readonly trustDomains: readonly TrustDomain[]
  /** Whose certificates prove clients by their names. Default none. */
  readonly clientAuthorities?: readonly ClientAuthority[]
  /** Our own trust domain, where there is one: its certificates prove workloads in their tasks. */
  readonly own?: OwnDomain | undefined
  /** Our issuer URL: the only audience of an assertion that counts here. */
  readonly audience: string
  readonly clock: Clock
  /** What this process knows of proofs that decisions were made on. */
  readonly spent: SpentProofs
  readonly fetch: OutboundFetch
  /** Writes what this room alone has to say: which bundle of a trust domain it took. */
  readonly record: BundleShelf['record']
}

/** Who is calling. Every method rejects with a `RemitError` of the table where nobody is. */
export interface Authenticate {
  /**
   * Verifies a workload's assertion: an OIDC JWT, a SPIFFE JWT-SVID or a client assertion of a registered key, shown
   * together with a proof of possession or without. The caller's `changes` mark both as seen and must be recorded
   * with whatever they are used for, a refusal too; a conflict on them is a replay. An assertion that verifies but
   * that no identity is bound to gives a stranger. The state of the identity is for the decision to judge. `as` is the
   * name under which it was shown: `bearer` where nobody says another one.
   * Errors: `assertion_*`, `spiffe_id_invalid`, `issuer_unknown`, `issuer_unavailable`, `identity_ambiguous`,
   * `proof_missing` and `proof_invalid` (an assertion bound to a key by `cnf`, a proof shown before).
   */
  byAssertion(jwt: string, shown?: Proved & { readonly as?: PresentedAs }): Promise<WorkloadCaller | Stranger>
  /**
   * Verifies the certificate of a connection as a workload's proof: an X.509-SVID, or a certificate that is registered by
   * itself or by a name under an authority (RFC 8705). Errors: `certificate_*`, `spiffe_id_invalid`, `issuer_unknown`,
   * `issuer_unavailable`, `identity_ambiguous`, and those of a DPoP proof beside it.
   */
  byCertificate(certificate: PeerCertificate, shown?: CertificateShown): Promise<WorkloadCaller | Stranger>
  /** Finds the identity of a client that its attester vouches for. Errors: as `findByAttestation`. */
  byAttestation(shown: ShownAttestation, proved: Proved & { readonly challenges: Challenges }): Promise<WorkloadCaller>
  /**
   * Finds the identity that a static secret proves. Errors: `secret_refused`, `secret_not_allowed`, those of a DPoP proof
   * beside it.
   */
  bySecret(shown: ShownSecret, proved?: Proved): Promise<WorkloadCaller>
  /**
   * Gives a workload again whose cached assertion was written down meanwhile as that of its key, by another of its requests.
   * Errors: `assertion_reused` where that was another key.
   */
  afterRace(caller: WorkloadCaller): Promise<WorkloadCaller>
  /** What stands in the configuration of an OIDC issuer; undefined where it is not trusted. */
  trustOf(issuer: string): IssuerTrust | undefined
  /** How often an assertion of an issuer or a trust domain counts. */
  livenessOf(name: string): Liveness
  /**
   * Verifies the ID token by which an issuer that serves people vouches for a person, and finds them by their login. Somebody
   * else shows it, perhaps with proofs of a key. Its `guards` and `changes` must be recorded with whatever it is used for.
   * Errors: as `findPersonByToken`.
   */
  byPersonToken(jwt: string, shown?: Proved): Promise<ProvenPerson>
  /**
   * Verifies what an identity provider lets a client do for a person, which has authenticated itself. Errors: as
   * `findIdentityGrant`.
   */
  byIdentityGrant(jwt: string, client: WorkloadCaller): Promise<IdentityGrant>
  /** Finds the person of a live session. Errors: `session_invalid`. */
  bySession(secret: string): Promise<PersonCaller>
  /** Finds whose an unused one-time sign-in link is; using it up is for whoever signs in. Errors: `login_link_invalid`. */
  byLoginLink(secret: string): Promise<OpenLink>
  /** Holds a client to the keys of its own document. Errors: as `proveByDocument`. */
  byDocument(jwt: string, client: DocumentClient, proved?: Proved): Promise<WorkloadCaller>
  /** Finds the client that an authorization code was made for. Errors: as `findCodeHolder`. */
  byCode(shown: ShownCode): Promise<CodeHolder | MisusedCode>
  /** Reads the keys of every issuer and trust domain, as far as the pauses between reads allow, and says how each does. */
  checkSources(): Promise<readonly KeySourceStatus[]>
  /** How an issuer or a trust domain was when something was written down of it; undefined where nothing was. */
  watchedSource(name: string): Promise<Kept<WatchedSource> | undefined>
  /** Tells the bundle of a trust domain that counts here. Errors: `issuer_unavailable`, also for one that is not here. */
  bundleOf(trustDomain: string): Promise<ToldBundle>
  /** Says of every client authority how long it goes on as it is. */
  checkAuthorities(): readonly AuthorityStatus[]
  /** True where what this issuer, trust domain or client authority says counts here. */
  trusts(kind: 'oidc' | 'spiffe' | 'certificate', issuer: string): boolean
}

/** Builds the room. Errors: `config_invalid` for an issuer or trust domain that cannot be trusted as it is configured. */
export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const { clock, audience, spent, fetch } = options
  const store = rememberHeld(options.store)
  const court: Court = { audience, clock, store, spent }
  const shelf: BundleShelf = { store, record: options.record, nowMs: () => clock.nowMs() }
  const trusts = new Map(options.issuers.map((trust) => [trust.issuer, trust]))
  const issuers = new Map(options.issuers.map((trust) => [trust.issuer, createIssuerKeys(trust, court, fetch)]))
  const sourceOf = (name: string): KeySource | undefined => domains.get(name)
  const domains: ReadonlyMap<string, KeySource> = new Map(
    options.trustDomains.map((domain) => [domain.name, createBundleKeys(domain, court, { fetch, shelf, sourceOf })]),
  )
  const found = (name: string): KeySource => domains.get(name) ?? refuseUnknown(name)
  refuseRings(options.trustDomains)
  refuseTwins('issuer', options.issuers.length, issuers)
  refuseTwins('trust domain', options.trustDomains.length, domains)
  const cached = new Set(cachedNames(options.trustDomains))
  const kinds: readonly AssertionKind[] = [
    createSpiffeKind(court, trusts, { sources: domains, cached }),
    createKeyKind(court),
    createOidcKind(court, trusts, issuers),
  ]
  const byIssuers: IssuerCourt = { ...court, trusts, sources: issuers }
  const authorities = openAuthorities(options.clientAuthorities ?? [], clock)
  const trusted = { oidc: issuers, spiffe: domains, certificate: new Map(authorities.map((row) => [row.name, row])) }
  return {
    byAssertion: (jwt, { as = 'bearer', ...proved } = {}) => findWorkload(court, kinds, { jwt, as }, proved),
    byCertificate: (certificate, proved = {}) =>
      findByCertificate({ ...court, domains, authorities, own: options.own }, certificate, proved),
    byAttestation: (shown, proved) => findByAttestation(byIssuers, shown, proved),
    bySecret: (shown, proved = {}) => findBySecret(court, shown, proved),
    afterRace: (caller) => readHeldAgain(store, caller),
    byPersonToken: (jwt, proved = {}) => findPersonByToken(byIssuers, jwt, proved),
    byIdentityGrant: (jwt, client) => findIdentityGrant(byIssuers, jwt, client),
    trustOf: (issuer) => trusts.get(issuer),
    livenessOf: (name) => (cached.has(name) ? 'cached' : (trusts.get(name)?.liveness ?? 'single-use')),
    bySession: (secret) => findSessionPerson(store, secret, clock.nowMs()),
    byLoginLink: (secret) => findLinkPerson(store, secret, clock.nowMs()),
    byDocument: (jwt, client, proved = {}) => proveByDocument(court, jwt, client, proved),
    byCode: (shown) => findCodeHolder(store, shown, clock.nowMs()),
    trusts: (kind, issuer) => trusted[kind].has(issuer),
    bundleOf: async (name) => tellBundle(await found(name).all()),
    checkAuthorities: () => authorities.map(({ look }) => look()),
    checkSources: () => checkAll([...issuers.values(), ...domains.values()]),
    watchedSource: (name) => court.store.getWatchedSource(name),
  }
}

function refuseUnknown(name: string): never {
  throw new RemitError('issuer_unavailable', { detail: `The trust domain ${name} is not configured here.` })
}

const cachedNames = (domains: readonly TrustDomain[]): readonly string[] =>
  domains.filter(({ liveness }) => liveness === 'cached').map(({ name }) => name)

/** However many there are, only some are read at once. */
async function checkAll(sources: readonly KeySource[]): Promise<readonly KeySourceStatus[]> {
  const found = new Map<KeySource, KeySourceStatus>()
  await runBounded(sources, LIMITS.sourcesAtOnceMax, async (source) => void found.set(source, await source.check()))
  return sources.flatMap((source) => found.get(source) ?? [])
}

function refuseTwins(what: string, count: number, sources: ReadonlyMap<string, KeySource>): void {
  if (sources.size !== count)
    throw new RemitError('config_invalid', { detail: `The same ${what} is configured twice.` })
}
