import type { PackPolicy } from '../../src/contract/log/pack.ts'
import { type PackParts, writePack } from '../../src/prove/pack.ts'
import type { PackOrder, PolicyTexts } from '../../src/prove/store.ts'
import { createMemoryStore, type MemoryStore } from '../record/memory-store.ts'
import { createFact, createTestClock, openTestLog, testOrigin, testSigner } from '../record/open-test-log.ts'
import { searchBy } from './memory-cards.ts'
import { recordStory, type Story, storyPolicy, tellStory } from './story.ts'

/** A log on a memory store, with what packs of it are made of. */
export interface WrittenLog {
  readonly store: MemoryStore
  readonly parts: PackParts
}

/** Writes a story into a log of its own. */
export async function writeStory(story: Story = tellStory(1_790_000_000_000)): Promise<WrittenLog> {
  const clock = createTestClock()
  const store = createMemoryStore()
  const log = await openTestLog(store, { clock })
  await recordStory(log, clock, story)
  await log.close()
  return { store, parts: partsOf(store, storyPolicy) }
}

/** Writes a log of that many entries. */
export async function writeMany(count: number): Promise<WrittenLog> {
  const store = createMemoryStore()
  const log = await openTestLog(store)
  await Promise.all(Array.from({ length: count }, async (_, at) => await log.record(createFact(`f${at}`))))
  await log.close()
  return { store, parts: partsOf(store) }
}

function partsOf(store: MemoryStore, ...policies: readonly PackPolicy[]): PackParts {
  const shared = { clock: createTestClock(), org: 'org_test', origin: testOrigin, vkey: testSigner.vkey }
  return {
    store,
    ...shared,
    policies: keepPolicies(...policies),
    search: searchBy(store).search,
    readHead: () => store.readHead(),
  }
}

/** Keeps just these texts of policy sets, the latest first. */
export const keepPolicies = (...policies: readonly PackPolicy[]): PolicyTexts => ({
  readPolicies: async () => policies,
  readPolicyText: async (digest) => policies.find((policy) => policy.digest === digest)?.text ?? null,
  readQuestions: async () => null,
})

/** Gives the lines of a pack, without their newlines. */
export async function packLines(parts: PackParts, order: PackOrder = { whole: true }): Promise<string[]> {
  const lines: string[] = []
  for await (const line of writePack(parts, order)) lines.push(line.slice(0, -1))
  return lines
}
