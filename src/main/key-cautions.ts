import type { Config } from '../config.ts'
import { plainFileOf } from '../ground/master-key.ts'
import { holdsSomething } from '../ground/whole-file.ts'

/** Says what of the keys deserves a second look, as it lies on the disk. What the configuration names there is still needed. */
export function findKeyCautions({ dataDir, masterKey }: Config): readonly string[] {
  const plain = plainFileOf(dataDir)
  const isNeeded = masterKey === undefined || [masterKey.file, masterKey.other?.file].includes(plain)
  return !isNeeded && holdsSomething(plain)
    ? [`masterKey: a key lies in clear in ${plain} as well; destroy it, and copies of it`]
    : []
}
