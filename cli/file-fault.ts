import { existsSync } from 'node:fs'
import { dirname } from 'node:path'

interface FileFault {
  readonly sentence: string
  readonly next: string
}

const NOT_ALLOWED = (path: string): FileFault => ({
  sentence: existsSync(path) ? `You may not read or write ${path}.` : `You may not write into ${dirname(path)}.`,
  next: 'Choose another place, or run it as who may.',
})

/** What is said of a path, by the code of the system. */
const FAULTS: Readonly<Record<string, (path: string) => FileFault>> = {
  ENOENT: (path) =>
    existsSync(dirname(path))
      ? { sentence: `There is no file ${path}.`, next: 'Check the path.' }
      : { sentence: `There is no folder ${dirname(path)}.`, next: 'Check the path, or make the folder first.' },
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  EROFS: NOT_ALLOWED,
  EISDIR: (path) => ({ sentence: `${path} is a folder.`, next: 'Name a file.' }),
  ENOTDIR: (path) => ({ sentence: `A part of ${path} is a file and no folder.`, next: 'Check the path.' }),
}

/** Says in our words why a file could not be read or written; undefined of any other failure. */
export function describeFileFault(error: unknown): FileFault | undefined {
  if (!(error instanceof Error && 'code' in error && 'path' in error)) return undefined
  const { code, path } = error
  if (typeof code !== 'string' || typeof path !== 'string' || !Object.hasOwn(FAULTS, code)) return undefined
  return FAULTS[code]?.(path)
}
