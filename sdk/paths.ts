import type { Scope } from '../src/contract/scope.ts'
import type { Sensitivity } from '../src/contract/sensitivity.ts'
import type { Caller } from './call.ts'

/** One step of a path, by ids; `entry` is the entry of the log that explains it as it stands. */
export interface PathEdge {
  readonly from: string
  readonly to: string
  /** `answers-for`, `on-behalf`, `has-right`, `proves`, `may-act`, `task`, `handed-on`, `holds` or `entitled`. */
  readonly kind: string
  readonly entry: number
  /** Epoch milliseconds; null where it has no end of its own. */
  readonly untilMs: number | null
}

/** Every way there is now, as of an index of the log, and the tasks that lead nowhere, with why. */
export interface PathsFound {
  readonly paths: readonly {
    readonly edges: readonly PathEdge[]
    readonly taskId: string
    /** Of the identities of its chain, the first one first. */
    readonly names: readonly string[]
    readonly scope: Scope
    readonly ceiling: Sensitivity
    readonly endsMs: number
  }[]
  readonly fallen: readonly { readonly taskId: string; readonly because: string }[]
  /** By which of its own entitlements the identity could reach it in a task that would have to be opened, and with which scope. */
  readonly openable: readonly {
    readonly entitlementId: string
    readonly entry: number
    readonly endsMs: number
    readonly scope: Scope
  }[]
  readonly size: number
  /** True where there is more than is told. */
  readonly isLimited: boolean
  /** Why it may mean nothing that no way was found: what was asked about is called otherwise. */
  readonly cautions: readonly string[]
}

/** Who reaches what, and by which entries of the log; for administrators and auditors. */
export const pathsOf = (caller: Caller) => ({
  /**
   * Every way by which an identity (id or name) reaches a resource now, or any of a pattern that ends in `*`. Errors:
   * `role_missing`, `not_found`.
   */
  between: (from: string, to: string) =>
    caller.json<PathsFound>('GET', '/api/v1/access/paths', { query: { from, to } }),
  /** What leads to a task, and on from it. Errors: `role_missing`, `not_found`. */
  of: (taskId: string) => caller.json<PathsFound>('GET', '/api/v1/access/paths', { query: { of: taskId } }),
})
