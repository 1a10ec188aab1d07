import { describe, expect, it } from 'vitest'
import { countTurns } from '../../../test/count-turns.ts'
import { newEntitlement } from '../../../test/decide/nouns.ts'
import { createMemoryCards, type MemoryCards, searchBy } from '../../../test/prove/memory-cards.ts'
import { drawHistory, type History, hashTile, storeOf } from '../../../test/prove/random-history.ts'
import { keepPolicies } from '../../../test/prove/write-story.ts'
import type { Kept } from '../../contract/change.ts'
import type { LogEntry } from '../../contract/log-entry.ts'
import type { Entitlement } from '../../contract/register/entitlement.ts'
import { taskIdOf } from '../../contract/told/about.ts'
import { type Told, tell, tellNothing } from '../../contract/told/told.ts'
import { canonicalJson } from '../../ground/canonical-json.ts'
import { LIMITS } from '../../ground/limits.ts'
import { chooseEntries } from '../choose-entries.ts'
import { readLog } from '../read-log.ts'
import type { KeptCard, ProveStore } from '../store.ts'
import { createUseDesk } from '../used/use-desk.ts'
import { explainEntry } from '../why.ts'
import { createSearch, type LogSearch } from './search.ts'

const size = 900
const histories = [1, 2].map((seed) => drawHistory(seed, size))

/** Reads every entry, by no card. */
const linear = (store: ProveStore): LogSearch => ({
  read: (_part, _names, from, to) => readLog(store, from, to),
  catchUp: async () => undefined,
})

const entitlements = ['a', 'b', 'e'].map(
  (end): Kept<Entitlement> => ({ ...newEntitlement({ id: `ent_${end}`, identityId: 'idn' }), version: 1, entry: 90 }),
)

/** All that is asked of a log by what it names. */
async function askAll({ store, identityIds, taskIds }: History, search: LogSearch): Promise<unknown> {
  const policies = keepPolicies()
  const why = []
  for (let index = 0; index < size; index += 23) why.push(await explainEntry({ store, search, policies }, index))
  const packs = []
  for (const id of [...identityIds, ...taskIds.slice(0, 4), 'dlg_1', 'idn_nobody', 'not an id'])
    packs.push([...(await chooseEntries({ store, search }, size, { kind: 'task', id })).keys()])
  const used = await createUseDesk({ store, search }).count('idn', entitlements)
  return { why, packs, used: entitlements.map(({ id }) => used.of(id)), read: [used.from, used.to, used.size] }
}

const fill = async (store: ProveStore, shelf: MemoryCards): Promise<void> => {
  for await (const _ of searchBy(store, shelf).search.read('told', [], 0, size));
}

type Fate = (card: KeptCard, all: MemoryCards['kept']) => KeptCard | null

/** What becomes of each card: nothing, or what somebody did to it. */
const FATES: readonly (readonly [what: string, fate: Fate])[] = [
  ['stand as they were written', (card) => card],
  ['were never written', () => null],
  ['are missing here and there', (card) => (card.n % 2 === 0 ? null : card)],
  ['were emptied', (card) => ({ ...card, hashes: new Uint8Array() })],
  ['were cut short', (card) => ({ ...card, hashes: card.hashes.subarray(4) })],
  ['stand beside another tile', (card, all) => ({ ...card, ...bare(all.get(`${card.part} ${(card.n + 1) % 3}`)) })],
  ['are those of the other part', (card, all) => ({ ...card, ...bare(all.get(`named ${card.n}`)) })],
  ['lost their seal', (card) => ({ ...card, seal: new Uint8Array() })],
]

const bare = (
  { hashes, seal }: Pick<KeptCard, 'hashes' | 'seal'> = { hashes: new Uint8Array(), seal: new Uint8Array() },
) => ({
  hashes,
  seal,
})

