import type { ActionClass } from '../src/contract/action-class.ts'
import type { Approval } from '../src/contract/approval/approval.ts'
import type { Kept } from '../src/contract/change.ts'
import type { Credential } from '../src/contract/credential.ts'
import type { Cutoff, CutoffTarget } from '../src/contract/cutoff.ts'
import type { LogEntry } from '../src/contract/log-entry.ts'
import type { Binding, JsonWebKeyPublic } from '../src/contract/register/binding.ts'
import type { Composition } from '../src/contract/register/composition.ts'
import type { Entitlement } from '../src/contract/register/entitlement.ts'
import type { Identity, IdentityKind, Runtime } from '../src/contract/register/identity.ts'
import type { PresetName } from '../src/contract/register/presets.ts'
import type { Purpose, ResourceRule, ToolRule } from '../src/contract/register/purpose.ts'
import type { Autonomy, Reach, Tier, TierTerms } from '../src/contract/register/tier.ts'
import type { ValueRule } from '../src/contract/register/value-rule.ts'
import type { Scope } from '../src/contract/scope.ts'
import type { Sensitivity } from '../src/contract/sensitivity.ts'
import type { BindingStrength, Budget, PartBudget, Task, TaskUsage } from '../src/contract/task.ts'
import type { ToolSuggestion } from '../src/contract/tool-hints.ts'

/** What every change answers: the index of the log entry that explains it. */
export interface Explained {
  readonly entry: number
}

/** Part of a list; `next` is the `after` of the next part, null at the end. */
export interface Part {
  readonly next: string | null
}

/** What a change answers that may not do what was meant: a sentence for each thing that deserves a second look. */
export interface Cautioned extends Explained {
  readonly cautions: readonly string[]
}

// identities

/** What a person says of an AI identity; `owner` and `sponsor` are two people, by id. */
export interface IdentityDraft {
  readonly name: string
  readonly kind: IdentityKind
  readonly runtime: Runtime
  readonly vendor?: string
  readonly owner: string
  readonly sponsor: string
  readonly purpose: string
  readonly autonomy: Autonomy
  readonly reach: Reach
}

/**
 * As `IdentityDraft`, of a discovered one: what is left out is as it was seen, or as the row of its issuer says (`adoption`).
 */
export type Adoption = Partial<IdentityDraft>

/**
 * A way to prove an identity: OIDC issuer and `sub`, SPIFFE trust domain and ID, authority and a name in its certificates, or
 * `self` with a name and public keys, or with the SHA-256 of a certificate (base64url).
 */
export interface BindingDraft {
  readonly kind: Exclude<Binding['kind'], 'client' | 'secret'>
  /** The platform that the workload runs on, where its issuer does not tell. */
  readonly preset?: PresetName
  /** May be left out where the platform has one for everybody. */
  readonly issuer?: string
  /** Why the binding may let in more than one workload; else that is refused (`binding_wide`). */
  readonly acceptWide?: string
  /** The whole subject; or `subjectPattern`, whole segments of which are `*`, the rest a last `**`. One of both. */
  readonly subject?: string
  readonly subjectPattern?: string
  /** What claims must be, by their names or by JSON pointers: a value, or `{pattern}`. */
  readonly claims: Readonly<Record<string, ValueRule>>
  readonly keys: readonly JsonWebKeyPublic[]
  /** RFC 7638 thumbprints of the only keys by which possession may be proved. */
  readonly keyThumbprints?: readonly string[]
}

/** For how many days (1 to 90) a static secret counts, and for which `client_id`. */
export interface SecretDraft {
  readonly days: number
  readonly clientId?: string
}

/** A static secret that was made; it is told this once. */
export interface SecretAdded extends Cautioned {
  readonly binding: Binding
  readonly secret: string
}

/** An OAuth client of an identity: where answers may go, its `client_id` where it is not to be made, and its server. */
export interface ClientDraft {
  readonly identity: string
  readonly clientId?: string
  readonly redirectUris: readonly string[]
  readonly server?: string
  /** It proves itself with each code, by another binding of the identity. Default: it is public. */
  readonly confidential?: boolean
}

/** A client that was registered. */
export interface ClientAdded extends Cautioned {
  readonly clientId: string
  readonly binding: Binding
}

