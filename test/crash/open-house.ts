import { join } from 'node:path'
import { systemClock } from '../../src/ground/clock.ts'
import { createIds } from '../../src/ground/ids.ts'
import { type Log, openLog } from '../../src/record/log.ts'
import type { RecordStore } from '../../src/record/store.ts'
import { openStore } from '../../src/store/store.ts'
import { testOrigin, testSigner } from '../record/open-test-log.ts'

/** A log on the real embedded store, with the head file beside it. */
export interface CrashHouse {
  readonly log: Log
  readonly record: RecordStore
  close(): Promise<void>
}

/** Opens store and log in a folder, as a server does when it starts. */
export async function openCrashHouse(folder: string): Promise<CrashHouse> {
  const config = { kind: 'sqlite', path: join(folder, 'remit.db') } as const
  const ids = createIds(systemClock.nowMs)
  const store = await openStore(config, { org: 'org_test', log: 'main' }, systemClock, ids)
  try {
    const headFile = join(folder, 'head')
    const options = {
      store: store.record,
      org: 'org_test',
      origin: testOrigin,
      signer: testSigner,
      clock: systemClock,
      ids,
      headFile,
    }
    const log = await openLog(options)
    return {
      log,
      record: store.record,
      close: async () => {
        await log.close()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}
