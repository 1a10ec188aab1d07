import { createHash } from 'node:crypto'
import { judgeEntry } from '../src/contract/laws/entry-laws.ts'
import type { LogEntry } from '../src/contract/log-entry.ts'
import { tell, tellNothing } from '../src/contract/told/told.ts'
import type { RecordStore, StateRow } from '../src/record/store.ts'
import { readLog } from './second-log-reader/reader.ts'

/** The log to audit: what keeps it, and what the world knows of it. */
export interface AuditedLog {
  readonly store: RecordStore
  readonly vkey: string
  readonly origin: string
}

/** What was audited, for a test to say that there was something. */
export interface Audited {
  readonly entries: number
  readonly rows: number
}

interface Said {
  readonly index: number
  readonly version: number
  /** Of the row as it was last put or replaced. */
  readonly digest: string
}

/** Rows of these tables may be cleared away when they have served. */
const CLEARED = /^(seen_proofs|held_assertions|sessions|login_links|payloads)\//

/**
 * The oracle that every scenario ends with. It shares no code with the log: the tree is verified by a second reader
 * written from the formats alone, and the state by replaying what the entries say they touched: each row must be in
 * the version, on the entry and with the content that the last which touched it said, none may be missing, none may be
 * there unexplained. What the entries tell must keep every law. Throws an error that lists the faults.
 */
export async function auditLog({ store, vkey, origin }: AuditedLog): Promise<Audited> {
  const head = await store.readHead()
  if (head.size === 0) return failOn(await auditRows(store, new Map(), 0), 0)
  const log = await readLog((path) => getFrom(store, path), vkey, origin)
  const entries = log.entries.map((bytes): LogEntry => JSON.parse(bytes.toString('utf8')))
  const [faults, said] = replay(entries)
  const rows = await auditRows(store, said, entries.length)
  return failOn({ faults: [...faults, ...rows.faults], rows: rows.rows }, entries.length)
}

function failOn({ faults, rows }: { faults: readonly string[]; rows: number }, entries: number): Audited {
  if (faults.length > 0) throw new Error(`the log does not hold:\n${faults.slice(0, 50).join('\n')}`)
  return { entries, rows }
}

/** Gives what stands under a path of the log, straight from what is kept. */
async function getFrom(store: RecordStore, path: string): Promise<Uint8Array> {
  if (path === 'checkpoint') return Buffer.from((await store.readHead()).note)
  const [, level = '', groups = '', width = '256'] = /^tile\/(\w+)\/([x0-9/]+)(?:\.p\/(\d+))?$/.exec(path) ?? []
  const from = Number(groups.replaceAll(/[x/]/g, '')) * 256
  const to = from + Number(width)
  if (level !== 'entries') return Buffer.concat(await store.readHashes(Number(level), from, to))
  const entries = await store.readEntries(from, to)
  return Buffer.concat(entries.flatMap((entry) => [Uint8Array.of(entry.length >> 8, entry.length & 255), entry]))
}

/** Plays all entries in order: what is wrong in them, and the last word on each row that they touched. */
function replay(entries: readonly LogEntry[]): readonly [string[], Map<string, Said>] {
  const faults: string[] = []
  const said = new Map<string, Said>()
  const told = tellNothing()
  for (const [index, entry] of entries.entries()) {
    const laws = judgeEntry({ index, entry, told, whole: true })
    faults.push(...laws.map(({ law, fault }) => `entry ${index} breaks the law ${law}: ${fault}`))
    tell(told, index, entry)
    for (const name of entry.touched) faults.push(...touch(said, name, index))
  }
  return [faults, said]
}

/** Notes that an entry touched a row: made with `@1`, replaced with the next version, counted on without one. */
function touch(said: Map<string, Said>, name: string, index: number): string[] {
  const at = /@(\d+)#([0-9a-f]{32})$/.exec(name)
  const row = at === null ? name : name.slice(0, at.index)
  const { version: before, digest } = said.get(row) ?? { version: 0, digest: '' }
  const version = at === null ? before + 1 : Number(at[1])
  said.set(row, { index, version, digest: at?.[2] ?? digest })
  const isNext = version === before + 1 || (version === 1 && CLEARED.test(row))
  return isNext && !(at === null && before === 0)
    ? []
    : [`entry ${index} touches ${name}, which was in version ${before}`]
}

async function auditRows(
  store: RecordStore,
  said: Map<string, Said>,
  size: number,
): Promise<{ faults: readonly string[]; rows: number }> {
  const faults: string[] = []
  let [rows, last]: [number, StateRow | undefined] = [0, undefined]
  for (;;) {
    const some: readonly StateRow[] = await store.readRows(last ?? null, 500)
    for (const { table, key, version, entry, salt, body, oddColumn } of some) {
      const name = `${table}/${key}`
      const word = said.get(name)
      said.delete(name)
      if (word?.index === entry && word.version === version) {
        const digest = createHash('sha256').update(`${salt}${body}`).digest('hex').slice(0, 32)
        if (digest !== word.digest) faults.push(`row ${name} is not what entry ${entry} says it is`)
        if (oddColumn !== null) faults.push(`row ${name} says something else in its column ${oddColumn}`)
        continue
      }
      const explained = word === undefined ? 'no entry made it' : `entry ${word.index} made version ${word.version}`
      faults.push(`row ${name} is in version ${version} of entry ${entry} of ${size}: ${explained}`)
    }
    rows += some.length
    last = some.at(-1)
    if (some.length < 500) break
  }
  const missing = [...said].filter(([name]) => !CLEARED.test(name))
  return { faults: [...faults, ...missing.map(([name, { index }]) => `row ${name} of entry ${index} is gone`)], rows }
}
