import {
  changeKey,
  type Kept,
  type Meter,
  type Require,
  rowKey,
  type TableName,
  type Tables,
} from '../contract/change.ts'
import { rootOfAct } from '../contract/counters/chain-act.ts'
import type { TaskLabels, TaskUsage } from '../contract/task.ts'
import { freezeAll } from '../ground/freeze-all.ts'
import { LIMITS } from '../ground/limits.ts'
import { Recent } from '../ground/recent.ts'
import type { SealedChange, Write, Written } from '../record/store.ts'
import { LabelMemory } from './label-memory.ts'
import { meterRow } from './meter-row.ts'

/** A row of any table, under the name of its own. */
type AnyRow = { readonly version: number; readonly entry: number }

/** The tables that every request reads. What is forgotten without an entry is never among them. */
const RESIDENT: readonly TableName[] = [
  'identities',
  'bindings',
  'persons',
  'person_rights',
  'delegation_grants',
  'person_logins',
  'purposes',
  'catalogues',
  'tool_rules',
  'entitlements',
  'tasks',
  'task_usage',
  'credentials',
  'cutoffs',
  'chain_acts',
]

/** Of these, those that change seldom enough for what was found in them to be kept as a list. */
const LISTED: readonly TableName[] = [
  'identities',
  'bindings',
  'entitlements',
  'person_rights',
  'delegation_grants',
  'tool_rules',
]

/** Of these, those that every call changes, and by which column a row is looked for: a list is kept of each such search alone. */
const GROUPED: { readonly [T in TableName]?: Group } = {
  chain_acts: { column: 'root_id', valueOf: rootOfAct },
}

/** A column, and what stands in it of the row that has a key. */
interface Group {
  readonly column: string
  readonly valueOf: (key: string) => string
}

/** Columns and what they must equal. */
type Where = Readonly<Record<string, unknown>>

/** Tables whose rows others hold, and guard with every request: of these it is enough to know how they stand. */
const GUARDED: readonly TableName[] = ['policy_domains']

/** What tokens rest on. Calls count in other tables, so that a token need not be looked into anew for each of them. */
const STANDING: readonly TableName[] = [
  'identities',
  'bindings',
  'persons',
  'person_rights',
  'delegation_grants',
  'person_logins',
  'tasks',
  'credentials',
  'cutoffs',
]

/** What was found by one search, with the versions of its rows by their keys: whoever found them relies on them, and guards each. */
interface FoundList {
  readonly rows: readonly AnyRow[]
  readonly versions: Map<string, number>
}

/** What was found in one table. */
interface Found {
  /**
   * By their searches; null where what was found is no longer known. A search never leaves: V8 keeps the place of each time
   * until the Map is made anew, and one that comes back again and again would walk past all of them.
   */
  readonly lists: Map<string, FoundList | null>
  /** Of all rows in these lists, where any change of the table drops them all. */
  readonly versions: Map<string, number>
  /** How many searches and rows these are. */
  size: number
}

/** When a read began: what was committed since may have made it old. */
export type Ticket = number

/** Where a fact came to stand that was kept, and rows that came of the commit that it is in. */
interface Landed {
  readonly firstIndex: number
  readonly entry: number
  readonly moved: WeakSet<AnyRow>
}

type Moving = Exclude<SealedChange['change'], Require>

/**
 * Rows as they are committed, held in memory. It is sound only where this process alone writes the database, and every
 * write goes by `settle`: what a commit counted is counted here too; what it changed otherwise is dropped, and read anew by
 * whoever needs it next. A commit of which nobody knows whether it was kept empties it. Bounded by
 * `LIMITS.residentRowsMax`: what was not asked for lately goes.
 */
export class Resident {
  #commits: Ticket = 0
  #moves = 0
  #standingMoves = 0
  /** Frozen guards that held, and the moves at which they did: who gives a guard again and again freezes it. */
  readonly #held = new WeakMap<Require, number>()
  readonly #rows = new Recent<AnyRow | null>(LIMITS.residentRowsMax)
  readonly #versions = new Recent<number>(LIMITS.residentListRowsMax)
  readonly #found = new Map<TableName, Found>()
  readonly #labels = new LabelMemory(LIMITS.residentRowsMax)

  /** A mark to take before reading the store. */
  ticket(): Ticket {
    return this.#commits
  }

