import type { SpentProofs } from '../../src/authenticate/assertion/assertion-kinds.ts'
import { type Authenticate, createAuthenticate } from '../../src/authenticate/authenticate.ts'
import type { Caller, Stranger } from '../../src/authenticate/caller.ts'
import type { IssuerTrust } from '../../src/authenticate/issuer-trust.ts'
import type { TrustDomain } from '../../src/authenticate/spiffe/bundle-source.ts'
import type { AuthenticateStore } from '../../src/authenticate/store.ts'
import type { ClientAuthority } from '../../src/authenticate/x509/client-authority.ts'
import type { Change, Kept, TableName, Tables } from '../../src/contract/change.ts'
import { rowKey } from '../../src/contract/change.ts'
import type { PersonLogin } from '../../src/contract/person/person-login.ts'
import type { Binding } from '../../src/contract/register/binding.ts'
import type { Identity } from '../../src/contract/register/identity.ts'
import type { Person } from '../../src/contract/register/person.ts'
import { type Clock, systemClock } from '../../src/ground/clock.ts'
import { RemitError } from '../../src/ground/errors.ts'
import { fetchOutside, type OutboundFetch } from '../../src/ground/outbound.ts'

export const AUDIENCE = 'https://remit.example'

/** A process that knows nothing of proofs by itself, and asks its store of each. */
export const NOTHING_SPENT: SpentProofs = { has: () => false, mayPrecede: () => true }

/** A clock that is moved by hand: no wait ends by itself, however slow the machine is. */
export interface MovedClock extends Clock {
  /** Moves on, and ends the waits that are over by then. */
  advance(ms: number): void
}

/** Makes a clock that stands at the machine's time of now. */
export function makeClock(): MovedClock {
  let movedMs = 0
  const startMs = Date.now()
  const waiting = new Map<() => void, number>()
  return {
    ...systemClock,
    nowMs: () => startMs + movedMs,
    monotonicMs: () => movedMs,
    after: (ms, run) => {
      const wake = (): void => run()
      waiting.set(wake, movedMs + ms)
      return () => waiting.delete(wake)
    },
    advance: (ms) => {
      movedMs += ms
      for (const [wake, dueMs] of waiting) if (dueMs <= movedMs && waiting.delete(wake)) wake()
    },
  }
}

/** The state that the room reads, in memory. It takes changes as the record would, replays included. */
export interface MemoryStore extends AuthenticateStore {
  put<T extends TableName>(table: T, row: Tables[T]): Kept<Tables[T]>
  apply(changes: readonly Change[]): void
}

/** Makes an empty store. */
export function makeStore(): MemoryStore {
  const rows = new Map<string, Kept<object>>()
  const get = (table: string, key: string): Promise<never> => Promise.resolve(rows.get(`${table}/${key}`) as never)
  const put = (table: TableName, row: Tables[TableName], version = 1): never => {
    const kept = { ...row, version, entry: 0 } as never
    rows.set(`${table}/${rowKey(table, row as never)}`, kept)
    return kept
  }
  const take = (change: Change): void => {
    if (change.op !== 'insert' && change.op !== 'update') return
    const found = rows.get(`${change.table}/${rowKey(change.table, change.row as never)}`)
    const expected = change.op === 'insert' ? undefined : change.ifVersion
    if (found?.version !== expected) throw new RemitError('conflict', { facts: { table: change.table } })
    put(change.table, change.row, (expected ?? 0) + 1)
  }
  return {
    put,
    apply: (changes) => changes.forEach(take),
    findBindings: (issuer, subjects) => {
      const all = [...rows].filter(([key]) => key.startsWith('bindings/')).map(([, row]) => row as Kept<Binding>)
      return Promise.resolve(all.filter((row) => row.issuer === issuer && subjects.includes(row.subject)))
    },
    getIdentity: (id) => get('identities', id),
    getSeenProof: (id) => get('seen_proofs', id),
    getHeldAssertion: (id) => get('held_assertions', id),
    getSession: (id) => get('sessions', id),
    getLoginLink: (id) => get('login_links', id),
    getAuthorizationCode: (id) => get('authorization_codes', id),
    getBinding: (id) => get('bindings', id),
    getTrustBundle: (domain) => get('trust_bundles', domain),
    getWatchedSource: (name) => get('watched_sources', name),
    findPersonLogin: (issuer, subject) => {
      const all = [...rows]
        .filter(([key]) => key.startsWith('person_logins/'))
        .map(([, row]) => row as Kept<PersonLogin>)
      return Promise.resolve(
        all.find((row) => row.issuer === issuer && row.subject === subject && row.endedMs === null),
      )
    },
    loginsOf: (personId) => {
      const all = [...rows].filter(([key]) => key.startsWith('person_logins/'))
      return Promise.resolve(all.map(([, row]) => row as Kept<PersonLogin>).filter((row) => row.personId === personId))
    },
    findPersonByEmail: (email) => {
      const all = [...rows].filter(([key]) => key.startsWith('persons/')).map(([, row]) => row as Kept<Person>)
      return Promise.resolve(all.find((row) => row.email === email))
    },
    getPerson: (id) => get('persons', id),
  }
}