/** What an identity may come to ask for, for `days` days (1 to 366) from its next activation on. */
export interface EntitlementDraft {
  readonly scope: Scope
  readonly classes: readonly ActionClass[]
  readonly ceiling: Sensitivity
  readonly approval: Entitlement['approval']
  /** How many different people approve each call (1 to 5; default 1). */
  readonly approvers?: number
  /**
   * Of an enforcement point: the acts that it lets happen. What it asks and is permitted counts as an act of the task that it
   * asks about, and it may ask about nothing else.
   */
  readonly counts?: Scope
  readonly reason: string
  readonly days: number
}

/** Who is to answer for an identity, by id; the sponsor stays where none is named. */
export interface Reassignment {
  readonly owner: string
  readonly sponsor?: string
  readonly reason: string
}

/** An identity as it is after a change. */
export interface IdentityChanged extends Explained {
  readonly identity: Identity
  /** The grants by which it might act for others, or others for it, that ended as it was retired or got another owner. */
  readonly grantsEnded?: readonly string[]
}

/** An identity with all that stands around it, as kept. */
export interface IdentityShown {
  readonly identity: Kept<Identity>
  /** Those that stand over it: nothing is given to it before it is approved again. Not there of an older server. */
  readonly cutoffs?: readonly Kept<Cutoff>[]
  /** How often it tried what lies outside of a task, in the tasks that are shown here. */
  readonly pivots: number
  readonly bindings: readonly Kept<Binding>[]
  readonly entitlements: readonly Kept<Entitlement>[]
  readonly approvals: readonly Kept<Approval>[]
  /** Those that have not ended. */
  readonly tasks: readonly Kept<Task>[]
  /** The `after` of more of them, in the list of living tasks of this identity; null where these are all. */
  readonly tasksNext: string | null
  /** The latest 200 of those that have ended, newest first. */
  readonly endedTasks: readonly Kept<Task>[]
  readonly tier: { readonly tier: Tier; readonly reasons: readonly string[]; readonly terms: TierTerms }
}

/** What a rehearsal of the revocation path proved. */
export interface Rehearsed extends Explained {
  readonly rehearsal: {
    /** Why the canary did not count before and after it was cut off: codes of the error table. */
    readonly faultsBefore: readonly string[]
    readonly faultsAfter: readonly string[]
    readonly tookMs: number
  }
}

// tasks and tokens

/** What a workload asks for. `lifeSeconds` is at most what the tier of its identity allows. */
export interface TaskRequest {
  readonly purpose: string
  readonly goal: string
  readonly ticket?: string
  readonly scope: Scope
  readonly ceiling: Sensitivity
  readonly budget: Budget
  readonly lifeSeconds: number
  /** What runs; an agent states that of its options where it is left out. */
  readonly composition?: Composition
  /** Of a workload's own: where it is told, signed, once people have answered; an endpoint that the configuration names. */
  readonly callback?: { readonly endpoint: string; readonly state?: unknown }
  /** Of what is handed to somebody: which of their workloads may take it. Needed where they prove themselves in several ways. */
  readonly takenBy?: TakenByWish
}

/** The issuers of the bindings by which a task may be taken, and how strong the proof has to be at least. */
export interface TakenByWish {
  readonly issuers?: readonly string[]
  readonly minStrength?: BindingStrength
}

/** The part of a task that is handed on; it lies inside the task in scope, ceiling, budget and end. */
export type Delegation = Omit<TaskRequest, 'purpose' | 'ticket' | 'composition' | 'callback' | 'budget'> & {
  /** What is left unsaid is 1,000 calls, 100 writes and 64 MiB, at most what the task has left. */
  readonly budget?: PartBudget
  /** The identity that takes the part over, by id or name. */
  readonly to: string
}

/** A task as it was opened: active, or waiting for a person. */
export interface TaskOpened extends Explained {
  readonly task: Task
  /** Where the task waits for a person. */
  readonly approvalId: string | null
}

/** The task of the helper. */
export interface TaskHandedOn extends Explained {
  readonly task: Task
}

/** A task with what it has used, what it holds, and the tasks that it handed on. */
export interface TaskShown {
  readonly task: Kept<Task>
  readonly usage: TaskUsage | null
  /** Those that have not ended. */
  readonly credentials: readonly Kept<Credential>[]
  readonly children: readonly Kept<Task>[]
  /** The `after` of more children, in the list of living tasks of this parent; null where these are all. */
  readonly childrenNext: string | null
}

