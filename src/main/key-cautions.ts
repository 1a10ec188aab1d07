import type { Config } from '../config.ts'
import { plainFileOf } from '../ground/master-key.ts'
import { holdsSomething } from '../ground/whole-file.ts'

/** Says what of the keys deserves a second look, as it lies on the disk. */
export function findKeyCautions({ dataDir, masterKey }: Config): readonly string[] {
  const isInClear = masterKey !== undefined && holdsSomething(plainFileOf(dataDir))
  return isInClear
    ? [`masterKey: a key lies in clear in ${plainFileOf(dataDir)} as well; destroy it, and copies of it`]
    : []
}
