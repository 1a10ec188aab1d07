import type { ActionClass } from '../src/contract/action-class.ts'
import type { Approval } from '../src/contract/approval.ts'
import type { Kept } from '../src/contract/change.ts'
import type { Credential } from '../src/contract/credential.ts'
import type { Cutoff, CutoffTarget } from '../src/contract/cutoff.ts'
import type { Reason, WayToAsk } from '../src/contract/decision.ts'
import type { Entitlement } from '../src/contract/entitlement.ts'
import type { Binding, Identity, IdentityKind, JsonWebKeyPublic } from '../src/contract/identity.ts'
import type { LogEntry } from '../src/contract/log-entry.ts'
import type { Person, Role } from '../src/contract/person.ts'
import type { Purpose, ResourceRule, ToolRule } from '../src/contract/purpose.ts'
import type { Scope } from '../src/contract/scope.ts'
import type { Sensitivity } from '../src/contract/sensitivity.ts'
import type { Budget, Task, TaskUsage } from '../src/contract/task.ts'
import type { ApprovalSeat, Autonomy, Reach, Tier, TierTerms } from '../src/contract/tier.ts'

/** What every change answers: the index of the log entry that explains it. */
export interface Explained {
  readonly entry: number
}

// people

export interface SignedIn extends Explained {
  /** Secret of the session, `rms_…`. */
  readonly session: string
  readonly person: Kept<Person>
  readonly expiresMs: number
}
export interface PersonDraft {
  readonly name: string
  readonly email: string
  readonly roles: readonly Role[]
}
export interface PersonAdded extends Explained {
  readonly person: Kept<Person>
  /** Secret of a one-time sign-in link, `rml_…`. */
  readonly link: string
}

export interface LinkMade {
  readonly link: string
}

// identities

export interface IdentityDraft {
  readonly name: string
  readonly kind: IdentityKind
  readonly runtime: 'own' | 'vendor'
  readonly vendor?: string
  readonly owner: string
  readonly sponsor: string
  readonly purpose: string
  readonly autonomy: Autonomy
  readonly reach: Reach
}
export type Adoption = Omit<IdentityDraft, 'name'> & { readonly name?: string }
export interface BindingDraft {
  readonly kind: Binding['kind']
  readonly issuer: string
  readonly subject: string
  readonly claims: Readonly<Record<string, string>>
  readonly keys: readonly JsonWebKeyPublic[]
}
export interface EntitlementDraft {
  readonly scope: Scope
  readonly classes: readonly ActionClass[]
  readonly ceiling: Sensitivity
  readonly approval: Entitlement['approval']
  readonly reason: string
  readonly days: number
}
export interface IdentityChanged extends Explained {
  readonly identity: Kept<Identity>
}
export interface IdentityShown {
  readonly identity: Kept<Identity>
  readonly bindings: readonly Kept<Binding>[]
  readonly entitlements: readonly Kept<Entitlement>[]
  readonly approvals: readonly Kept<Approval>[]
  readonly tasks: readonly Kept<Task>[]
  readonly tier: { readonly tier: Tier; readonly reasons: readonly string[]; readonly terms: TierTerms }
}
export interface IdentityPage {
  readonly identities: readonly Kept<Identity>[]
  readonly next: string | null
}
export interface Rehearsed extends Explained {
  readonly rehearsal: {
    /** Why the canary did not count before and after it was cut off: codes of the error table. */
    readonly faultsBefore: readonly string[]
    readonly faultsAfter: readonly string[]
    readonly tookMs: number
  }
}

// approvals

export interface ApprovalShown {
  readonly approval: Kept<Approval>
  readonly openSeats: readonly ApprovalSeat[]
}
export interface Voted extends Explained {
  readonly approval: Kept<Approval>
  readonly effect: 'none' | 'identity activated' | 'task active' | 'call approved' | 'denied'
}

// tasks and tokens

