import { describe, expect, it } from 'vitest'
import { decideAndRecord } from '../../src/flow/decision.ts'
import { RemitError } from '../../src/ground/errors.ts'
import { recordTo } from '../decide/recording.ts'
import type { World } from '../decide/world.ts'
import { createFailingStore, type Failure, type FailureMode } from '../record/failing-store.ts'
import { createMemoryStore, type MemoryRow } from '../record/memory-store.ts'
import { createTestClock, openTestLog } from '../record/open-test-log.ts'
import { ASKINGS, type AskingKind } from './askings.ts'
import { watchDecide } from './faulty-parts.ts'

/** The failures of a store of which every call fails from one on; of `calls` 0, none. */
const from = (first: number, mode: FailureMode, calls = 1_000): Failure => ({ mode, first, calls })

/** Opens a log, and then puts the rows of a world under it. */
async function openLogOver(world: World, failure: Failure) {
  const kept = createMemoryStore()
  const store = createFailingStore(kept, failure)
  const log = await openTestLog(store, { clock: { ...createTestClock(), nowMs: () => world.nowMs } })
  for (const [table, rows] of world.rows.tables) {
    for (const [key, row] of rows) {
      const { version, entry } = row
      const counters = { ...row } as unknown as MemoryRow['counters'] // of a table without counters nobody asks for one
      kept.rows.set(`${table}/${key}`, { version, entry, body: '', salt: '', counters })
    }
  }
  return { log, store }
}

/** How many calls opening the log takes. */
async function countOpening(world: World): Promise<number> {
  const { log, store } = await openLogOver(world, from(0, 'before', 0))
  const { calls } = store
  await log.close()
  return calls
}

async function decideOnce({ prepare }: AskingKind, mode: FailureMode, fails: boolean): Promise<unknown> {
  const { world, ask } = await prepare()
  const first = (await countOpening(world)) + 1
  const { log } = await openLogOver(world, from(first, mode, fails ? 1_000 : 0))
  const { decide } = watchDecide(world)
  const house = recordTo(log)
  try {
    return await decideAndRecord(house, () => ask(decide)).catch((error: unknown) => error)
  } finally {
    await log.close().catch(() => undefined) // of a store that fails to the end
  }
}

describe.each(ASKINGS)('$name', (kind) => {
  it('is a permit once it is written, where nothing fails', async () => {
    expect(await decideOnce(kind, 'before', false)).toMatchObject({ fact: { outcome: 'permit' } })
  })

  it.each(['before', 'after'] as const)('is an error where the store fails %s it has written', async (mode) => {
    expect(await decideOnce(kind, mode, true)).toBeInstanceOf(RemitError)
  })
})
