import { statSync } from 'node:fs'
import { RemitError } from '../../ground/errors.ts'
import { toStoreError } from '../store-errors.ts'

/** Which file it is, wherever it lies: device and inode. */
export type FileId = `${bigint}:${bigint}`

/** Says which file lies at a path now. Throws what the platform throws. */
export function fileAt(path: string): FileId {
  const { dev, ino } = statSync(path, { bigint: true })
  return `${dev}:${ino}`
}

/** Throws `store_edited` where another file lies at a path by now, or none; `store_failed` where the platform cannot say. */
export function refuseIfMoved(path: string, file: FileId): void {
  if (fileThere(path) === file) return
  throw new RemitError('store_edited', {
    detail: `The file of the store was moved away from ${path}: what is written now is lost. Put that file back while Remit is stopped.`,
  })
}

function fileThere(path: string): FileId | null {
  try {
    return fileAt(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw toStoreError(error)
  }
}
