import { parentPort, workerData } from 'node:worker_threads'
import { parseVkey } from '../../contract/log/note.ts'
import { sha256 } from '../../ground/digest.ts'
import { auditAsked, type SliceAsked, tellSlice } from '../../record/auditing/audit-slice.ts'
import { tellWhole, type WholeAsked } from '../../record/auditing/whole-audit.ts'
import { createRecordReads } from '../record-reads.ts'
import type { Audited } from './auditor.ts'
import { openSnapshots } from './snapshots.ts'

// What `auditor.ts` starts: it audits one slice after the other, each as the store is at one moment, or all of the log, a piece at a
// moment, and ends when it is told null. It is not told of commits: what is written while it reads is there, whole, in the next slice.
const { path, file, place: kept, org, origin, vkey } = workerData as Audited
const key = parseVkey(sha256, vkey)
if ('malformed' in key) throw new RangeError(key.malformed)
const snapshots = openSnapshots(path, file)
const source = { store: createRecordReads(snapshots, kept), org, origin, key }
const answer = async (asked: SliceAsked | WholeAsked): Promise<void> => {
  if ('whole' in asked) await tellWhole(source, asked, (told) => parentPort?.postMessage(told))
  else parentPort?.postMessage(await tellSlice(() => snapshots.during(() => auditAsked(source, asked))))
}
parentPort?.on('message', (asked: SliceAsked | WholeAsked | null) => {
  if (asked !== null) {
    answer(asked).catch((error: unknown) => {
      throw error // an answer that cannot be sent ends the thread
    })
    return
  }
  snapshots.close()
  parentPort?.close()
})
