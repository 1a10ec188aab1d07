import { type CutoffTarget, cutoffId } from '../../contract/cutoff.ts'
import type { Decision } from '../../contract/decision.ts'
import { LIMITS } from '../../ground/limits.ts'
import { Recent } from '../../ground/recent.ts'
import type { Recorded } from '../../record/recorded.ts'

/** When requests were last accepted, by what a cutoff can name: what a responder wants to know first. */
export interface LastAccepted {
  /**
   * Remembers a permit for who asked, and for all whose cutoff would have ended it: tasks, chain, identities, owners, vendors, bindings,
   * server.
   */
  note(recorded: Recorded<Decision>): void
  /** Epoch milliseconds of the last permit; null where this process remembers none. */
  read(target: CutoffTarget, targetId: string): number | null
}

/**
 * Keeps at most `LIMITS.lastAcceptedMax` in memory, and the newest half of them at least: after a restart nothing is known, and
 * nothing is claimed.
 */
export function createLastAccepted(): LastAccepted {
  const times = new Recent<number>(LIMITS.lastAcceptedMax)
  const keep = (key: string, atMs: number): void => {
    if (times.get(key) !== atMs) times.set(key, atMs)
  }
  return {
    note({ fact, atMs }) {
      if (fact.outcome !== 'permit') return
      const { id, chain: links = [] } = fact.entry.actor
      keep(cutoffId('identity', id), atMs)
      for (const [at, { identityId, taskId }] of links.entries()) {
        keep(cutoffId('identity', identityId), atMs)
        keep(cutoffId('task', taskId), atMs)
        if (at === 0) keep(cutoffId('chain', taskId), atMs)
      }
      // a permit carries a guard on each cutoff that it looked at, whether or not there was one: so it tells what it rests on
      for (const change of fact.changes)
        if (change.op === 'require' && change.table === 'cutoffs') keep(change.key, atMs)
    },
    read: (target, targetId) => times.get(cutoffId(target, targetId)) ?? null,
  }
}