/** Registers an identity with one binding and gives both. */
export function bind(store: MemoryStore, binding: Partial<Binding>, identity: Partial<Identity> = {}): Kept<Binding> {
  const id = identity.id ?? 'idn_1'
  store.put('identities', { ...PLAIN_IDENTITY, ...identity, id })
  return store.put('bindings', { ...PLAIN_BINDING, id: `bnd_${id}`, identityId: id, ...binding })
}

const PLAIN_BINDING: Binding = {
  id: 'bnd_1',
  identityId: 'idn_1',
  kind: 'oidc',
  issuer: '',
  subject: '',
  claims: {},
  keys: [],
  createdMs: 0,
  endedMs: null,
}

const PLAIN_IDENTITY: Identity = {
  id: 'idn_1',
  name: 'docs-summariser',
  kind: 'agent',
  runtime: 'own',
  vendor: null,
  state: 'active',
  owner: null,
  sponsor: null,
  purpose: null,
  autonomy: 'bounded',
  reach: 'team',
  tier: 'T1',
  tierReasons: [],
  requestedBy: null,
  authors: [],
  createdMs: 0,
  activatedMs: 0,
  rehearsedMs: null,
  suspendedBecause: null,
}

/** Builds the room on real HTTP. */
export function makeRoom(parts: {
  readonly store: AuthenticateStore & Partial<Pick<MemoryStore, 'apply'>>
  readonly clock: Clock
  readonly issuers?: readonly (Partial<IssuerTrust> & { readonly issuer: string })[]
  readonly trustDomains?: readonly (Partial<TrustDomain> & { readonly name: string })[]
  readonly clientAuthorities?: readonly ClientAuthority[]
  readonly fetch?: OutboundFetch
}): Authenticate {
  return createAuthenticate({
    store: parts.store,
    clock: parts.clock,
    clientAuthorities: parts.clientAuthorities ?? [],
    record: async (fact) => parts.store.apply?.(fact.changes),
    audience: AUDIENCE,
    spent: NOTHING_SPENT,
    fetch: parts.fetch ?? fetchOutside,
    issuers: (parts.issuers ?? []).map((trust) => ({
      algorithms: ['ES256'],
      requireJti: true,
      allowInsecureHttp: true,
      ...trust,
    })),
    trustDomains: (parts.trustDomains ?? []).map((domain) => ({ allowInsecureHttp: true, ...domain })),
  })
}

/** Gives the code of the refusal, or the kind of who was admitted. */
export async function outcomeOf(call: Promise<Caller | Stranger>): Promise<string> {
  try {
    return (await call).kind
  } catch (error) {
    if (error instanceof RemitError) return error.code
    throw error
  }
}
