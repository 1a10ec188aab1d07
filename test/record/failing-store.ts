import { RemitError } from '../../src/ground/errors.ts'
import type { RecordStore } from '../../src/record/store.ts'

/** How a call fails: before anything is kept, or after all of it is. */
export type FailureMode = 'before' | 'after'

/** Which calls fail: number of the first one, from 1, and how many. */
export interface Failure {
  readonly mode: FailureMode
  readonly first: number
  readonly calls: number
}

/** A store of which chosen calls fail. `calls` counts them all. */
export interface FailingStore extends RecordStore {
  calls: number
}

/** Wraps a store so that calls `first` to `first + calls - 1` fail, whichever method they are to. */
export function createFailingStore(store: RecordStore, { mode, first, calls }: Failure): FailingStore {
  async function call<T>(run: () => Promise<T>): Promise<T> {
    failing.calls += 1
    const fails = failing.calls >= first && failing.calls < first + calls
    if (fails && mode === 'before') throw new RemitError('store_failed', { cause: `call ${failing.calls}` })
    const result = await run()
    if (fails) throw new RemitError('store_failed', { cause: `call ${failing.calls}, after it was done` })
    return result
  }
  const failing: FailingStore = {
    calls: 0,
    commit: async (...given) => await call(async () => await store.commit(...given)),
    touchHead: async () => await call(async () => await store.touchHead()),
    readHead: async () => await call(async () => await store.readHead()),
    readEntries: async (...given) => await call(async () => await store.readEntries(...given)),
    readEntriesAt: async (...given) => await call(async () => await store.readEntriesAt(...given)),
    readHashes: async (...given) => await call(async () => await store.readHashes(...given)),
    readRows: async (...given) => await call(async () => await store.readRows(...given)),
    forget: async (...given) => await call(async () => await store.forget(...given)),
  }
  return failing
}
