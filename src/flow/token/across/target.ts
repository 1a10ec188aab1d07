import type { ActionClass } from '../../../contract/action-class.ts'

/** The authorization server of another domain, for which grants are made here. */
export interface Target {
  readonly issuer: string
  /** As which client whoever shows the grant is known there. */
  readonly clientId: string
  /** What its tokens are for: the pairs of issuer and resource that are known. */
  readonly resources: readonly string[]
  /** Its scopes, each with the class of action that it is here. */
  readonly scopes: Readonly<Record<string, ActionClass>>
}
