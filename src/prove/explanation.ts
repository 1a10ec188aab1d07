import type { Actor, JsonObject, Subject } from '../contract/log-entry.ts'
import type { ToldQuestion, Untold } from '../contract/question.ts'
import type { Scope } from '../contract/scope.ts'

/** One rule that had a say, with its text and place where the policy set of that time is known, and says them. */
export interface ExplainedRule {
  readonly rule: string
  readonly sentence: string
  readonly text: string | null
  readonly file: string | null
  /** From 1. */
  readonly line: number | null
}

/** What a task had used of a bound, and by what was decided; `after` is what it was before where nothing was spent. */
export interface ExplainedBudget {
  readonly what: string
  readonly before: number
  readonly after: number
  readonly max: number
}

/** How a task stood when it was decided: its bounds, and what counted as touched by it. Null where nothing tells. */
export interface ExplainedStand {
  readonly ceiling: string | null
  readonly confidentiality: string | null
  readonly integrity: string | null
  readonly budget: readonly ExplainedBudget[]
}

/** What the task had touched, and with what was permitted; and what it was taken to remember of other tasks. */
export interface ExplainedLabels {
  readonly before: { readonly confidentiality: string; readonly integrity: string }
  readonly after: { readonly confidentiality: string; readonly integrity: string }
  readonly remembered: { readonly confidentiality: string; readonly integrity: string } | null
  readonly rememberedFrom: readonly string[]
}

/** What the policies were asked, in Cedar's JSON form; or why the entry does not tell it. */
export type ExplainedAsked =
  | { readonly told: true; readonly questions: readonly ToldQuestion[]; readonly needs: readonly string[] }
  | { readonly told: false; readonly because: Untold }

/** One vote. */
export interface ExplainedVote {
  readonly entry: number
  readonly atMs: number
  readonly personId: string
  readonly seat: string
  readonly verdict: string
  readonly reason: string
}

/** What people were asked, and what they said. */
export interface ExplainedApproval {
  readonly approvalId: string
  readonly subjectId: string
  /** What it is a yes to: `identity`, `binding` for another key or issuer of one, `task`, `call`, and so on. */
  readonly of: string
  /** The binding in whose place another key or issuer is put; null of any other yes. */
  readonly replacesId: string | null
  readonly state: string
  readonly requestedBy: readonly string[]
  readonly usesMax: number
  /** What a yes was to; empty where it was to exactly what was asked, once. */
  readonly envelope: JsonObject
  readonly votes: readonly ExplainedVote[]
}

/** A task, as its permit tells it. */
export interface ExplainedTask {
  readonly taskId: string
  readonly identityId: string
  readonly parentId: string | null
  /** The person for whom it is done; null where it is for nobody. */
  readonly onBehalfOf: string | null
  readonly goal: string
  readonly ticket: string | null
  readonly purpose: string
  readonly endsMs: number | null
  readonly entry: number
  readonly approvals: readonly ExplainedApproval[]
}

/** An identity, as the entries until then tell it. */
export interface ExplainedIdentity {
  readonly identityId: string
  readonly name: string
  readonly state: string
  readonly tier: string | null
  readonly owner: string | null
  readonly sponsor: string | null
  readonly purpose: string | null
  readonly activatedMs: number | null
  readonly approvals: readonly ExplainedApproval[]
}

/** One hop of a chain. */
export interface ExplainedHop {
  readonly identity: ExplainedIdentity
  readonly task: ExplainedTask | null
  readonly stand: ExplainedStand | null
}

/** A version of policies. Nobody published one that a start of the server found in its folder, or that came with Remit. */
export interface ExplainedVersion {
  readonly number: number
  readonly publishedBy: readonly string[]
  readonly approvedBy: readonly string[]
  /** Why it was published, in the words of who did. */
  readonly reason: string
}

/** What policies that were only observed would have decided; `outcome` is null where they failed. */
export interface ExplainedShadow {
  readonly policy: string
  readonly outcome: 'permit' | 'denial' | null
  readonly code: string | null
  readonly rules: readonly string[]
}

/** Another entry that this one answers, or that answers it. */
export interface ExplainedLink {
  readonly index: number
  readonly atMs: number
  readonly kind: string
  readonly phrase: string
}

/** Why an entry says what it says: rebuilt from the log alone, as of the entry. */
export interface Explanation {
  readonly index: number
  readonly atMs: number
  readonly kind: string
  readonly outcome: 'permit' | 'denial' | 'refusal' | 'fact'
  readonly actor: Actor
  readonly subject: Subject
  readonly rules: readonly ExplainedRule[]
  /** Digest of the policy set that decided. */
  readonly policy: string | null
  /** The version of the policies that it was; null where that is not known, and where none decided. */
  readonly version: ExplainedVersion | null
  /** The domain of another application that it is about; null for what is about Remit itself. */
  readonly domain: string | null
  /** All that the entry says. */
  readonly facts: JsonObject
  /** All that the policies saw. */
  readonly asked: ExplainedAsked
  /** From the root of the chain to who acted; each hop with its task, and how that stood then. */
  readonly chain: readonly ExplainedHop[]
  readonly labels: ExplainedLabels | null
  /** What would have been allowed; empty where nothing near it is known to be. */
  readonly nearest: Scope
  /** How to ask for what was denied; null where there is no way, or nothing was denied. */
  readonly ask: { readonly sentence: string; readonly approvalId: string | null } | null
  /** What policies in shadow would have decided, where that differs. */
  readonly shadow: ExplainedShadow | null
  /** The approval that this entry itself rests on or asks for. */
  readonly approvals: readonly ExplainedApproval[]
  readonly answers: ExplainedLink | null
  readonly answeredBy: readonly ExplainedLink[]
  /** The last entry that was looked at for what answers it. */
  readonly lookedTo: number
  /** The same for a person to read. */
  readonly sentences: readonly string[]
}
