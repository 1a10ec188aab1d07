import { DatabaseSync } from 'node:sqlite'
import { systemClock } from '../src/ground/clock.ts'

/** What SQLite says of a file that another hand is writing. */
const BUSY = 5

/**
 * Changes a house's database from beside it, while the house runs in this process. What writes it may be in the
 * middle of a transaction that waits for this thread, so nobody waits for it here for long, and there is another try.
 */
export function writeBeside(file: string, sql: string): Promise<void> {
  return tryBeside(file, (database) => {
    database.exec(sql)
    return true
  })
}

/** Folds the whole write-ahead log into the file, so that what lies in the file is what is read. */
export function foldBeside(file: string): Promise<void> {
  return tryBeside(file, (database) => {
    const told = database.prepare('pragma wal_checkpoint(truncate)').get()
    return told?.['busy'] === 0 // another hand at it is told of in the answer, and is no error
  })
}

async function tryBeside(file: string, attempt: (database: DatabaseSync) => boolean): Promise<void> {
  for (;;) {
    const database = new DatabaseSync(file, { timeout: 50 })
    try {
      if (attempt(database)) return
    } catch (error) {
      if (!(error instanceof Error && 'errcode' in error && error.errcode === BUSY)) throw error
    } finally {
      database.close()
    }
    await systemClock.sleep(10)
  }
}