describe('what is asked of a log by what it names', () => {
  const asked = new Map<History, Promise<unknown>>()
  const askByAll = async (history: History): Promise<unknown> => {
    const answer = asked.get(history) ?? askAll(history, linear(history.store))
    asked.set(history, answer)
    return await answer
  }

  it.each(FATES)('is answered as by reading all of it, where cards %s', async (_, fate) => {
    for (const history of histories) {
      const shelf = createMemoryCards()
      await fill(history.store, shelf)
      const written = new Map(shelf.kept)
      expect(written.size).toBe(6)
      for (const [key, card] of written) {
        const left = fate(card, written)
        if (left === null) shelf.kept.delete(key)
        else shelf.kept.set(key, left)
      }
      const { search } = searchBy(history.store, shelf)
      expect(await askAll(history, search)).toEqual(await askByAll(history))
      expect(shelf.kept).toEqual(written)
    }
  })

  it('is answered where cards cannot be kept, and that is told', async () => {
    const [history = drawHistory(1, size)] = histories
    const told: unknown[] = []
    const shelf = { ...createMemoryCards(), keepCards: () => Promise.reject(new Error('full')) }
    const report = (error: unknown): void => void told.push(error)
    const search = createSearch({ store: history.store, shelf, masterKey: new Uint8Array(32), report })
    expect(await askAll(history, search)).toEqual(await askByAll(history))
    expect(told.length).toBeGreaterThan(0)
  })

  it('is explained as who was told of every entry would', async () => {
    for (const { entries, store } of histories) {
      const told = tellNothing()
      const { search } = searchBy(store)
      for (const [index, entry] of entries.entries()) {
        tell(told, index, entry)
        if (index % 17 !== 0) continue
        const { chain, approvals } = await explainEntry({ store, search, policies: keepPolicies() }, index)
        for (const hop of chain) expectAsTold(told, hop)
        for (const each of approvals) expect(told.approvals.get(each.approvalId)).toMatchObject(approvalOf(each))
      }
    }
  })
})

type Hop = Awaited<ReturnType<typeof explainEntry>>['chain'][number]

function expectAsTold(told: Told, { identity, task }: Hop): void {
  const { identityId, approvals, ...said } = identity
  expect(told.identities.get(identityId)).toMatchObject(said)
  expect(approvals.map(approvalOf)).toEqual(approvalsTold(told, identityId))
  if (task === null) return
  const known = told.tasks.get(task.taskId)
  expect([known?.goal, known?.parentId, known?.entry]).toEqual([task.goal, task.parentId, task.entry])
  expect(Number.isFinite(known?.endsMs) ? known?.endsMs : null).toBe(task.endsMs)
  expect(task.approvals.map(approvalOf)).toEqual(approvalsTold(told, task.taskId))
}

const approvalOf = ({
  state,
  of,
  subjectId,
  votes,
}: {
  state: string
  of: string
  subjectId: string
  votes: unknown
}) => ({
  state,
  of,
  subjectId,
  votes,
})

const approvalsTold = (told: Told, id: string): readonly object[] =>
  [...told.approvals.values()].filter(({ subjectId, of }) => subjectId === id && of !== 'call').map(approvalOf)

/** Counts the entries that are read. */
function counting(store: ProveStore): { readonly store: ProveStore; read: number } {
  const counted = {
    read: 0,
    store: {
      ...store,
      readEntries: async (from: number, to: number) => {
        counted.read += to - from
        return await store.readEntries(from, to)
      },
    },
  }
  return counted
}

