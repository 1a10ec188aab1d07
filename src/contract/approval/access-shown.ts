import type { BundleItem } from './access-request.ts'
import type { AccessStatus } from './access-status.ts'

/** What a yes is told as; it goes unchanged into the next evaluation. Times are RFC 3339. */
export interface AccessApproval {
  readonly id: string
  readonly approved_at: string
  readonly approved_until: string
}

/** What a yes is for: another evaluation, which shows it. */
export interface AccessResult {
  readonly mode: 'reevaluate'
  readonly approval: AccessApproval
}

/** What the person said who said no, and when. */
export interface AccessDenied {
  readonly reason: string
  readonly denied_at: string
}

/** A member of our own (profile, "Naming Extensions"): of one question beside its status, of several in each item. */
export const DENIED_MEMBER = 'dev.remit/denied'

/** Where one of several stands. */
export interface AccessItemShown extends BundleItem {
  readonly status: AccessStatus
  readonly result?: AccessResult | undefined
  readonly [DENIED_MEMBER]?: AccessDenied | undefined
}

/** Where a request for access stands, as it is answered (AuthZEN access-request profile, draft 1, "Access Request Response"). */
export interface AccessShown {
  readonly task: {
    readonly id: string
    /** Only `approved` is a yes, and that one is evaluated again. */
    readonly status: AccessStatus
    readonly status_endpoint: string
    readonly progress: { readonly current_step: number; readonly total_steps: number }
    /** From then on it is answered with `task_expired`. */
    readonly expires_at: string
    readonly links: { readonly cancel: string }
    /** Of a request about several: each in the order in which it was asked. */
    readonly items?: readonly AccessItemShown[] | undefined
    readonly [DENIED_MEMBER]?: AccessDenied | undefined
  }
  /** The yes to a request about one. */
  readonly result?: AccessResult | undefined
}
