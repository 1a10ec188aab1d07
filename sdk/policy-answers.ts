import type { Approval } from '../src/contract/approval/approval.ts'
import type { Kept } from '../src/contract/change.ts'
import type { PolicyChange, PolicyEffect, PolicyNote, PolicyVersion } from '../src/contract/policy.ts'
import type { Cautioned } from './answers.ts'

/** A file of policies (`*.cedar`), or of tests of them (`*.test.json`). */
export interface PolicyFile {
  readonly name: string
  readonly text: string
}

/** What decides now, and what is observed beside it. */
export interface PoliciesInForce {
  readonly version: Kept<PolicyVersion>
  /** Digest of the whole set, as entries of decisions name it. */
  readonly digest: string
  /** How many policies, the shipped ones counted. */
  readonly policies: number
  readonly shadow: Kept<PolicyVersion> | null
  readonly warnings: readonly PolicyNote[]
}

/** A version with its files as they were published, and every policy of the whole set. */
export interface PolicyVersionShown {
  readonly version: Kept<PolicyVersion>
  readonly files: readonly PolicyFile[]
  readonly policies: readonly {
    readonly id: string
    readonly sentence: string
    readonly effect: 'permit' | 'forbid'
    readonly text: string
    readonly file: string
    readonly line: number
    readonly origin: 'shipped' | 'organisation'
  }[]
}

/** What is wrong or odd in policies; `digest` is null where they are not valid. */
export interface PolicyValidation {
  readonly isValid: boolean
  readonly faults: readonly PolicyNote[]
  readonly warnings: readonly PolicyNote[]
  readonly policies: number
  readonly digest: string | null
}

/** A case of a test file: what was expected of the policies, and what came. */
export interface PolicyCase {
  readonly file: string
  /** Where it begins in the file, from 1. */
  readonly line: number
  readonly column: number
  readonly name: string
  readonly ok: boolean
  /** `by`: ids of exactly the policies that decide; null where the case does not say. */
  readonly expected: { readonly outcome: 'permit' | 'denial'; readonly by: readonly string[] | null }
  readonly came: { readonly outcome: 'permit' | 'denial'; readonly by: readonly string[] }
  /** Why it could not be asked, or which policy could not be evaluated. */
  readonly errors: readonly string[]
}

/** How all cases of a folder went. */
export interface PolicyTests {
  readonly cases: readonly PolicyCase[]
  readonly failed: number
}

/** What the policies that decide reach, and what of them was ever of use. */
export interface PolicyCoverage extends PolicyCounted {
  /** Tools (`server/tool`) that are offered and that nobody has reviewed: they are closed. */
  readonly unreviewed: readonly string[]
  /** Reviewed tools that no policy can permit, and why. */
  readonly unreachable: readonly { readonly tool: string; readonly because: string }[]
  /** Tools that a policy names and that nobody has reviewed: perhaps misspelt. Not there of an older server. */
  readonly unknown?: readonly { readonly policy: string; readonly tool: string }[]
  readonly faults: readonly PolicyFailure[]
}

/** A policy that could not be evaluated, or on which two engines differed, since the server started. */
export interface PolicyFailure {
  /** `remit`, or a domain of another application. */
  readonly domain: string
  readonly id: string
  readonly what: 'error' | 'mismatch'
  readonly times: number
  readonly lastMs: number
  readonly sentence: string
}

/** How often policies decided. */
export interface PolicyCounted {
  /** Every policy, with how many of the decisions that were counted it decided. */
  readonly rules: readonly { readonly id: string; readonly hits: number; readonly lastEntry: number | null }[]
  /** Which part of the log was counted, `to` exclusive: the newest. */
  readonly counted: { readonly from: number; readonly to: number }
}

/** What the policies of a domain that decide reach, and what of them was ever of use. */
export interface DomainCoverage extends PolicyCounted {
  /** Number of the version that decides. */
  readonly version: number
  /** Actions that the domain knows and that none of its policies permits to anybody. */
  readonly unpermitted: readonly string[]
  readonly faults: readonly PolicyFailure[]
}

/** How policies differ from the version `against`, and what all of it together may do. */
export interface PolicyDifference {
  readonly against: number
  readonly effect: PolicyEffect
  readonly changes: readonly PolicyChange[]
}

/** Why something is published; in shadow it is observed and decides nothing. */
export interface PublicationReason {
  readonly reason: string
  readonly shadow?: boolean
}

/** A version that was put up; `approval` says what it waits for, and is null in shadow. */
export interface PoliciesPublished extends Cautioned {
  readonly version: PolicyVersion
  readonly approval: Approval | null
  readonly changes: readonly PolicyChange[]
  readonly warnings: readonly PolicyNote[]
}

/** What a decision came to; `code` is null for a permit. */
export interface DecisionSide {
  readonly outcome: 'permit' | 'denial'
  readonly code: string | null
  readonly rules: readonly string[]
}

/** Decisions about one identity that come out otherwise in the same way, by the same rules. */
export interface DecisionDifference {
  readonly identityId: string | null
  /** `task`, `delegation`, `token`, `call` or `evaluation`. */
  readonly decision: string
  /** `permit`, or the code of the denial. */
  readonly before: string
  readonly after: string
  /** The rules that deny, before or after; of two permits or two denials, those of after. */
  readonly rules: readonly string[]
  readonly count: number
  readonly examples: readonly {
    readonly entry: number
    readonly atMs: number
    readonly before: DecisionSide
    readonly after: DecisionSide
  }[]
}

/** What was found in entries `from` to `to` (exclusive); `next` is the `from` of more, null at the end. */
export interface DifferencesFound {
  readonly from: number
  readonly to: number
  readonly next: number | null
  /** Digest of the policy set that was held against what was decided. */
  readonly policy: string
  readonly decisions: number
  /** Those that come to something else first, the most frequent of them first. */
  readonly differences: readonly DecisionDifference[]
  /** How many decisions of these come to the same, by other rules. */
  readonly otherRules: number
  /** How many decisions stand in groups that were too many to be told. */
  readonly more: number
}

/** By what is decided again (files, or a published version, else what decides now), and over which time (epoch milliseconds). */
export interface ReplayOrder {
  readonly files?: readonly PolicyFile[]
  readonly version?: number
  readonly sinceMs: number
  readonly untilMs?: number
  readonly from?: number
}

/** What deciding again came to. */
export interface PolicyReplayed extends DifferencesFound {
  readonly same: number
  /** Decisions of laws, which no policy changes. */
  readonly ofLaws: number
  /** Decisions that could not be made again: written by an older Remit, payload gone, broken, asked in another form. */
  readonly notAgain: {
    readonly older: number
    readonly beside: number
    readonly broken: number
    readonly schema: number
  }
  /** What the policies look at and entries do not hold: decided as if it had not been said. */
  readonly unkept: readonly string[]
}

/** Where a version that is or was in shadow would have decided otherwise. */
export interface PolicyShadow extends DifferencesFound {
  /** Its number. */
  readonly version: number
  /** Decisions over which it failed; nobody's answer changed by that. */
  readonly failed: number
}

/** A version of a domain with its files as they were put up: policies, schema and entities. */
export interface DomainVersionShown {
  readonly version: Kept<PolicyVersion>
  readonly files: readonly PolicyFile[]
}

/** A version of a domain that was put up; `approval` says what it waits for, and is null in shadow. */
export interface DomainPublished extends Cautioned {
  readonly version: PolicyVersion
  readonly approval: Approval | null
  readonly warnings: readonly PolicyNote[]
}
