import { closeSync, constants, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { RemitError } from '../ground/errors.ts'
import { syncFolder } from '../ground/whole-file.ts'

/**
 * The newest checkpoint, beside the store. It is written after each commit, and only the first time synced: it may lag
 * behind the store, never lead it, and is not lost once the log has begun. A store that is behind it, or tells another story, was truncated or replaced.
 */
export interface HeadFile {
  /** The checkpoint it holds; empty where there was none yet. */
  readonly note: string
  write(note: string): void
  close(): void
}

/** Longest head file that is read: a note of some signatures. */
const headFileCharsMax = 64 * 1024

/** Opens the head file, or makes it. Errors: `log_unavailable` where it cannot be read or written. */
export function openHeadFile(path: string): HeadFile {
  const file = attempt(() => openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600))
  const note = attempt(() => readFileSync(path, 'utf8')).slice(0, headFileCharsMax)
  let bytesWritten = Buffer.byteLength(note)
  return {
    note,
    write: (next) => {
      const bytes = Buffer.from(next)
      // in place: a note below 512 bytes lies in one sector, so that a crash leaves the old one or the new one
      attempt(() => writeSync(file, bytes, 0, bytes.length, 0))
      if (bytes.length < bytesWritten) attempt(() => ftruncateSync(file, bytes.length))
      if (bytesWritten === 0) attempt(() => syncFirst(file, path))
      bytesWritten = bytes.length
    },
    close: () => closeSync(file),
  }
}

function syncFirst(file: number, path: string): void {
  fsyncSync(file)
  syncFolder(dirname(path))
}

function attempt<T>(run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw new RemitError('log_unavailable', { detail: 'The head file of the log cannot be used.', cause })
  }
}
