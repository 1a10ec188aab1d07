import { type CutoffTarget, cutoffId } from '../contract/cutoff.ts'
import type { Decision } from '../contract/decision.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Recorded } from '../record/recorded.ts'

/** When requests were last accepted, by what a cutoff can name: what a responder wants to know first. */
export interface LastAccepted {
  /** Remembers a permit for the identities and tasks of its chain. */
  note(recorded: Recorded<Decision>): void
  /** Epoch milliseconds of the last permit; null where this process knows of none. */
  read(target: CutoffTarget, targetId: string): number | null
}

/** Keeps the newest `LIMITS.lastAcceptedMax` in memory: after a restart nothing is known, and nothing is claimed. */
export function createLastAccepted(): LastAccepted {
  const times = new Map<string, number>()
  const keep = (key: string, atMs: number): void => {
    times.delete(key)
    times.set(key, atMs)
    const oldest = times.keys().next()
    if (times.size > LIMITS.lastAcceptedMax && !oldest.done) times.delete(oldest.value)
  }
  return {
    note({ fact, atMs }) {
      if (fact.outcome !== 'permit') return
      const { actor } = fact.entry
      keep(cutoffId('identity', actor.id), atMs)
      for (const link of actor.chain ?? []) {
        keep(cutoffId('identity', link.identityId), atMs)
        keep(cutoffId('task', link.taskId), atMs)
      }
      const root = actor.chain?.[0]
      if (root !== undefined) keep(cutoffId('chain', root.taskId), atMs)
    },
    read: (target, targetId) => times.get(cutoffId(target, targetId)) ?? null,
  }
}
