import { changeKey } from '../../src/contract/change.ts'
import { RemitError } from '../../src/ground/errors.ts'
import type {
  LogHead,
  RecordStore,
  SealedChange,
  SealedFact,
  SealedRow,
  StateRow,
  TileRoot,
  Write,
  Written,
} from '../../src/record/store.ts'

/** A state row as the memory store keeps it. */
export interface MemoryRow extends SealedRow {
  readonly version: number
  readonly entry: number
  readonly counters: Readonly<Record<string, number>>
}

/** A record store in memory, by the words of its seam. All that it keeps can be looked at and tampered with. */
export interface MemoryStore extends RecordStore {
  head: LogHead
  readonly entries: Uint8Array[]
  /** Leaf hashes at 0, tile roots from 1. */
  readonly hashes: Uint8Array[][]
  /** By `table/key`. */
  readonly rows: Map<string, MemoryRow>
}

type Applied = ReadonlyMap<string, MemoryRow>

/** Makes an empty store. */
export function createMemoryStore(): MemoryStore {
  const store: MemoryStore = {
    head: { size: 0, note: '' },
    entries: [],
    hashes: [],
    rows: new Map(),
    commit: async (expectedSize, writes, close) => {
      if (store.head.size !== expectedSize) throw new RemitError('conflict')
      const [written, sealed, rows] = applyWrites(store, expectedSize, writes)
      if (sealed.length > 0) {
        const closed = close(
          expectedSize,
          sealed.map(({ leaf }) => leaf),
        )
        store.entries.push(...sealed.map(({ bytes }) => bytes))
        levelOf(store, 0).push(...sealed.map(({ leaf }) => leaf))
        for (const root of closed.tileRoots) keepTileRoot(store, root)
        store.head = closed.head
        for (const [name, row] of rows) store.rows.set(name, row)
      }
      return written
    },
    touchHead: async () => undefined,
    readHead: async () => store.head,
    readEntries: async (from, to) => store.entries.slice(from, to),
    readEntriesAt: async (indexes) =>
      new Map(
        indexes.flatMap((index) => store.entries.slice(index, index + 1).map((bytes) => [index, bytes] as const)),
      ),
    readHashes: async (level, from, to) => levelOf(store, level).slice(from, to),
    readRows: async (after, rowsMax) =>
      [...store.rows]
        .map(([name, { counters: _counters, ...row }]): StateRow => {
          const at = name.indexOf('/')
          return { table: name.slice(0, at), key: name.slice(at + 1), ...row, oddColumn: null }
        })
        .filter(({ table, key }) => after === null || table > after.table || (table === after.table && key > after.key))
        .toSorted((x, y) => (x.table < y.table || (x.table === y.table && x.key < y.key) ? -1 : 1))
        .slice(0, rowsMax),
    forget: async () => 0,
  }
  return store
}

function levelOf({ hashes }: MemoryStore, level: number): Uint8Array[] {
  hashes[level] ??= []
  return hashes[level]
}

function keepTileRoot(store: MemoryStore, { level, n, hash }: TileRoot): void {
  if (levelOf(store, level).push(hash) !== n + 1)
    throw new RangeError(`tile root ${n} of level ${level} is out of order`)
}

function applyWrites(
  store: MemoryStore,
  firstIndex: number,
  writes: readonly Write[],
): readonly [Written[], SealedFact[], Applied] {
  const rows = new Map<string, MemoryRow>()
  const written: Written[] = []
  const sealed: SealedFact[] = []
  for (const write of writes) {
    const index = firstIndex + sealed.length
    const tried = new Map<string, MemoryRow>()
    const facts = write.seal(index)
    const conflict = facts
      .flatMap(({ changes }, after) => changes.map((each) => ({ each, place: index + after })))
      .find(({ each, place }) => !apply(each, place, [tried, rows, store.rows]))?.each.change
    if (conflict !== undefined) {
      written.push({ conflict })
      continue
    }
    for (const [name, row] of tried) rows.set(name, row)
    sealed.push(...facts)
    written.push({ index })
  }
  return [written, sealed, rows]
}

/** Makes one change in the first layer, looking through to the ones below; false where it conflicts. */
function apply(
  { change, row }: SealedChange,
  index: number,
  layers: readonly [Map<string, MemoryRow>, ...Applied[]],
): boolean {
  const name = `${change.table}/${changeKey(change)}`
  const kept = layers.map((layer) => layer.get(name)).find((found) => found !== undefined)
  const version = kept?.version ?? 0
  if (change.op === 'require') return version === change.version
  const wanted = change.op === 'insert' ? 0 : change.op === 'update' ? change.ifVersion : version
  if (version !== wanted || (change.op !== 'insert' && version === 0)) return false
  const counters = { ...kept?.counters }
  if (change.op === 'meter') {
    for (const [counter, by] of Object.entries<number>(change.add)) counters[counter] = (counters[counter] ?? 0) + by
    const isOver = Object.entries<number>(change.atMost).some(([counter, most]) => (counters[counter] ?? 0) > most)
    if (isOver) return false
  }
  const { body, salt } = row ?? kept ?? { body: '', salt: '' }
  layers[0].set(name, { version: version + 1, entry: index, body, salt, counters })
  return true
}
