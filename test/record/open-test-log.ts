import { createPrivateKey } from 'node:crypto'
import type { Change, Fact } from '../../src/contract/change.ts'
import type { Clock } from '../../src/ground/clock.ts'
import { createIds } from '../../src/ground/ids.ts'
import { type Log, type LogOptions, openLog } from '../../src/record/log.ts'
import { createSigner } from '../../src/record/signer.ts'
import type { RecordStore } from '../../src/record/store.ts'

/** The name of the log in tests. */
export const testOrigin = 'remit.example/log'

/** A fixed key, so that what is signed in a test is the same each time. Public: it protects nothing. */
export const testSigner = createSigner(
  testOrigin,
  createPrivateKey({
    format: 'der',
    type: 'pkcs8',
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]),
  }),
)

/** The salts of rows in tests: no two are the same. */
export const testIds = createIds(() => 0)

/** A clock that the test turns: timers run when `turn` is called, sleeps end at once. */
export interface TestClock extends Clock {
  atMs: number
  /** Runs everything that is due every so often, once. */
  turn(): void
}

/** Makes a clock that stands at a fixed time. */
export function createTestClock(): TestClock {
  const due = new Set<() => void>()
  const clock: TestClock = {
    atMs: 1_790_000_000_000,
    nowMs: () => clock.atMs,
    monotonicMs: () => clock.atMs,
    sleep: async (ms, signal) => {
      clock.atMs += ms
      await new Promise((resolve) => setImmediate(resolve))
      signal?.throwIfAborted()
    },
    every: (_, run) => {
      due.add(run)
      return () => due.delete(run)
    },
    after: (_, run) => {
      due.add(run)
      return () => due.delete(run)
    },
    turn: () => {
      for (const run of due) run()
    },
  }
  return clock
}

/** Opens a log of organisation `org_test` on a store. */
export async function openTestLog(
  store: RecordStore,
  {
    clock = createTestClock(),
    ...more
  }: Partial<Pick<LogOptions, 'clock' | 'headFile' | 'noteUnread' | 'noteBroken' | 'auditors'>> = {},
): Promise<Log> {
  return await openLog({ store, org: 'org_test', origin: testOrigin, signer: testSigner, clock, ids: testIds, ...more })
}

/** A fact about something of this name, with changes. */
export function createFact(id: string, changes: readonly Change[] = []): Fact {
  return {
    entry: {
      kind: 'refusal',
      actor: { kind: 'system', id: 'test' },
      subject: { kind: 'test', id },
      data: { why: `because of ${id}` },
    },
    changes,
  }
}

/** The change that puts a row of this id: the smallest table there is. */
export function putProof(id: string): Change {
  return { op: 'insert', table: 'seen_proofs', row: { id, expiresMs: 0 } }
}
