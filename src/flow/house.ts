import type { AccessTokens } from '../authenticate/access-token.ts'
import type { Authenticate } from '../authenticate/authenticate.ts'
import type { Challenges } from '../authenticate/client/challenge.ts'
import type { ClientDocuments } from '../authenticate/client/metadata-document.ts'
import type { DpopNonces } from '../authenticate/dpop/nonce.ts'
import type { FootingStore } from '../authenticate/footing.ts'
import type { Permit } from '../contract/decision.ts'
import type { DraftName } from '../contract/token/drafts.ts'
import type { Decide } from '../decide/decide.ts'
import type { CallbackTarget } from '../enforce/callback-sender.ts'
import type { OpenStreams } from '../enforce/open-streams.ts'
import type { BesideOf } from '../ground/beside.ts'
import type { Clock } from '../ground/clock.ts'
import type { Ids } from '../ground/ids.ts'
import type { Metrics } from '../ground/metrics.ts'
import type { InTurn, InTurnOf } from '../ground/one-by-one.ts'
import type { SealedPages } from '../ground/sealed-pages.ts'
import type { ThreadStanding } from '../ground/thread-standing.ts'
import type { IssuedToken } from '../issue/access-token.ts'
import type { DenialTokens } from '../issue/denial-token.ts'
import type { OpenKey } from '../issue/signing-key.ts'
import type { Transactions } from '../issue/txn-token.ts'
import type { LogSearch } from '../prove/cards/search.ts'
import type { PackDesk } from '../prove/store.ts'
import type { UseDesk } from '../prove/used/use-desk.ts'
import type { Log } from '../record/log.ts'
import type { Recorded } from '../record/recorded.ts'
import type { Witnesses } from '../record/witnessing/witnesses.ts'
import type { RegisterStore } from '../register/store.ts'
import type { RevokeStore } from '../revoke/store.ts'
import type { DomainDesk } from './domain/desk.ts'
import type { PolicyDesk } from './policy/desk.ts'
import type { Target } from './token/across/target.ts'
import type { Federation } from './token/federation.ts'
import type { StatusLists, TokenKeys } from './token/keyring.ts'
import type { LastAccepted } from './token/last-accepted.ts'
import type { PollPace } from './token/poll-pace.ts'
import type { ReadProofs } from './token/read-proofs.ts'
import type { OwnSvids } from './token/svid/own-svids.ts'
import type { DecisionTimes } from './upkeep/decision-times.ts'
import type { LeftOver } from './upkeep/left-over.ts'

/** A tool as its server offers it now, with the digest of its definition. */
export interface OfferedTool {
  readonly name: string
  readonly description: string
  readonly annotations: Readonly<Record<string, unknown>>
  /** The names of its arguments; null where its definition does not tell them. */
  readonly arguments: readonly string[] | null
  readonly digest: string
}

/** What was seen of a server. */
export interface Looked {
  readonly state: 'up' | 'down'
  /** Why it is down, in a few words; null while it is up. */
  readonly reason: string | null
  readonly tools: readonly OfferedTool[]
}

/** A server behind the gateway. */
export interface OfferedServer {
  readonly name: string
  readonly transport: 'stdio' | 'http'
  /** What it offers now; an empty list with `state: 'down'` and the reason where it does not answer. */
  readonly look: () => Promise<Looked>
  /** The last lines of its standard error, where it is a child of this process; fit to be shown. */
  readonly lastWords: () => readonly string[]
}

