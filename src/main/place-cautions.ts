import { statSync } from 'node:fs'
import type { Config } from '../config.ts'

/** Everybody may write there; where a folder is sticky, they may not take away what is there. */
const [FOR_ALL, STICKY] = [0o002, 0o1000]

/**
 * Says who beside this user can change what a house rests on, as it lies on the disk; `configFile` is where the configuration was read.
 * Groups are left out: those who run servers give a volume one on purpose.
 */
export function findPlaceCautions({ dataDir, policiesDir }: Config, configFile?: string): readonly string[] {
  const open: readonly (readonly [key: string, path: string | undefined, what: string])[] = [
    ['dataDir', dataDir, 'put an older store and log there'],
    ['policiesDir', policiesDir, 'say what the policies are from the next start on'],
    ['configuration', configFile, 'have commands run as Remit'],
  ]
  const written = open.flatMap(([key, path, what]) =>
    path !== undefined && isForAll(path)
      ? [`${key}: everybody may write to ${path}, and so ${what}; chmod o-w it`]
      : [],
  )
  const { uid } = statSync(dataDir, { throwIfNoEntry: false }) ?? { uid: 0 }
  const isOwn = uid === 0 || uid === process.geteuid?.()
  return isOwn ? written : [...written, `dataDir: ${dataDir} belongs to another user (${uid}); chown it`]
}

function isForAll(path: string): boolean {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
  return (mode & (FOR_ALL | STICKY)) === FOR_ALL
}
