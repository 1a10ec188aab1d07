import { RemitError } from '../../ground/errors.ts'
import type { Engine } from '../engine.ts'
import { toStoreError } from '../store-errors.ts'
import { openConnection, run } from './connection.ts'
import { type FileId, fileAt } from './file-id.ts'

/** A file that others write, as it is at one moment after another. Errors: `store_failed`, `store_damaged`, `log_unavailable`. */
export interface Snapshots extends Pick<Engine, 'read'> {
  /** All that is read meanwhile is of one moment: whole commits, and nothing of a later one. One at a time. */
  during<T>(use: () => Promise<T>): Promise<T>
  close(): void
}

/** Opens a file for reading alone. Throws `store_failed`, also where another file lies at its path by now; `log_unavailable`. */
export function openSnapshots(path: string, file: FileId): Snapshots {
  const connection = tried(() => openConnection(path, true))
  const { database } = connection
  if (tried(() => fileAt(path)) !== file) {
    database.close()
    throw new RemitError('store_failed', { detail: 'Another file was put in the place of the one of the store.' })
  }
  return {
    read: async (statement) => tried(() => run(connection, statement).rows),
    during: async (use) => {
      tried(() => database.exec('begin'))
      try {
        return await use()
      } finally {
        if (database.isTransaction) tried(() => database.exec('rollback'))
      }
    },
    close: () => database.close(),
  }
}

function tried<T>(action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw toStoreError(error)
  }
}