/** The built rooms. Only `main.ts` builds one; every flow takes it and nothing else. */
export interface House {
  readonly org: string
  /** Issuer of our tokens, only audience of assertions, and root of every address. */
  readonly publicUrl: string
  /** Where clients show certificates, and how they prove themselves by them (RFC 8705); null where nowhere. */
  readonly mutual: { readonly url: string; readonly methods: readonly string[] } | null
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Those elsewhere who sign that the log only grows. */
  readonly witnesses: Witnesses
  readonly authenticate: Authenticate & AccessTokens
  readonly decide: Decide
  /** What other applications are decided by. */
  readonly domains: DomainDesk
  /** Seals where a search goes on. */
  readonly pages: SealedPages
  /** What clients say of themselves at the address that is their name; null where such clients are not taken. */
  readonly clientDocuments: ClientDocuments | null
  /** Seals the questions that people are asked for a client. */
  readonly consents: SealedPages
  /** The policies by which it decides, and how others are made. */
  readonly policies: PolicyDesk
  readonly tokens: {
    /** The keys that sign them, and all else that is of them. */
    readonly keys: TokenKeys
    readonly issue: (recorded: Recorded<Permit<'token'>>, key: OpenKey) => Promise<IssuedToken>
    /** Makes what was permitted for another domain, where whoever shows it is known as this client. */
    readonly issueGrant: (recorded: Recorded<Permit<'token'>>, key: OpenKey, clientId: string) => Promise<IssuedToken>
  }
  /** The authorization servers of other domains for which grants are made. */
  readonly targets: readonly Target[]
  /** True where a specification that is no RFC yet is spoken. */
  readonly speaks: (draft: DraftName) => boolean
  /** What clients sign that an attester vouches for. */
  readonly challenges: Challenges
  /** Which nonces the proofs of clients have to hold. */
  readonly nonces: DpopNonces
  /** Signs what a denial says of itself, and reads it again. */
  readonly denials: DenialTokens
  /** Where those who ask for access may be told what became of it. */
  readonly callbacks: readonly CallbackTarget[]
  readonly register: RegisterStore
  /** Throws `store_failed` where the store does not answer, `store_damaged` and `store_edited` where it is not as it was made. */
  readonly checkStore: () => Promise<void>
  /** How the thread stands that writes what is large or slow; null where the store has none. */
  readonly writerStanding: (() => ThreadStanding) | null
  readonly revoke: RevokeStore
  readonly footing: FootingStore
  /**
   * Looks whether a proof is free, and writes whose it becomes, one after the other: two that look at once would both find it
   * so.
   */
  readonly bindInTurn: InTurn
  /** Counts the tasks that wait for people, and writes one more, one after the other: many at once would all find few. */
  readonly waitInTurn: InTurn
  /** Decides again what many raced for, by the row over which they did, one after the other; answers what was clicked twice so too. */
  readonly racedInTurn: InTurnOf
  /** Answers so many questions of one asker at once: what takes authority back waits behind no more of them. */
  readonly batchesBeside: BesideOf
  readonly streams: OpenStreams
  readonly lastAccepted: LastAccepted
  /** Proofs at doors that only read. */
  readonly readProofs: ReadProofs
  /** Holds back who asks too fast for tokens of tasks that wait. */
  readonly polls: PollPace
  /** Reports what cut a flow short, and has the house carry on with it at its next sweep. */
  readonly carryOnLater: (fault: Error) => void
  /** What came between as what was cut short was carried on last. */
  readonly cutShort: Pick<LeftOver, 'fault'>
  /** Whether something may be left of the estates of people who left. */
  readonly estates: LeftOver
  readonly servers: readonly OfferedServer[]
  /** Servers of others that take our tokens, by their audience; `identity` is the name of the one that may ask about them. */
  readonly resourceServers: readonly { readonly resource: string; readonly identity?: string | undefined }[]
  /** SVIDs of our own trust domain; null where there is none. */
  readonly svids: OwnSvids | null
  /** Tokens for clouds that know OIDC alone; null where none is named. */
  readonly federation: Federation | null
  /** The lists by which others see which tokens count no more; null where they are switched off. */
  readonly statusLists: StatusLists | null
  /** Makes the transaction tokens of the trust domain; null where they are switched off. */
  readonly transactions: Transactions | null
  /** Signs what introspection says, for whoever asked: their id. */
  readonly signIntrospection: (audience: string, said: object) => Promise<string>
  readonly metrics: Metrics
  /** How long decisions have taken. */
  readonly decisionTimes: DecisionTimes
  /** What deserves a second look in the configuration and the policies. */
  readonly cautions: readonly string[]
  /** The page at `/`. */
  readonly consolePage: string
  readonly packs: PackDesk
  /** Finds entries by what they name, and keeps what that is found by. */
  readonly search: LogSearch
  readonly uses: UseDesk
}