  /** Moves with every commit that has changed a row of any table, resident or not, or may have. */
  moves(): number {
    return this.#moves
  }

  /** Moves with every commit that has changed a row of what tokens rest on, or may have. */
  standingMoves(): number {
    return this.#standingMoves
  }

  /** The row, null where it is known that there is none, undefined where the store has to be asked. */
  get<T extends TableName>(table: T, key: string): Kept<Tables[T]> | null | undefined {
    return this.#rows.get(nameRow(table, key)) as Kept<Tables[T]> | null | undefined // put under the name of its table
  }

  /** The version of a row, 0 where there is none; undefined where the store has to be asked. */
  version(table: TableName, key: string): number | undefined {
    const row = this.get(table, key)
    if (row === null) return 0
    return row?.version ?? this.#versionInList(table, key) ?? this.#versions.get(nameRow(table, key))
  }

  #versionInList(table: TableName, key: string): number | undefined {
    const found = this.#found.get(table)
    const group = GROUPED[table]
    const versions = group === undefined ? found?.versions : found?.lists.get(nameGroup(group, key))?.versions
    return versions?.get(key)
  }

  /** Whether a guard holds; undefined where the store has to be asked. Where nothing has moved since it held, it holds. */
  holds(guard: Require): boolean | undefined {
    if (this.#held.get(guard) === this.#moves) return true
    const version = this.version(guard.table, guard.key)
    if (version === guard.version && Object.isFrozen(guard)) this.#held.set(guard, this.#moves)
    return version === undefined ? undefined : version === guard.version
  }

  /** Takes in what the store said to a read that began at `ticket`, unless a commit has come between. */
  keep<T extends TableName>(ticket: Ticket, table: T, key: string, row: Kept<Tables[T]> | undefined): void {
    if (ticket !== this.#commits || !RESIDENT.includes(table) || key.length > LIMITS.residentNameCharsMax) return
    this.#rows.set(nameRow(table, key), row === undefined ? null : freezeAll(row)) // many requests hold the same row
  }

  /** What a search found, as it is now; undefined where the store has to be asked. */
  list<T extends TableName>(table: T, where: Where): readonly Kept<Tables[T]>[] | undefined {
    return this.#found.get(table)?.lists.get(nameSearch(where))?.rows as readonly Kept<Tables[T]>[] | undefined // put under its table
  }

  keepList<T extends TableName>(ticket: Ticket, table: T, where: Where, rows: readonly Kept<Tables[T]>[]): void {
    const search = nameSearch(where)
    const isSmall = rows.length <= LIMITS.residentListRowsMax && search.length <= LIMITS.residentNameCharsMax
    if (ticket !== this.#commits || !isListed(table, where) || !isSmall) return
    if (this.#foundSize() > LIMITS.residentRowsMax) this.#found.clear()
    const found: Found = this.#found.get(table) ?? { lists: new Map(), versions: new Map(), size: 0 }
    this.#found.set(table, found)
    if (!found.lists.has(search)) found.size += 1
    dropList(found, search)
    const versions = GROUPED[table] === undefined ? found.versions : new Map<string, number>()
    found.lists.set(search, { rows: Object.freeze(rows.map(freezeAll)), versions })
    found.size += rows.length
    for (const row of rows) versions.set(rowKey(table, row), row.version)
  }

  /** Of each label the first task of an identity behind a key; undefined where the store has to be asked. */
  labels(identityId: string, after: string): readonly TaskLabels[] | undefined {
    return this.#labels.find(identityId, after)
  }

  keepLabels(ticket: Ticket, identityId: string, after: string, found: readonly TaskLabels[]): void {
    if (ticket === this.#commits) this.#labels.keep(identityId, after, found)
  }

  #foundSize(): number {
    return [...this.#found.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** Takes in what a commit has changed, and learns from the guards that held in it. */
  settle(firstIndex: number, writes: readonly Write[], written: readonly Written[]): void {
    this.#commits++
    // what conflicted was given no place: its rows are the same at any, and the one behind all others is nobody's
    const behind = writes.reduce((place, { entries }, at) => place + (isKept(written[at]) ? entries : 0), firstIndex)
    const facts = writes.map(({ seal }, at) => seal(placeOf(written[at]) ?? behind))
    for (const [at, sealed] of facts.entries())
      if (isKept(written[at])) for (const { changes } of sealed) this.#learn(changes)
    const moved = new WeakSet<AnyRow>()
    for (const [at, sealed] of facts.entries()) {
      const place = placeOf(written[at])
      for (const [after, { changes }] of sealed.entries()) {
        const landed = place === undefined ? null : { firstIndex, entry: place + after, moved }
        for (const { change } of changes) if (change.op !== 'require') this.#take(change, landed)
      }
    }
  }

  #learn(changes: readonly SealedChange[]): void {
    for (const { change } of changes)
      if (change.op === 'require' && GUARDED.includes(change.table))
        this.#versions.set(nameRow(change.table, change.key), change.version)
  }

  /** Moves a row as a change has that landed; what cannot be moved here, or conflicted, is no longer known. */
  #take(change: Moving, landed: Landed | null): void {
    this.#moves++
    const { table } = change
    if (STANDING.includes(table)) this.#standingMoves++
    const key = changeKey(change)
    const name = nameRow(table, key)
    this.#versions.delete(name)
    if (!RESIDENT.includes(table)) return
    const move = (row: AnyRow | null | undefined): AnyRow | undefined =>
      row && landed !== null && change.op === 'meter' ? moveRow(row, change, landed) : undefined
    const before = this.#rows.get(name) ?? undefined
    const moved = move(before)
    this.#takeLabels(change, before, moved)
    if (moved === undefined) this.#rows.delete(name)
    else this.#rows.set(name, moved)
    this.#takeInList(table, key, move)
  }

  #takeLabels(change: Moving, before: AnyRow | undefined, moved: AnyRow | undefined): void {
    if (change.table !== 'task_usage') return
    const usageOf = (row: AnyRow | undefined) => row as Kept<TaskUsage> | undefined // it is of the table of the change
    if (change.op === 'meter') this.#labels.move(change, usageOf(before), usageOf(moved))
    else if (change.op === 'insert') this.#labels.begin(change.row)
    else this.#labels.clear()
  }

  #takeInList(table: TableName, key: string, move: (row: AnyRow | undefined) => AnyRow | undefined): void {
    const found = this.#found.get(table)
    const group = GROUPED[table]
    if (group === undefined) this.#found.delete(table)
    if (found === undefined || group === undefined) return
    const search = nameGroup(group, key)
    const list = found.lists.get(search) ?? undefined
    if (list === undefined) return
    const at = list.rows.findIndex((row) => rowKey(table, row as never) === key) // the row is of its table
    const moved = move(list.rows[at])
    if (moved === undefined) dropList(found, search)
    else {
      found.lists.set(search, { ...list, rows: Object.freeze(list.rows.with(at, moved)) })
      list.versions.set(key, moved.version)
    }
  }

  /** Forgets everything, also what is being read at this moment. */
  clear(): void {
    this.#commits++
    this.#moves++
    this.#standingMoves++
    this.#rows.clear()
    this.#versions.clear()
    this.#found.clear()
    this.#labels.clear()
  }
}

/** A list that any change of its table drops, or one that is found by the key of each of its rows. */
function isListed(table: TableName, where: Where): boolean {
  const [[column, value] = [], ...others] = Object.entries(where)
  const isGroup = typeof value === 'string' && column === GROUPED[table]?.column && others.length === 0
  return LISTED.includes(table) || isGroup
}

/** Drops a list; versions that are those of all lists stay. */
function dropList(found: Found, search: string): void {
  const list = found.lists.get(search) ?? undefined
  if (list === undefined) return
  found.lists.set(search, null)
  found.size -= list.rows.length
}

/** What was read after this commit and before it was told of holds it already. */
function moveRow(row: AnyRow, change: Meter, { firstIndex, entry, moved }: Landed): AnyRow | undefined {
  if (row.entry >= firstIndex && !moved.has(row)) return row
  const next = meterRow(row, change, entry)
  if (next !== undefined) moved.add(next)
  return next
}

function isKept(written: Written | undefined): boolean {
  return placeOf(written) !== undefined
}

function placeOf(written: Written | undefined): number | undefined {
  return written !== undefined && 'index' in written ? written.index : undefined
}

function nameSearch(where: Where): string {
  return JSON.stringify(where)
}

/** The search that finds all rows of the group in which the row of this key stands. */
function nameGroup(group: Group, key: string): string {
  return nameSearch({ [group.column]: group.valueOf(key) })
}

function nameRow(table: TableName, key: string): string {
  return `${table}/${key}`
}
