import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { RemitError } from '../ground/errors.ts'
import { openLogKey } from '../ground/key-file.ts'
import { keeperOf, plainFileOf, readMasterKey } from '../ground/master-key.ts'
import { holdsSomething, writeWhole } from '../ground/whole-file.ts'

/** What was moved: where the key lay in clear, and lies still, and where it lies wrapped. */
export interface Wrapped {
  readonly from: string
  readonly to: string
}

/**
 * Has the hardware security module of the configuration wrap the master key of a house that is there, and writes it beside the
 * rest. The key stays the same, so a server that runs goes on; the file in clear stays too, until somebody is sure. Errors:
 * `config_invalid` where no module is configured, the key is missing or is not that of the house, or was wrapped before.
 */
export function wrapMasterKey({ dataDir, masterKey }: Config, from = plainFileOf(dataDir)): Wrapped {
  if (masterKey?.pkcs11 === undefined)
    throw new RemitError('config_invalid', {
      detail: 'masterKey.pkcs11 is not configured: say first which module is to keep the key.',
    })
  const keeper = keeperOf(dataDir, masterKey)
  if (holdsSomething(keeper.file))
    throw new RemitError('config_invalid', {
      detail: `${keeper.file} is there already, and a key is not written over.`,
    })
  const key = readMasterKey(from)
  const logFile = join(dataDir, 'log.key')
  if (!existsSync(logFile))
    throw new RemitError('config_invalid', {
      detail: `${dataDir} holds no house; a new one makes its key by the module itself.`,
    })
  openLogKey(key, readFileSync(logFile, 'utf8').trim())
  writeWhole(keeper.file, `${keeper.write(key)}\n`, 0o600)
  return { from, to: keeper.file }
}
