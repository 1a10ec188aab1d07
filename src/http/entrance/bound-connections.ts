import type { Server, Socket } from 'node:net'
import { networkOf } from '../../ground/addresses.ts'
import type { Clock } from '../../ground/clock.ts'
import { LIMITS } from '../../ground/limits.ts'

/** As Node has it; its types do not know all of it. */
type Report = typeof process.report & { excludeNetwork?: boolean }

/** How many files this process may have open at once, connections among them; null where the platform does not say, or sets no end. */
export function readOpenFilesMax(): number | null {
  const report: Report = process.report
  report.excludeNetwork = true // else the names of whoever is connected are looked up, and all wait for that
  const { userLimits } = report.getReport() as { readonly userLimits?: { readonly open_files?: { soft?: unknown } } }
  const most = userLimits?.open_files?.soft
  return typeof most === 'number' && most > 0 ? most : null
}

/**
 * How many connections may be open at once: as many as are configured, and no more than half of the files that may be. The other
 * half is for the store, the keys of issuers and the servers behind the gateway: a process without one reaches none of them any
 * more, and whoever is connected is refused as well.
 */
export function findConnectionsMax(configured: number, filesMax: number | null): number {
  return Math.max(1, Math.min(configured, Math.floor((filesMax ?? Number.POSITIVE_INFINITY) / 2)))
}

/** What is let in, and who is told of the rest. */
export interface ConnectionBounds {
  readonly connectionsMax: number
  /** Others than these may have half of all: one who keeps what it opens shuts nobody out. */
  readonly isProxy: (address: string) => boolean
  readonly clock: Clock
  /** Told of each that is refused. */
  readonly count: () => void
  /** Told of the first in a minute, in a sentence. */
  readonly tell: (sentence: string) => void
}

/**
 * Closes on whoever connects to these servers while so many are open at all of them, or so many from one address; of IPv6 from
 * one network of 64 bits. What another server hands to one of these counts here, and is not to be counted there.
 */
export function boundConnections(servers: readonly Server[], bounds: ConnectionBounds): void {
  const open = countOpen()
  const refuse = countRefused(bounds)
  const addressMax = Math.ceil(bounds.connectionsMax / 2)
  const letIn = (socket: Socket): void => {
    const { remoteAddress = '' } = socket
    const { all, alike } = open(socket, networkOf(remoteAddress))
    const isOneTooMany = alike > addressMax && !bounds.isProxy(remoteAddress)
    if (all <= bounds.connectionsMax && !isOneTooMany) return
    socket.destroy()
    const whose = isOneTooMany
      ? `${addressMax} connections of ${remoteAddress}`
      : `${bounds.connectionsMax} connections`
    refuse(`${whose} are open, and no more are taken.`)
  }
  for (const server of servers) server.on('connection', letIn)
}

/** Makes what counts a connection until it closes, and gives how many are open then. */
function countOpen(): (socket: Socket, network: string) => { readonly all: number; readonly alike: number } {
  const alike = new Map<string, number>()
  let all = 0
  const leave = (network: string): void => {
    all -= 1
    const left = (alike.get(network) ?? 1) - 1
    if (left > 0) alike.set(network, left)
    else alike.delete(network)
  }
  return (socket, network) => {
    all += 1
    alike.set(network, (alike.get(network) ?? 0) + 1)
    socket.once('close', () => leave(network))
    return { all, alike: alike.get(network) ?? 0 }
  }
}

function countRefused({ clock, count, tell }: ConnectionBounds): (sentence: string) => void {
  let toldMs = Number.NEGATIVE_INFINITY
  return (sentence) => {
    count()
    const nowMs = clock.monotonicMs()
    if (nowMs - toldMs < LIMITS.connectionsToldMs) return
    toldMs = nowMs
    tell(sentence)
  }
}
