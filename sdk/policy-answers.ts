import type { Approval } from '../src/contract/approval.ts'
import type { Kept } from '../src/contract/change.ts'
import type { PolicyChange, PolicyEffect, PolicyNote, PolicyVersion } from '../src/contract/policy.ts'
import type { Explained } from './answers.ts'

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
export interface PoliciesPublished extends Explained {
  readonly version: PolicyVersion
  readonly approval: Approval | null
  readonly changes: readonly PolicyChange[]
  readonly warnings: readonly PolicyNote[]
}
