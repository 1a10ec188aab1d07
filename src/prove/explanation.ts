import type { Actor, JsonObject, Subject } from '../contract/log-entry.ts'

/** One rule that had a say, with its text where the policy set of that time is known. */
export interface ExplainedRule {
  readonly rule: string
  readonly sentence: string
  readonly text: string | null
}

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
  readonly goal: string
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
  /** All that the entry says. */
  readonly facts: JsonObject
  /** From the root of the chain to who acted; each hop with its task. */
  readonly chain: readonly { readonly identity: ExplainedIdentity; readonly task: ExplainedTask | null }[]
  /** The approval that this entry itself rests on or asks for. */
  readonly approvals: readonly ExplainedApproval[]
  readonly answers: ExplainedLink | null
  readonly answeredBy: readonly ExplainedLink[]
  /** The same for a person to read. */
  readonly sentences: readonly string[]
}