/** A task that ended with all below it, in `tookMs` milliseconds. */
export interface TaskEnded extends Explained {
  /** Ids of all tasks that ended with it, itself included. */
  readonly ended: readonly string[]
  /** How many credentials ended with them. */
  readonly credentials: number
  /** How many open calls were cut. */
  readonly streams: number
  readonly tookMs: number
}

/** An access token (RFC 8693 section 2.2.1); `expires_in` in seconds. */
export interface TokenAnswer {
  readonly access_token: string
  readonly issued_token_type: string
  readonly token_type: 'Bearer' | 'DPoP'
  readonly expires_in: number
  readonly authorization_details: readonly unknown[]
  /** Index of the entry that recorded the issue. */
  readonly entry: number
}

/** What introspection says (RFC 7662 section 2.2). */
export interface Introspection {
  readonly active: boolean
  readonly [claim: string]: unknown
}

// taking back

/** A token key that was replaced before its time; the successor signs from `activatesMs` on (epoch milliseconds). */
export interface KeyRotated extends Explained {
  readonly key: { readonly id: string; readonly algorithm: string; readonly activatesMs: number }
  /** Ids of the keys that count no more. */
  readonly retired: readonly string[]
}

/** What is to be cut off, and why. */
export interface CutoffDraft {
  readonly target: CutoffTarget
  readonly targetId: string
  readonly because: string
}

/** The clock of a cutoff in epoch milliseconds; `tookMs` is how long all of it took. No request is accepted after `recordedMs`. */
export interface CutoffClock {
  readonly decidedMs: number
  readonly recordedMs: number
  readonly streamsEnded: number
  readonly streamsEndedMs: number
  readonly lastAcceptedMs: number | null
  readonly tookMs: number
}

/** A cutoff and what it ended. */
export interface CutoffMade extends Explained {
  readonly cutoff: Cutoff
  readonly clock: CutoffClock
  readonly tasksEnded: number
  /** False where the state of something that fell does not say so yet: nothing of it is accepted, and the server carries on. */
  readonly settled: boolean
}

// purposes, resources, tools, log

/** A purpose as it was defined. */
export interface PurposeDefined extends Cautioned {
  readonly purpose: Purpose
}

/** A rule as it was set. */
export interface ResourceClassified extends Explained, Cautioned {
  readonly rule: ResourceRule
}

/** What a person says that a tool does; its definition is pinned by the server. */
export type ToolReview = Omit<ToolRule, 'definitionDigest' | 'state'> & {
  /** The definition that was looked at; where the server offers another one by now, nothing is reviewed. */
  readonly seenDigest?: string
}

/** A tool as it was reviewed, with the digest of its definition. */
export interface ToolClassified extends Cautioned {
  readonly rule: ToolRule
}

/** A server behind the gateway with the tools that it offers now, each with its rule where it was reviewed. */
export interface UpstreamServer {
  readonly name: string
  readonly transport: 'stdio' | 'http'
  readonly state: 'up' | 'down'
  /** Why it is down; null while it is up. */
  readonly reason: string | null
  readonly tools: readonly {
    readonly name: string
    readonly description: string
    readonly digest: string
    readonly rule: Kept<ToolRule> | null
    readonly annotations: Readonly<Record<string, unknown>>
    /** What a review may begin with, from what the server says of its tool: it counts for nothing by itself. */
    readonly suggested: ToolSuggestion
    /** The names of its arguments; null where its definition does not tell them. */
    readonly arguments: readonly string[] | null
  }[]
}

/** A log entry at its place. */
export interface EntryShown {
  readonly index: number
  readonly entry: LogEntry
  /** The canonical bytes that the log's tree holds, as text. */
  readonly raw: string
}

/** Part of the log, how many entries it has in all, and the `from` of the next part: null at the end. */
export interface EntryPage {
  readonly entries: readonly { readonly index: number; readonly entry: LogEntry }[]
  readonly size: number
  readonly next: number | null
}

/** Hashes in base64 from an entry up to the root of the tree of `size` entries (RFC 6962 section 2.1.1). */
export interface InclusionProof {
  readonly index: number
  readonly size: number
  readonly hashes: readonly string[]
}

/** Hashes in base64 that show the tree of `from` entries to begin that of `to` (RFC 6962 section 2.1.2). */
export interface ConsistencyProof {
  readonly from: number
  readonly to: number
  readonly hashes: readonly string[]
}

/** One check of the doctor; where it is not well the sentence says what to do. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly sentence: string
  readonly tookMs: number
}
