import { ask, type Columns, type Script } from '../engine.ts'
import { insertRows } from '../insert-rows.ts'

/**
 * How many rows a table has that is taken as the measure: so many that what 512 values share is few of them. Of a small one any
 * way through it is short.
 */
const ROWS = 100_000_000
/** How many of these rows share a value, in columns where that is not a handful. */
const SHARED: ReadonlyMap<string, number> = new Map([
  ['org', ROWS],
  ['state', ROWS / 5],
  ['issuer', ROWS / 5],
  ['found_at', 1_000],
  ['identity_id', 1_000],
  ['binding_id', 1_000],
  ['grant_id', 1_000],
  ['opened_for', 1_000],
  ['owner', 1_000],
  ['sponsor', 1_000],
  ['vendor', 1_000],
  ['domain', 1_000],
  ['server', 1_000],
])
const SHARED_BY_FEW = 10

/** In each index with its table, column after column. */
const READ_INDEXES = `select t.name as tbl, i.name as idx, i."unique" as is_unique, c.name as name
  from sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
  where t.type = 'table' and t.name not like 'sqlite%' order by t.name, i.name, c.seqno`

/**
 * Notes for what plans the reads of SQLite how many rows share a value in each index, and says whether that was news. Without
 * it SQLite takes it that an organisation has ten rows, and where several values are looked for it goes through all rows of a
 * table in their order rather than sort a few. What is noted is the same in every store, and so is each plan, however a store
 * has grown. A connection learns of it when it is opened. https://sqlite.org/fileformat2.html#stat1tab
 */
export function* noteSelectivity(): Script<boolean> {
  const wanted = tellStats((yield* ask(READ_INDEXES)).rows)
  const isThere = (yield* ask("select 1 from sqlite_schema where name = 'sqlite_stat1'")).rows.length > 0
  if (!isThere) yield* ask('analyze migrations') // it makes the table
  // compared where it lies: whatever stands there may be of any type, size and number
  const sound = `count(distinct case when (tbl, idx, stat) in (values ${wanted.map(() => '(?, ?, ?)').join(', ')}) then idx end)`
  const [noted] = (yield* ask(`select count(*) as noted, ${sound} as sound from sqlite_stat1`, ...wanted.flat())).rows
  if (noted?.['noted'] === wanted.length && noted['sound'] === wanted.length) return false
  yield* ask('delete from sqlite_stat1')
  yield insertRows('sqlite_stat1', ['tbl', 'idx', 'stat'], wanted)
  return true
}

/** What is noted of one index. `stat`: all rows, and how many share the values of the first column, the first two, and so on. */
type Noted = readonly [tbl: string, idx: string, stat: string]

/** Gives what is noted of each index. */
function tellStats(columns: readonly Columns[]): readonly Noted[] {
  return [...Map.groupBy(columns, ({ idx }) => String(idx))].map(([idx, own]) => {
    const counts: number[] = [ROWS]
    let left = ROWS
    for (const [at, { name, is_unique: isUnique }] of own.entries()) {
      const isOne = name === 'key' || (isUnique === 1 && at === own.length - 1)
      left = isOne ? 1 : Math.ceil((left * (SHARED.get(String(name)) ?? SHARED_BY_FEW)) / ROWS)
      counts.push(left)
    }
    return [String(own[0]?.['tbl']), idx, counts.join(' ')]
  })
}
