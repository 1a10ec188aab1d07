/** What a cutoff can end. */
export const CUTOFF_TARGETS = ['identity', 'task', 'chain', 'binding', 'owner', 'upstream', 'vendor'] as const
export type CutoffTarget = (typeof CUTOFF_TARGETS)[number]

/** "Nothing of X issued at or before T counts": one write that kills any number of credentials. */
export interface Cutoff {
  /** `${target}:${targetId}`: the newest cutoff of a target is the one that counts. */
  readonly id: string
  readonly target: CutoffTarget
  readonly targetId: string
  readonly atMs: number
  readonly because: string
  readonly by: string
}

/** True where something made at `madeMs` is ended by one of the cutoffs. A time that is no number is before all of them. */
export function isCutOff(cutoffs: readonly Cutoff[], madeMs: number): boolean {
  return cutoffs.some((cutoff) => !(madeMs > cutoff.atMs))
}

/** The id under which the cutoff of a target is kept. */
export function cutoffId(target: CutoffTarget, targetId: string): string {
  return `${target}:${targetId}`
}
