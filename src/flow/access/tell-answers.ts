import { systemActor } from '../../authenticate/actor.ts'
import type { Callback, CallbackState } from '../../contract/approval/access-callback.ts'
import type { Approval } from '../../contract/approval/approval.ts'
import { type Change, type Fact, type Kept, update } from '../../contract/change.ts'
import type { Task } from '../../contract/task.ts'
import type { CallbackSend, CallbackTarget } from '../../enforce/callback-sender.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { Recent } from '../../ground/recent.ts'
import type { Log } from '../../record/log.ts'
import type { House } from '../house.ts'
import { createLanes } from './lanes.ts'
import { readTold, type Told } from './read-told.ts'

/** Tells those who asked for access and named a callback what became of it (AuthZEN access-request profile, "Callback Completion"). */
export interface Teller {
  /** Where they may be told. */
  readonly targets: readonly CallbackTarget[]
  /** The log, which tells of each answer once it is written. */
  readonly log: Log
  /** Goes through the next of those that wait: what expired, what failed before, what a restart left behind. */
  readonly goOn: () => Promise<void>
  /** Tries nothing again, and waits until nothing is under way any more. What waits is kept. */
  close(): Promise<void>
}

type Parts = Pick<House, 'clock' | 'register' | 'publicUrl' | 'metrics'> & {
  readonly targets: readonly CallbackTarget[]
  readonly send: CallbackSend
  readonly log: Log
  readonly report: (error: unknown) => void
}

/** How long to wait at least before each further try, in milliseconds; the last one for ever. */
const RETRY_MS = [2_000, 15_000, 60_000, 300_000, 900_000, 3_600_000] as const

/** What failed lately. A restart forgets it, and tries at once. */
interface Failed {
  readonly tries: number
  readonly untilMs: number
}

/**
 * Makes a teller. It only notifies: what counts is read where the request stands. Each end is told at least once, and
 * perhaps again where the process ended before that was written. An endpoint that hangs holds up nobody but itself.
 */
export function createTeller(parts: Parts): Teller {
  const failed = new Recent<Failed>(LIMITS.callbacksFailedKept)
  const unreached = new Set<string>()
  const stop = new AbortController()
  const looks = new Set<Promise<void>>()
  const lanes = createLanes(
    (id) =>
      tell(parts, id, { failed, unreached, stop: stop.signal }).catch((error: unknown) => {
        noteFailed(parts, id, failed)
        parts.report(error)
      }),
    { atOnceMax: LIMITS.callbacksAtOnceMax, waitingMax: LIMITS.callbacksQueuedMax },
  )
  const look = async (id: string): Promise<void> => {
    const nowMs = parts.clock.nowMs()
    if (stop.signal.aborted || nowMs < (failed.get(id)?.untilMs ?? 0)) return
    if ((await parts.register.callback(id))?.state !== 'waiting') return
    const { callback, status } = await readTold(parts, id, nowMs)
    if (callback !== undefined && status !== 'pending') lanes.add(callback.endpoint, id)
  }
  const begin = (id: string): void => {
    const looking: Promise<void> = look(id)
      .catch(parts.report)
      .then(() => void looks.delete(looking))
    looks.add(looking)
  }
  let after: string | undefined
  return {
    targets: parts.targets,
    log: {
      ...parts.log,
      record: async <F extends Fact>(fact: F) => {
        const recorded = await parts.log.record(fact)
        for (const change of fact.changes) {
          const answered = answeredIn(change)
          if (answered !== undefined) begin(answered)
        }
        return recorded
      },
    },
    goOn: async () => {
      const limit = LIMITS.callbacksPerTurn
      const rows = await parts.register.waitingCallbacks({ limit, ...(after === undefined ? {} : { after }) })
      after = rows.length < limit ? undefined : rows.at(-1)?.id
      for (const { id } of rows) await look(id).catch(parts.report)
    },
    close: async () => {
      stop.abort()
      await Promise.all([...looks, lanes.close()])
    },
  }
}

/**
 * Gives the request that may have ended by a change: one that was answered or taken back, wholly or in part, or a task that
 * waited and does no more.
 */
