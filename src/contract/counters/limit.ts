import { type ActionClass, isActionClass } from '../action-class.ts'
import { matchesPattern, type Pattern } from '../scope.ts'

/** Whose calls are counted together: of each identity of a chain, of a chain, or of everybody. */
export const LIMIT_PERS = ['identity', 'chain', 'organisation'] as const
export type LimitPer = (typeof LIMIT_PERS)[number]

/** Whether a limit counts. An ended one stands where it stood, and holds nobody. */
export const LIMIT_STATES = ['active', 'ended'] as const

/** At most so many calls in any window of this length, through the gateway. */
export interface Limit {
  /** What people call it. */
  readonly name: string
  /** A tool (`pay/transfer`), a beginning of tools (`pay/*`), or a class (`delete`). */
  readonly of: Pattern
  readonly per: LimitPer
  readonly callsMax: number
  readonly windowSeconds: number
  readonly state: (typeof LIMIT_STATES)[number]
}

/** True where there can be a call that it counts: a word of its own that is no class names no tool, and would hold nobody. */
export function canLimit(of: Pattern): boolean {
  return isActionClass(of) || of.includes('/') || of.endsWith('*')
}

/** True where a call of this tool and class counts under the limit. */
export function isLimited({ of, state }: Limit, name: string, actionClass: ActionClass): boolean {
  return state === 'active' && (of === actionClass || matchesPattern(of, name))
}
