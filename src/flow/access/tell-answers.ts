import type { AccessStatus } from '../../contract/approval/access-status.ts'
import type { Approval } from '../../contract/approval/approval.ts'
import type { Change, Fact } from '../../contract/change.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Log } from '../../record/log.ts'
import type { House } from '../house.ts'
import { type AccessTask, readAccessTask, statusesOf } from './access-task.ts'
import type { CallbackSend, CallbackTarget } from './callback-sender.ts'

/** Tells those who asked for access and named a callback what became of it (AuthZEN access-request profile, "Callback Completion"). */
export interface Teller {
  /** Where they may be told. */
  readonly targets: readonly CallbackTarget[]
  /** The log, which tells of each answer once it is written. */
  readonly log: Log
  /** Tries nothing again, and waits until nothing is under way any more. */
  close(): Promise<void>
}

type Parts = Pick<House, 'clock' | 'register' | 'publicUrl' | 'metrics'> & {
  readonly targets: readonly CallbackTarget[]
  readonly send: CallbackSend
  readonly log: Log
  readonly report: (error: unknown) => void
}

/** How long to wait before each further try, in milliseconds. */
const RETRY_MS = [2_000, 15_000, 60_000]

/**
 * Makes a teller. It only notifies: what counts is read where the request stands. What is under way is bounded and lost
 * with the process, and so is the end of a request that nobody answered; whoever is not told looks for themselves.
 */
export function createTeller(parts: Parts): Teller {
  const underWay = new Set<Promise<void>>()
  const stop = new AbortController()
  const begin = (id: string): void => {
    const isFull = underWay.size >= LIMITS.callbacksUnderWayMax
    if (isFull) count(parts, 'dropped')
    if (isFull || stop.signal.aborted) return
    const telling: Promise<void> = tell(parts, id, stop.signal)
      .catch(parts.report)
      .then(() => void underWay.delete(telling))
    underWay.add(telling)
  }
  const watch = (approval: Approval): void => {
    const leftMs = Math.max(0, approval.expiresMs - parts.clock.nowMs()) + 1
    if (watched < LIMITS.callbacksWatchedMax) {
      watched += 1
      parts.clock.after(leftMs, () => {
        watched -= 1
        begin(idOf(approval))
      })
    }
  }
  let watched = 0
  return {
    targets: parts.targets,
    log: {
      ...parts.log,
      record: async <F extends Fact>(fact: F) => {
        const recorded = await parts.log.record(fact)
        for (const change of fact.changes) {
          const asked = askedIn(change)
          if (asked?.request?.callback === undefined && asked?.request?.bundle === undefined) continue
          if (asked.state === 'pending') watch(asked)
          else if (asked.state !== 'used') begin(idOf(asked))
        }
        return recorded
      },
    },
    close: async () => {
      stop.abort()
      await Promise.allSettled(underWay)
    },
  }
}

const idOf = ({ id, request }: Approval): string => request?.bundle?.id ?? id

function askedIn(change: Change): Approval | undefined {
  return (change.op === 'insert' || change.op === 'update') && change.table === 'approvals' ? change.row : undefined
}

function count({ metrics }: Pick<Parts, 'metrics'>, outcome: 'told' | 'refused' | 'given-up' | 'dropped'): void {
  metrics.count('remit_callbacks_total', { outcome })
}

/** Of several, it is told once all have ended. */
async function tell(parts: Parts, id: string, stop: AbortSignal): Promise<void> {
  const task = await readAccessTask(parts, id)
  const { callback } = task.first.request ?? {}
  const { whole } = statusesOf(task, parts.clock.nowMs())
  if (callback === undefined || whole === 'pending' || !isWanted(callback.events, whole)) return
  const target = parts.targets.find(({ endpoint }) => endpoint === callback.endpoint)
  if (target === undefined) return count(parts, 'refused') // it was taken out of the configuration meanwhile
  await deliver(parts, target, write(parts, task, whole), stop)
}

function isWanted(events: readonly string[] | undefined, status: AccessStatus): boolean {
  return events === undefined || events.includes(status)
}

/** No more than a notification: the yes itself is read by whoever may, with a proof of who they are. */
function write({ publicUrl }: Parts, { id, first }: AccessTask, status: AccessStatus): string {
  const { state } = first.request?.callback ?? {}
  const task = { id, status, status_endpoint: `${publicUrl}/access/v1/requests/${id}` }
  return JSON.stringify({ ...(state === undefined ? {} : { state }), task })
}

async function deliver(parts: Parts, target: CallbackTarget, body: string, stop: AbortSignal): Promise<void> {
  for (const waitMs of [...RETRY_MS, null]) {
    const status = await parts.send(target, body, parts.clock.nowMs()).catch(() => 0)
    if (status >= 200 && status < 300) return count(parts, 'told')
    if (status !== 0 && status !== 429 && status < 500) return count(parts, 'refused')
    if (waitMs === null || stop.aborted) break
    await parts.clock.sleep(waitMs, stop).catch(() => undefined)
  }
  count(parts, 'given-up')
}
