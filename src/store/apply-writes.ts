import { type Change, changeKey, type Require } from '../contract/change.ts'
import { RemitError } from '../ground/errors.ts'
import type { Write, Written } from '../record/store.ts'
import { isApplied, requirementOf, stateChange } from './change-statement.ts'
import type { Outcome, Script, Statement } from './engine.ts'

/** What the next batch begins with: each way to leave the last one travels with it, and costs no round trip. */
const SAVE: readonly Statement[] = [{ sql: 'savepoint changes', values: [] }]
const KEEP: readonly Statement[] = [{ sql: 'release savepoint changes', values: [] }, ...SAVE]
const BACK: readonly Statement[] = [{ sql: 'rollback to savepoint changes', values: [] }]

/** Where the transaction stands, between two batches. */
interface Point {
  before: readonly Statement[]
}

/** Whether a guard holds of the rows as they are committed; undefined where the database has to be asked. */
export type KnownGuard = (guard: Require) => boolean | undefined

/** The first change that conflicts, and how many writes before its own are sound. */
interface Conflict {
  readonly sound: number
  readonly change: Change
}

/** Where the changes of a transaction go, and what is known without asking. */
interface Target {
  readonly org: string
  readonly holds: KnownGuard
  /** Rows that this transaction has tried to change: what was known of them no longer counts. */
  readonly changed: Set<string>
}

/** Gives what ends a transaction in which this became of the writes. */
type CloseAll = (written: readonly Written[]) => readonly Statement[]

/** What became of all writes. `closed` is what came of the statements that end the transaction, null where they are still to be given. */
export interface Applied {
  readonly written: readonly Written[]
  readonly closed: readonly Outcome[] | null
}

/**
 * Makes the changes of all writes but those that conflict, and gives each accepted one its index. It tries them all at
 * once, since hardly ever one conflicts; after a conflict fewer at a time, so that many conflicts cost no more than
 * trying each alone. With `closeAll` the first try holds what ends the transaction as well, and where none conflicts all is
 * done in one message.
 */
export function* applyWrites(
  known: Pick<Target, 'org' | 'holds'>,
  firstIndex: number,
  writes: readonly Write[],
  closeAll: CloseAll | null,
): Script<Applied> {
  const point: Point = { before: SAVE }
  if (closeAll !== null) {
    const whole = yield* applyWhole(point, { ...known, changed: new Set() }, firstIndex, writes, closeAll)
    if (whole !== null) return whole
  }
  const written: Written[] = []
  const target: Target = { ...known, changed: new Set() }
  let index = firstIndex
  for (let tried = writes.length; written.length < writes.length; ) {
    const some = writes.slice(written.length, written.length + tried)
    const conflict = yield* applyAll(point, target, index, some)
    if (conflict !== undefined) yield* applyAgain(point, target, index, some.slice(0, conflict.sound))
    const sound = some.slice(0, conflict?.sound)
    written.push(...placeAll(sound, index))
    index += sound.reduce((sum, { entries }) => sum + entries, 0)
    if (conflict !== undefined) written.push({ conflict: conflict.change })
    tried = conflict === undefined ? tried * 2 : Math.max(1, Math.floor(tried / 2))
  }
  if (point.before === BACK) yield BACK
  return { written, closed: null }
}

/**
 * Makes all changes and ends the transaction, in one batch that goes no further than the first conflict; null where
 * there is a conflict: then nothing has been done, or the next batch begins with going back.
 */
function* applyWhole(
  point: Point,
  target: Target,
  firstIndex: number,
  writes: readonly Write[],
  closeAll: CloseAll,
): Script<Applied | null> {
  const steps = planSteps(target, firstIndex, writes)
  if (steps.some(({ statement }) => statement === null)) return null
  const must = steps.flatMap(({ change, statement }) =>
    statement === null ? [] : { ...statement, must: requirementOf(change) },
  )
  const written = placeAll(writes, firstIndex)
  const end = closeAll(written)
  const outcomes = (yield [...point.before, ...must, ...end]).slice(point.before.length)
  const isWhole = steps.every(({ change }, at) => isApplied(change, outcomes[at]))
  if (isWhole && outcomes.length === must.length + end.length) return { written, closed: outcomes.slice(must.length) }
  point.before = BACK
  return null
}

/** Gives each write its place, from the first one on. */
function placeAll(writes: readonly Write[], firstIndex: number): readonly { readonly index: number }[] {
  let next = firstIndex
  return writes.map(({ entries }) => {
    const index = next
    next += entries
    return { index }
  })
}

/** One change of one write: the statement that makes it; null for a guard that is known not to hold. */
interface Step {
  readonly at: number
  readonly change: Change
  readonly statement: Statement | null
}

/** Gives what has to be done, or has failed already: most guards are known to hold, and ask for nothing. */
function planSteps({ org, holds, changed }: Target, firstIndex: number, writes: readonly Write[]): readonly Step[] {
  const steps: Step[] = []
  let index = firstIndex
  for (const [at, { seal, entries }] of writes.entries()) {
    for (const [after, { changes }] of seal(index).entries())
      for (const sealed of changes) {
        const { change } = sealed
        if (change.op !== 'require') changed.add(nameChanged(change))
        const isHeld = change.op === 'require' && !isChanged(changed, change) ? holds(change) : undefined
        if (isHeld === true) continue
        steps.push({ at, change, statement: isHeld === false ? null : stateChange(org, sealed, index + after) })
      }
    index += entries
  }
  return steps
}

function isChanged(changed: ReadonlySet<string>, change: Change): boolean {
  return changed.size > 0 && changed.has(nameChanged(change))
}

function nameChanged(change: Change): string {
  return `${change.table}/${changeKey(change)}`
}

/** Makes all changes of all these writes; where one conflicts, the next batch begins with going back. */
function* applyAll(
  point: Point,
  target: Target,
  firstIndex: number,
  writes: readonly Write[],
): Script<Conflict | undefined> {
  const steps = planSteps(target, firstIndex, writes)
  const statements = steps.flatMap(({ statement }) => statement ?? [])
  let heard = 0
  let outcomes: readonly Outcome[] = []
  if (statements.length > 0) {
    heard = point.before.length
    outcomes = yield [...point.before, ...statements]
    point.before = KEEP
  }
  const first = steps.find(({ change, statement }) => statement === null || !isApplied(change, outcomes[heard++]))
  if (first !== undefined && statements.length > 0) point.before = BACK
  return first && { sound: first.at, change: first.change }
}

/** What was sound a moment ago, in this transaction, still is. */
function* applyAgain(point: Point, target: Target, firstIndex: number, writes: readonly Write[]): Script<void> {
  const conflict = yield* applyAll(point, target, firstIndex, writes)
  if (conflict !== undefined) throw new RemitError('store_failed', { cause: new Error('a sound write conflicts') })
}