export interface TaskRequest {
  readonly purpose: string
  readonly goal: string
  readonly ticket?: string
  readonly scope: Scope
  readonly ceiling: Sensitivity
  readonly budget: Budget
  readonly lifeSeconds: number
}
export type Delegation = Omit<TaskRequest, 'purpose' | 'ticket'> & {
  /** Name of the identity that takes the part over. */
  readonly to: string
}
export interface TaskOpened extends Explained {
  readonly task: Kept<Task>
  /** Where the task waits for a person. */
  readonly approvalId: string | null
}
export interface TaskHandedOn extends Explained {
  readonly task: Kept<Task>
}
export interface TaskShown {
  readonly task: Kept<Task>
  readonly usage: TaskUsage | null
  /** Those that have not ended. */
  readonly credentials: readonly Kept<Credential>[]
  readonly children: readonly Kept<Task>[]
}
export interface TaskEnded extends Explained {
  /** Ids of all tasks that ended with it, itself included. */
  readonly ended: readonly string[]
  /** How many credentials ended with them. */
  readonly credentials: number
  /** How many open calls were cut. */
  readonly streams: number
  readonly tookMs: number
}
export interface TokenAnswer {
  readonly access_token: string
  readonly issued_token_type: string
  readonly token_type: 'Bearer' | 'DPoP'
  readonly expires_in: number
  readonly authorization_details: readonly unknown[]
  /** Index of the entry that recorded the issue. */
  readonly entry: number
}
/** RFC 7662. */
export interface Introspection {
  readonly active: boolean
  readonly [claim: string]: unknown
}

// evaluation (OpenID AuthZEN 1.0)

export interface EvaluationQuestion {
  readonly subject: { readonly type: string; readonly id: string; readonly properties?: object }
  readonly action: { readonly name: string; readonly properties?: object }
  readonly resource: { readonly type: string; readonly id: string; readonly properties?: object }
  readonly context?: object
}
export interface EvaluationAnswer {
  readonly decision: boolean
  readonly context: {
    readonly reasons: readonly Reason[]
    readonly entry: number
    readonly nearest?: Scope
    readonly ask?: WayToAsk | null
  }
}

// taking back

export interface CutoffDraft {
  readonly target: CutoffTarget
  readonly targetId: string
  readonly because: string
}
export interface CutoffClock {
  readonly decidedMs: number
  readonly recordedMs: number
  readonly streamsEnded: number
  readonly streamsEndedMs: number
  readonly lastAcceptedMs: number | null
  readonly tookMs: number
}
export interface CutoffMade extends Explained {
  readonly cutoff: Kept<Cutoff>
  readonly clock: CutoffClock
  readonly tasksEnded: number
}

// purposes, resources, tools, log

export interface PurposeDefined extends Explained {
  readonly purpose: Kept<Purpose>
}
export interface ResourceClassified extends Explained {
  readonly rule: Kept<ResourceRule>
}
export type ToolReview = Omit<ToolRule, 'definitionDigest' | 'state'>
export interface ToolClassified extends Explained {
  readonly rule: Kept<ToolRule>
}
export interface UpstreamServer {
  readonly name: string
  readonly transport: 'stdio' | 'http'
  readonly state: 'up' | 'down'
  readonly tools: readonly {
    readonly name: string
    readonly description: string
    readonly digest: string
    readonly rule: Kept<ToolRule> | null
    readonly annotations: Readonly<Record<string, unknown>>
  }[]
}
export interface EntryShown {
  readonly index: number
  readonly entry: LogEntry
  /** The canonical bytes that the log's tree holds, as text. */
  readonly raw: string
}
export interface EntryPage {
  readonly entries: readonly { readonly index: number; readonly entry: LogEntry }[]
  readonly size: number
}
export interface Explanation {
  readonly sentences: readonly string[]
  readonly [fact: string]: unknown
}
export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly sentence: string
  readonly tookMs: number
}
