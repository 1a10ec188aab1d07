import { hostname } from 'node:os'
import { type Clock, toRfc3339 } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { everyAlone } from '../ground/every-alone.ts'
import { LIMITS } from '../ground/limits.ts'
import { ask, type Engine, type Outcome, type Script, type Statement } from './engine.ts'

/** Which log of which organisation. */
export interface Place {
  readonly org: string
  readonly log: string
}

/** That this process, and no other, writes a log in a database that several can open. */
export interface Hold {
  /** Goes with every write. Whoever wants to take over waits until that write has ended. */
  readonly look: readonly Statement[]
  /** Throws `store_locked` where the outcomes of `look` say that another process has taken over. */
  judge(outcomes: readonly Outcome[]): void
  /**
   * Throws `store_locked` once a renewal has found that another process has taken over; `store_edited` where the store is not
   * where it was.
   */
  refuseIfLost(): void
  release(): Promise<void>
}

/** A hold as its row says it: each renewal changes the row. */
interface Held {
  readonly holder: string
  readonly renewed: number
  readonly who: string
  /** How long it lasts yet, by the clock of the database. */
  readonly leftMs: number
}

/** One clock for all: a server whose own is ahead takes no log from one that lives. */
const NOW_MS = 'cast(extract(epoch from clock_timestamp()) * 1000 as bigint)'

/** Where nobody else can have the database open, there is nothing to hold. */
export const ALONE: Hold = {
  look: [],
  judge: () => undefined,
  refuseIfLost: () => undefined,
  release: async () => undefined,
}

/**
 * Holds the log for this process until it is released, and renews that. A holder that ended without a word is taken
 * over once its row has expired by the clock of the database, or has not changed for as long as a hold lasts: nobody
 * has to trust the clock of a server. Throws `store_locked` where its holder lives.
 */
export async function holdLog(engine: Engine, place: Place, clock: Clock, holder: string): Promise<Hold> {
  if (engine.isOwned) return { ...ALONE, refuseIfLost: () => engine.refuseIfMoved() }
  const who = `process ${process.pid} on ${hostname()} since ${toRfc3339(clock.nowMs())}`
  await takeHold(engine, place, clock, { holder, who })
  let isLost = false
  const refuseIfLost = (): void => {
    if (isLost) throw lost()
  }
  const renew = async (): Promise<void> => {
    isLost ||= !(await engine.transact(() => renewHold(place, holder)))
  }
  // one that fails is tried again at its turn; until then each write looks for itself
  const renewals = everyAlone(clock, LIMITS.holdRenewMs, renew, () => undefined)
  return {
    look: [{ sql: 'select holder from holders where org = ? and log = ? for update', values: [place.org, place.log] }],
    judge: ([held]) => {
      isLost ||= held?.rows[0]?.['holder'] !== holder
      refuseIfLost()
    },
    refuseIfLost,
    release: async () => {
      await renewals.stop()
      await engine.transact(() => dropHold(place, holder))
    },
  }
}

async function takeHold(engine: Engine, place: Place, clock: Clock, self: Pick<Held, 'holder' | 'who'>): Promise<void> {
  const beganMs = clock.monotonicMs()
  let seen: Held | null = null
  for (;;) {
    const held = await engine.transact(() => readHold(place))
    if (seen !== null && held !== null && !isSame(seen, held)) throw living(held)
    seen ??= held
    const isOver =
      held === null ||
      held.leftMs + LIMITS.clockSkewSeconds * 1000 < 0 || // another machine may have become the database
      clock.monotonicMs() - beganMs > LIMITS.holdMs
    if (isOver && (await engine.transact(() => replaceHold(place, held, self)))) return
    await clock.sleep(LIMITS.holdLookMs)
  }
}

function isSame(one: Held, other: Held): boolean {
  return one.holder === other.holder && one.renewed === other.renewed
}

function* readHold({ org, log }: Place): Script<Held | null> {
  const sql = `select holder, renewed, who, expires_ms - ${NOW_MS} as left_ms from holders where org = ? and log = ?`
  const found = yield* ask(sql, org, log)
  const [row] = found.rows
  return row === undefined
    ? null
    : {
        holder: String(row['holder']),
        renewed: Number(row['renewed']),
        who: String(row['who']),
        leftMs: Number(row['left_ms']),
      }
}

/** False where somebody was faster. */
function* replaceHold(
  { org, log }: Place,
  held: Held | null,
  { holder, who }: Pick<Held, 'holder' | 'who'>,
): Script<boolean> {
  const { count } =
    held === null
      ? yield* ask(
          `insert into holders (org, log, holder, renewed, who, expires_ms) values (?, ?, ?, 0, ?, ${NOW_MS} + ?) on conflict do nothing`,
          org,
          log,
          holder,
          who,
          LIMITS.holdMs,
        )
      : yield* ask(
          `update holders set holder = ?, renewed = 0, who = ?, expires_ms = ${NOW_MS} + ? where org = ? and log = ? and holder = ? and renewed = ?`,
          holder,
          who,
          LIMITS.holdMs,
          org,
          log,
          held.holder,
          held.renewed,
        )
  return count === 1
}

/** False where it is another's. */
function* renewHold({ org, log }: Place, holder: string): Script<boolean> {
  const { count } = yield* ask(
    `update holders set renewed = renewed + 1, expires_ms = ${NOW_MS} + ? where org = ? and log = ? and holder = ?`,
    LIMITS.holdMs,
    org,
    log,
    holder,
  )
  return count === 1
}

function* dropHold({ org, log }: Place, holder: string): Script<void> {
  yield* ask('delete from holders where org = ? and log = ? and holder = ?', org, log, holder)
}

function living({ who }: Held): RemitError {
  return new RemitError('store_locked', { detail: `Another process writes this log: ${who}.` })
}

function lost(): RemitError {
  return new RemitError('store_locked', { detail: 'Another process has taken this log over, and writes it now.' })
}
