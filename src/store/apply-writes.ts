import type { Change } from '../contract/change.ts'
import { RemitError } from '../ground/errors.ts'
import type { Write, Written } from '../record/store.ts'
import { isApplied, stateChange } from './change-statement.ts'
import type { Script, Statement } from './engine.ts'

/** What the next batch begins with: each way to leave the last one travels with it, and costs no round trip. */
const SAVE: readonly Statement[] = [{ sql: 'savepoint changes', values: [] }]
const KEEP: readonly Statement[] = [{ sql: 'release savepoint changes', values: [] }, ...SAVE]
const BACK: readonly Statement[] = [{ sql: 'rollback to savepoint changes', values: [] }]

/** Where the transaction stands, between two batches. */
interface Point {
  before: readonly Statement[]
}

/** The first change that conflicts, and how many writes before its own are sound. */
interface Conflict {
  readonly sound: number
  readonly change: Change
}

/**
 * Makes the changes of all writes but those that conflict, and gives each accepted one its index. It tries them all at
 * once, since hardly ever one conflicts; after a conflict fewer at a time, so that many conflicts cost no more than
 * trying each alone.
 */
export function* applyWrites(org: string, firstIndex: number, writes: readonly Write[]): Script<readonly Written[]> {
  const written: Written[] = []
  const point: Point = { before: SAVE }
  let index = firstIndex
  for (let tried = writes.length; written.length < writes.length; ) {
    const some = writes.slice(written.length, written.length + tried)
    const conflict = yield* applyAll(point, org, index, some)
    if (conflict !== undefined) yield* applyAgain(point, org, index, some.slice(0, conflict.sound))
    for (let sound = conflict?.sound ?? some.length; sound > 0; sound--) written.push({ index: index++ })
    if (conflict !== undefined) written.push({ conflict: conflict.change })
    tried = conflict === undefined ? tried * 2 : Math.max(1, Math.floor(tried / 2))
  }
  if (point.before === BACK) yield BACK
  return written
}

/** Makes all changes of all these writes; where one conflicts, the next batch begins with going back. */
function* applyAll(
  point: Point,
  org: string,
  firstIndex: number,
  writes: readonly Write[],
): Script<Conflict | undefined> {
  const changes = writes.flatMap((write, at) =>
    write.changes.map((sealed) => ({
      at,
      change: sealed.change,
      statement: stateChange(org, sealed, firstIndex + at),
    })),
  )
  if (changes.length === 0) return undefined
  const outcomes = yield [...point.before, ...changes.map(({ statement }) => statement)]
  const first = changes.find(({ change }, at) => !isApplied(change, outcomes[point.before.length + at]))
  point.before = first === undefined ? KEEP : BACK
  return first && { sound: first.at, change: first.change }
}

/** What was sound a moment ago, in this transaction, still is. */
function* applyAgain(point: Point, org: string, firstIndex: number, writes: readonly Write[]): Script<void> {
  const conflict = yield* applyAll(point, org, firstIndex, writes)
  if (conflict !== undefined) throw new RemitError('store_failed', { cause: new Error('a sound write conflicts') })
}
