import type { Identity } from './register/identity.ts'

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

/** When an identity counts as made: one that comes back after a cutoff has been approved again. */
export function bornMs({ activatedMs, createdMs }: Pick<Identity, 'activatedMs' | 'createdMs'>): number {
  return activatedMs ?? createdMs
}

type Cuttable = Pick<Identity, 'id' | 'owner' | 'vendor' | 'activatedMs' | 'createdMs'>

/** The ids of the cutoffs that an identity falls under, should there be any. */
export function cutoffIdsOver({ id, owner, vendor }: Cuttable): readonly string[] {
  const over = (target: CutoffTarget, targetId: string | null | undefined): readonly string[] =>
    typeof targetId === 'string' ? [cutoffId(target, targetId)] : []
  return [...over('identity', id), ...over('owner', owner), ...over('vendor', vendor)]
}

/** Of cutoffs, those that stand over an identity: nothing is given to it before it is approved again. */
export function findCutoffsOver<C extends Cutoff>(identity: Cuttable, cutoffs: readonly C[]): readonly C[] {
  const ids = identity.activatedMs === null ? [] : cutoffIdsOver(identity) // one that never was active holds nothing
  return cutoffs.filter((cutoff) => ids.includes(cutoff.id) && isCutOff([cutoff], bornMs(identity)))
}
