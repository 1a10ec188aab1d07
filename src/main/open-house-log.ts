import { createPublicKey, type KeyObject } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { beginLog } from '../flow/upkeep/begin-house.ts'
import { LOG_REMEDIES } from '../flow/upkeep/examine-house.ts'
import type { Clock } from '../ground/clock.ts'
import { sha256 } from '../ground/digest.ts'
import { RemitError } from '../ground/errors.ts'
import type { Ids } from '../ground/ids.ts'
import type { Metrics } from '../ground/metrics.ts'
import { reportUnknown } from '../ground/report.ts'
import { type Log, openLog } from '../record/log.ts'
import { createSigner } from '../record/signer.ts'
import type { Store } from '../store/store.ts'

/** Makes the log's name its own without asking anyone: eight hex digits of its public key. */
export function fingerprint(key: KeyObject): string {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return Buffer.from(sha256(spki)).toString('hex').slice(0, 8)
}

/** A log of another key would be begun anew beside the one that is there, and be found broken for a reason that misleads. */
export async function refuseOtherKey(config: Config, store: Store, origin: string, isNewKey: boolean): Promise<void> {
  const { size } = await store.record.readHead()
  const isUsed = size > 0 || (await store.record.readRows(null, 1)).length > 0
  const headFile = join(config.dataDir, 'log.head')
  const isOurs = existsSync(headFile) && readFileSync(headFile, 'utf8').startsWith(`${origin}\n`)
  if (isUsed && (isNewKey || (size === 0 && !isOurs)))
    throw new RemitError('config_invalid', {
      detail: `This store belongs to another log key than that of ${config.dataDir}; put back the data folder that belongs to it.`,
    })
}

/** What the log of a house is opened with. */
interface LogParts {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly origin: string
  readonly privateKey: KeyObject
  readonly metrics: Metrics
}

/** Opens the log of a house with its first entry in it. Errors: those of `openLog`; `log_broken` where its head file is gone. */
export async function openHouseLog(config: Config, parts: LogParts): Promise<Log> {
  const { store, origin, privateKey, metrics, clock, ids } = parts
  const headFile = join(config.dataDir, 'log.head')
  await refuseWithoutHead(store, headFile)
  const { startAuditor } = store
  if (startAuditor !== null) metrics.count('remit_audit_threads_ended_total', {}, 0) // it is told from the start, as none
  const noteEnded = (why: Error): void => {
    metrics.count('remit_audit_threads_ended_total', {})
    reportUnknown(why)
  }
  const commits = metrics.histogram('remit_commit_seconds', {})
  const log = await openLog({
    store: store.record,
    org: config.org,
    origin,
    signer: createSigner(origin, privateKey),
    clock,
    ids,
    headFile,
    noteCommit: (tookMs) => commits.add(tookMs),
    noteUnread: ({ code }) => metrics.count('remit_audit_unread_total', { code }),
    noteBroken: (detail) => reportUnknown(new RemitError('log_broken', { detail: `${detail} ${LOG_REMEDIES.broken}` })),
    auditors: startAuditor === null ? null : { start: startAuditor, noteEnded },
  })
  await beginLog({ log })
  return log
}

/**
 * Without its head file a store that was put back to an older copy would pass for whole. The first entry is written before there is one.
 */
async function refuseWithoutHead(store: Store, headFile: string): Promise<void> {
  const { size } = await store.record.readHead()
  if (size <= 1 || (existsSync(headFile) && statSync(headFile).size > 0)) return
  throw new RemitError('log_broken', {
    detail: `The log has ${size} entries, and ${headFile}, which holds its newest checkpoint, is gone. Put it back, or write into it the newest checkpoint of this log that was kept elsewhere.`,
  })
}
