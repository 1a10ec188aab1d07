import type { Server } from 'node:net'
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

/** Who is told of connections that are refused. */
export interface RefusedConnections {
  readonly clock: Clock
  /** Of each. */
  readonly count: () => void
  /** Of the first in a minute: how many may be open. */
  readonly tell: (connectionsMax: number) => void
}

/**
 * Shares half of the files that may be open among these servers; who connects beyond that is closed on at once. The other half is
 * for the store, the keys of issuers and the servers behind the gateway: a process without one reaches none of them any more, and
 * whoever is connected is refused as well.
 */
export function boundConnections(
  servers: readonly Server[],
  filesMax: number | null,
  refused: RefusedConnections,
): void {
  if (filesMax === null) return
  const connectionsMax = Math.max(1, Math.floor(filesMax / 2 / servers.length))
  let toldMs = Number.NEGATIVE_INFINITY
  for (const server of servers) {
    server.maxConnections = connectionsMax
    server.on('drop', () => {
      refused.count()
      const nowMs = refused.clock.monotonicMs()
      if (nowMs - toldMs < LIMITS.connectionsToldMs) return
      toldMs = nowMs
      refused.tell(connectionsMax)
    })
  }
}