function answeredIn(change: Change): string | undefined {
  if (change.op !== 'update') return undefined
  if (change.table === 'tasks') return wasHeld(change.row) ? (change.row.approvalId ?? undefined) : undefined
  if (change.table !== 'approvals') return undefined
  const { id, state, request, callback }: Approval = change.row
  if (state === 'pending' || state === 'used') return undefined
  if (callback !== undefined) return id
  return request?.callback === undefined && request?.bundle === undefined ? undefined : (request.bundle?.id ?? id)
}

/** Every change of a task comes by here: one that has had a token, or never waited, is told of no more. */
function wasHeld({ approvalId, state }: Task): boolean {
  return approvalId !== null && state !== 'waiting'
}

interface Trying {
  readonly failed: Recent<Failed>
  /** Endpoints that could not be reached the last time. Why is reported once, and not with each request and each try. */
  readonly unreached: Set<string>
  readonly stop: AbortSignal
}

/** Of several, it is told once all have ended. */
async function tell(parts: Parts, id: string, { failed, unreached, stop }: Trying): Promise<void> {
  const [row, told] = await Promise.all([parts.register.callback(id), readTold(parts, id, parts.clock.nowMs())])
  const { callback, status } = told
  if (row?.state !== 'waiting' || callback === undefined || status === 'pending' || stop.aborted) return
  const isWanted = callback.events?.some((event) => event === status) ?? true
  const target = parts.targets.find(({ endpoint }) => endpoint === callback.endpoint)
  const tried = isWanted ? await tryOnce(parts, { target, body: write(parts, told), stop, unreached }) : 'unwanted'
  if (stop.aborted && tried === 'failed') return
  const isOver = parts.clock.nowMs() >= told.endsMs + LIMITS.callbackPatienceSeconds * 1000
  if (tried === 'failed' && !isOver) return noteFailed(parts, id, failed)
  const outcome = tried === 'failed' ? 'given-up' : tried
  await parts.log.record(endCallback(row, told, outcome))
  failed.delete(id)
  if (outcome !== 'unwanted') parts.metrics.count('remit_callbacks_total', { outcome })
}

function noteFailed({ clock }: Pick<Parts, 'clock'>, id: string, failed: Recent<Failed>): void {
  const tries = (failed.get(id)?.tries ?? 0) + 1
  const waitMs = RETRY_MS[Math.min(tries, RETRY_MS.length) - 1] ?? 0
  failed.set(id, { tries, untilMs: clock.nowMs() + waitMs })
}

interface Try extends Pick<Trying, 'stop' | 'unreached'> {
  readonly target: CallbackTarget | undefined
  readonly body: string
}

/** An endpoint that is out of the configuration may come back into it; so it fails, and is not refused. */
async function tryOnce(
  { send, report }: Pick<Parts, 'send' | 'report'>,
  { target, body, stop, unreached }: Try,
): Promise<'told' | 'refused' | 'failed'> {
  if (target === undefined) return 'failed'
  const status = await send(target, body, stop).catch((cause: unknown) => {
    const detail = `The callback endpoint at ${new URL(target.endpoint).host} cannot be reached; it is tried again.`
    if (!unreached.has(target.endpoint) && !stop.aborted)
      report(new RemitError('upstream_unavailable', { detail, cause }))
    unreached.add(target.endpoint)
    return 0
  })
  if (status !== 0) unreached.delete(target.endpoint)
  if (status >= 200 && status < 300) return 'told'
  return status !== 0 && status !== 408 && status !== 429 && status < 500 ? 'refused' : 'failed'
}

/** No more than a notification: the yes itself is read by whoever may, with a proof of who they are. */
function write({ publicUrl }: Parts, { id, callback, status, path }: Told): string {
  const { state } = callback ?? {}
  const task = { id, status, status_endpoint: `${publicUrl}${path}` }
  return JSON.stringify({ ...(state === undefined ? {} : { state }), task })
}

function endCallback(row: Kept<Callback>, { first, status }: Told, outcome: CallbackState): Fact {
  return {
    entry: {
      kind: 'callback.ended',
      actor: systemActor,
      subject: { kind: first.subject, id: first.subjectId },
      data: { approvalId: row.id, end: outcome, status },
    },
    changes: [update('callbacks', row, { id: row.id, state: outcome })],
  }
}