describe('cards', () => {
  const [history = drawHistory(1, size)] = histories
  const shelf = createMemoryCards()

  it('leave out what tells nothing of those whom an entry stands on, however much they did', async () => {
    const call = history.entries.findLast(
      ({ actor, data, touched }) =>
        actor.id === 'idn_a' && data['decision'] === 'call' && data['action'] !== undefined && touched.length === 0,
    )
    const calls = Array.from({ length: 5_000 }, (): LogEntry => ({ ...(call as LogEntry), data: { ...call?.data } }))
    const counted = counting(storeOf([...history.entries, ...calls]))
    const ask = async (search: LogSearch): Promise<readonly [why: unknown, read: number]> => {
      const before = counted.read
      const why = await explainEntry({ store: counted.store, search, policies: keepPolicies() }, size + 4_600)
      return [why, counted.read - before]
    }
    const [byAll, readByAll] = await ask(linear(counted.store))
    const { search } = searchBy(counted.store, shelf)
    expect((await ask(search))[0]).toEqual(byAll)
    const [why, read] = await ask(search)
    expect(why).toEqual(byAll)
    expect(3 * read).toBeLessThan(readByAll)
  })

  it('are gone through once, however often people were asked about other acts in the same task', async () => {
    const call = history.entries.findLast(
      ({ actor, data }) => actor.id === 'idn_a' && data['decision'] === 'call' && data['action'] !== undefined,
    ) as LogEntry
    const asked = Array.from({ length: 1_000 }, (_, at): readonly LogEntry[] => {
      const approvalId = `apr_again${at}`
      const taskId = taskIdOf(call) ?? ''
      return [
        { ...call, kind: 'decision.denial', data: { decision: 'call', taskId, approvalId } },
        { ...call, kind: 'approval.cancelled', subject: { kind: 'call', id: taskId }, data: { approvalId } },
      ]
    }).flat()
    const entries = [...history.entries, ...asked, call]
    const counted = counting(storeOf(entries))
    const ask = async (search: LogSearch, index: number) =>
      explainEntry({ store: counted.store, search, policies: keepPolicies() }, index)
    const { search } = searchBy(counted.store)
    for (const index of [size, size + 1, entries.length - 1])
      expect(await ask(search, index)).toEqual(await ask(linear(counted.store), index))
    const before = counted.read
    await ask(search, entries.length - 1)
    expect(counted.read - before).toBeLessThan(1.5 * entries.length)
  })

  it('of entries that cannot be read are not written', async () => {
    const store = {
      ...history.store,
      readEntries: async (from: number, to: number) => Array(to - from).fill(Buffer.from('{}')),
    }
    const empty = createMemoryCards()
    await fill(store, empty)
    expect(empty.kept.size).toBe(0)
  })

  it('are not written of entries that somebody edited: once these are put back, nothing of them is passed over', async () => {
    const { entries, store, taskIds } = history
    const [id = ''] = taskIds
    const system = { kind: 'system', id: 'remit' } as const
    const others = entries.map(
      (entry): LogEntry => ({ ...entry, actor: system, subject: system, data: {}, touched: [] }),
    )
    const edited = { ...store, readEntries: storeOf(others).readEntries }
    const filled = createMemoryCards()
    await fill(edited, filled)
    const { search } = searchBy(store, filled)
    expect(await chooseEntries({ store, search }, size, { kind: 'task', id })).toEqual(
      await chooseEntries({ store, search: linear(store) }, size, { kind: 'task', id }),
    )
  })

  it('are written a few at a time, where little else is, and from the last one on', async () => {
    const tiles = 3 * LIMITS.cardsPerSweep
    let head = tiles * 256
    const text = Buffer.from(canonicalJson(history.entries[0]))
    const root = hashTile(Array.from({ length: 256 }, () => text))
    const store: ProveStore = {
      readHead: async () => ({ size: head, note: '' }),
      readEntries: async (from, to) => Array.from({ length: to - from }, () => text),
      readHashes: async (_, from, to) => Array.from({ length: to - from }, () => root),
    }
    const empty = createMemoryCards()
    const { search } = searchBy(store, empty)
    const last: number[] = []
    const sweep = async (by: Pick<LogSearch, 'catchUp'>): Promise<void> => {
      await by.catchUp()
      last.push(await empty.lastCard())
    }
    await sweep(search)
    await sweep(search)
    head += LIMITS.cardsQuietEntries + 1
    await sweep(search)
    await sweep(search)
    const later = searchBy(store, empty).search
    await sweep(later)
    await sweep(later)
    await sweep(later)
    const [first, second] = [LIMITS.cardsPerSweep - 1, 2 * LIMITS.cardsPerSweep - 1]
    expect(last).toEqual([-1, first, first, second, second, tiles - 1, Math.floor(head / 256) - 1])
  })

  it('are gone through with others in between, written or not', async () => {
    const empty = createMemoryCards()
    const drain = async (): Promise<void> => fill(history.store, empty)
    expect(await countTurns(drain)).toBeGreaterThan(size / 2)
    expect(await countTurns(drain)).toBeGreaterThanOrEqual(3)
  })
})
