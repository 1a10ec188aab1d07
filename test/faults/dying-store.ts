import { RemitError } from '../../src/ground/errors.ts'
import type { RecordStore } from '../../src/record/store.ts'

/**
 * What happens at one commit. `refused`: nothing is kept, and it says so. `unanswered`: all is kept, and the answer is
 * lost. `dies before` and `dies after`: the process ends there, so that nothing is ever answered again.
 */
export const FAULTS = ['refused', 'unanswered', 'dies before', 'dies after'] as const
export type Fault = (typeof FAULTS)[number]

/** A store of which one commit goes wrong. */
export interface DyingStore extends RecordStore {
  /** How many commits there were. */
  commits(): number
  /** Resolves at the moment of death. */
  readonly died: Promise<'died'>
}

/** Wraps a store so that its commit number `at` (from 1; 0 for none) goes wrong. */
export function createDyingStore(store: RecordStore, at: number, fault: Fault): DyingStore {
  const death = Promise.withResolvers<'died'>()
  let [commits, isDead] = [0, false]
  const never = new Promise<never>(() => undefined)
  const alive = async <T>(run: () => Promise<T>): Promise<T> => (isDead ? never : run())
  const commit: RecordStore['commit'] = async (...given) => {
    commits += 1
    if (isDead) return never
    if (commits !== at) return store.commit(...given)
    const isKept = fault === 'unanswered' || fault === 'dies after'
    if (isKept) await store.commit(...given)
    if (fault === 'refused' || fault === 'unanswered')
      throw new RemitError('store_failed', { cause: new Error(`commit ${at} ${fault}`) })
    isDead = true
    death.resolve('died')
    return never
  }
  return {
    commit,
    commits: () => commits,
    died: death.promise,
    touchHead: () => alive(() => store.touchHead()),
    readHead: () => alive(() => store.readHead()),
    readEntries: (...given) => alive(() => store.readEntries(...given)),
    readEntriesAt: (...given) => alive(() => store.readEntriesAt(...given)),
    readHashes: (...given) => alive(() => store.readHashes(...given)),
    readRows: (...given) => alive(() => store.readRows(...given)),
    forget: (...given) => alive(() => store.forget(...given)),
  }
}
