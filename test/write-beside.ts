import { DatabaseSync } from 'node:sqlite'
import { systemClock } from '../src/ground/clock.ts'

/** What SQLite says of a file that another hand is writing. */
const BUSY = 5

/**
 * Changes a house's database from beside it, while the house runs in this process. What writes it may be in the
 * middle of a transaction that waits for this thread, so nobody waits for it here for long, and there is another try.
 */
export async function writeBeside(file: string, sql: string): Promise<void> {
  for (;;) {
    const database = new DatabaseSync(file, { timeout: 50 })
    try {
      return database.exec(sql)
    } catch (error) {
      if (!(error instanceof Error && 'errcode' in error && error.errcode === BUSY)) throw error
    } finally {
      database.close()
    }
    await systemClock.sleep(10)
  }
}
