import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { Obligation } from '../../contract/decision.ts'

/** A file of policies, or of tests of them, as it was read. */
export interface PolicyFile {
  readonly name: string
  readonly text: string
}

/** Whose a policy is: it came with Remit, or an organisation wrote it. */
export type PolicyOrigin = 'shipped' | 'organisation'

/** One policy, as an explanation shows it. */
export interface Policy {
  readonly id: string
  readonly sentence: string
  /** How many people must approve what it holds for approval: its `@approvers`; absent: one. */
  readonly approvers?: number
  readonly effect: 'permit' | 'forbid'
  readonly text: string
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly origin: PolicyOrigin
  /** What a permit by it asks of whoever enforces it; see `readOwnObligation`. */
  readonly obligation?: Obligation
}

/** A policy with Cedar's own JSON form of it, which is what is compiled and compared. */
export interface ReadPolicy extends Policy {
  /** From 1. */
  readonly column: number
  readonly json: PolicyJson
  /** What `bodyOf` makes of `json`, where that was worked out already: sets are compared by it. */
  readonly body?: string
}
