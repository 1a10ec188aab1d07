import { statSync } from 'node:fs'

/** Which file it is, wherever it lies: device and inode. */
export type FileId = `${bigint}:${bigint}`

/** Says which file lies at a path now. Throws what the platform throws. */
export function fileAt(path: string): FileId {
  const { dev, ino } = statSync(path, { bigint: true })
  return `${dev}:${ino}`
}
