import { createPrivateKey, type KeyObject, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RemitError } from './errors.ts'
import { makeKeyPair } from './key-pair.ts'
import { openSecret, sealSecret } from './seal.ts'
import { holdsSomething, writeWhole } from './whole-file.ts'

const masterKeyBytes = 32

/** What the log's key is sealed for. */
const LOG_CONTEXT = 'log'

/** Every right of group and world. */
const othersMay = 0o077

/** Reads the master key (32 bytes, base64url) of a file. Errors: `config_invalid`. */
export function readMasterKey(file: string): Uint8Array {
  if ((statSync(file).mode & othersMay) !== 0)
    throw new RemitError('config_invalid', {
      detail: `The master key file ${file} may be read by others; chmod 600 it.`,
    })
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url')
  if (key.length !== masterKeyBytes)
    throw new RemitError('config_invalid', {
      detail: `The master key file ${file} does not hold ${masterKeyBytes} bytes in base64url.`,
    })
  return key
}

/** Makes a file that nobody but its owner may read, or takes that right from others; what it holds stays. */
export function keepPrivate(file: string): void {
  if (existsSync(file)) chmodSync(file, 0o600)
  else writeFileSync(file, '', { mode: 0o600, flag: 'wx' })
}

/** Where the keys of a house lie, and by what it is known that they were made before. */
export interface KeyPlace {
  readonly dataDir: string
  /** Where the master key lies, if not in the data folder. */
  readonly masterKeyFile?: string | undefined
  /** Files that hold something only where the keys were kept before. */
  readonly traces: readonly string[]
}

/** The keys of a house. Those that had to be made are nowhere yet until they are kept. */
export interface HouseKeys {
  readonly masterKey: Uint8Array
  readonly logKey: KeyObject
  /** True where the log's key was made just now: then it signs no log that is there. */
  readonly isNew: boolean
  /** Writes what was made to its files, mode 0600; once. */
  keep(): void
}

/**
 * Reads the master key and the log's key, which lies sealed beside the store, as it is needed before anything can be
 * recorded. Makes them for a place that was never used; one that is gone elsewhere is never replaced, since what it
 * sealed or signed would be lost behind another fault. Errors: `config_invalid`, naming the file.
 */
export function readHouseKeys(place: KeyPlace): HouseKeys {
  const masterFile = place.masterKeyFile ?? join(place.dataDir, 'master.key')
  const logFile = join(place.dataDir, 'log.key')
  const isUsed = place.traces.some(holdsSomething)
  const [noMaster, isNew] = [!holdsSomething(masterFile), !holdsSomething(logFile)]
  if (noMaster) refuseLost(masterFile, place.masterKeyFile !== undefined, isUsed || !isNew)
  if (isNew) refuseLost(logFile, false, isUsed)
  const masterKey = noMaster ? randomBytes(masterKeyBytes) : readMasterKey(masterFile)
  const sealed = isNew ? sealLogKey(masterKey) : readFileSync(logFile, 'utf8').trim()
  const made = [
    ...(noMaster ? [[masterFile, Buffer.from(masterKey).toString('base64url')] as const] : []),
    ...(isNew ? [[logFile, sealed] as const] : []),
  ]
  const logKey = createPrivateKey({
    key: Buffer.from(openSecret(masterKey, sealed, LOG_CONTEXT)),
    format: 'der',
    type: 'pkcs8',
  })
  return {
    masterKey,
    logKey,
    isNew,
    keep: () => {
      for (const [file, text] of made.splice(0)) writeWhole(file, `${text}\n`, 0o600)
    },
  }
}

function sealLogKey(masterKey: Uint8Array): string {
  return sealSecret(masterKey, makeKeyPair('Ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }), LOG_CONTEXT)
}

function refuseLost(file: string, isConfigured: boolean, isUsed: boolean): void {
  if (isUsed)
    throw new RemitError('config_invalid', {
      detail: `${file} is gone or empty; put it back. What it sealed or signed is here, and no other key can take its place.`,
    })
  if (isConfigured)
    throw new RemitError('config_invalid', {
      detail: `The master key file ${file} is missing or empty; put it there, or make one as docs/config.md shows.`,
    })
}
