import { type Change, type Fact, insert, type Kept, update } from '../contract/change.ts'
import { type Cutoff, type CutoffTarget, cutoffId } from '../contract/cutoff.ts'
import type { Actor } from '../contract/log-entry.ts'

/** What is cut off, and why. */
export interface CutoffOrder {
  readonly target: CutoffTarget
  readonly targetId: string
  readonly because: string
}

/**
 * Gives the one write that ends whatever the target made until now: no credential has to be found first.
 * `more` are changes that belong to it, such as the suspension of the identity. A cutoff never moves back in time, not
 * even where the clock did: what was cut off stays so.
 */
export function makeCutoff(
  order: CutoffOrder,
  kept: Kept<Cutoff> | undefined,
  by: { readonly actor: Actor; readonly atMs: number; readonly more: readonly Change[] },
): { readonly cutoff: Cutoff; readonly fact: Fact } {
  const atMs = Math.max(by.atMs, kept?.atMs ?? 0)
  const cutoff: Cutoff = { id: cutoffId(order.target, order.targetId), ...order, atMs, by: by.actor.id }
  return {
    cutoff,
    fact: {
      entry: {
        kind: 'cutoff.made',
        actor: by.actor,
        subject: { kind: order.target, id: order.targetId },
        data: { target: order.target, targetId: order.targetId, atMs: cutoff.atMs, because: order.because },
      },
      changes: [kept === undefined ? insert('cutoffs', cutoff) : update('cutoffs', kept, cutoff), ...by.more],
    },
  }
}
