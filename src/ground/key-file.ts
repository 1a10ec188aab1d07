import { createPrivateKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RemitError } from './errors.ts'
import { makeKeyPair } from './key-pair.ts'
import { keeperOf, type MasterKeyConfig, masterKeyBytes, plainFileOf, readOtherKey } from './master-key.ts'
import { type MasterKeys, openSecret, resealSecret, sealSecret } from './seal.ts'
import { holdsSomething, writeWhole } from './whole-file.ts'

/** What the log's key is sealed for. */
const LOG_CONTEXT = 'log'

/** Makes a file that nobody but its owner may read, or takes that right from others; what it holds stays. */
export function keepPrivate(file: string): void {
  if (existsSync(file)) chmodSync(file, 0o600)
  else writeFileSync(file, '', { mode: 0o600, flag: 'wx' })
}

/** Where the keys of a house lie, and by what it is known that they were made before. */
export interface KeyPlace {
  readonly dataDir: string
  /** Who keeps the master key, if not the data folder. */
  readonly masterKey?: MasterKeyConfig | undefined
  /** Files that hold something only where the keys were kept before. */
  readonly traces: readonly string[]
}

/** The keys of a house. Those that had to be made are nowhere yet until they are kept. */
export interface HouseKeys extends MasterKeys {
  readonly logKey: KeyObject
  /** What is derived for what others hold on to, whichever the master key is: it lasts as long as the log's key. */
  readonly lastingSecret: Uint8Array
  /** True where the log's key was made just now: then it signs no log that is there. */
  readonly isNew: boolean
  /** Writes what was made to its files, mode 0600; once. */
  keep(): void
}

/**
 * Reads the master key and the log's key, which lies sealed beside the store, as it is needed before anything can be
 * recorded. Makes them for a place that was never used; one that is gone elsewhere is never replaced, since what it
 * sealed or signed would be lost behind another fault; where another one opens the house, the module of a token makes the
 * one that replaces it. Errors: `config_invalid`, naming the file.
 */
export function readHouseKeys(place: KeyPlace): HouseKeys {
  const keeper = keeperOf(place.dataDir, place.masterKey)
  const logFile = join(place.dataDir, 'log.key')
  const isUsed = place.traces.some(holdsSomething)
  const [noMaster, isNew] = [!holdsSomething(keeper.file), !holdsSomething(logFile)]
  const otherKey = readOtherKey(place.dataDir, place.masterKey)
  if (noMaster && otherKey === null) refuseUnwrapped(place)
  if (noMaster) refuseLost(keeper.file, keeper.isTheirs, otherKey === null && (isUsed || !isNew))
  if (isNew) refuseLost(logFile, false, isUsed)
  const keys = { masterKey: noMaster ? randomBytes(masterKeyBytes) : keeper.read(), otherKey }
  const { sealed, isAnew } = isNew ? { sealed: sealLogKey(keys.masterKey), isAnew: true } : readLogKey(keys, logFile)
  const made = [
    ...(noMaster ? [[keeper.file, keeper.write(keys.masterKey)] as const] : []),
    ...(isAnew ? [[logFile, sealed] as const] : []), // after the key that opens it
  ]
  const logKey = openLogKey(keys.masterKey, sealed)
  return {
    ...keys,
    logKey,
    lastingSecret: deriveLasting(logKey),
    isNew,
    keep: () => {
      for (const [file, text] of made.splice(0)) writeWhole(file, `${text}\n`, 0o600, file === logFile && !isNew)
    },
  }
}

function readLogKey(keys: MasterKeys, file: string): { readonly sealed: string; readonly isAnew: boolean } {
  const sealed = readFileSync(file, 'utf8').trim()
  const anew = resealSecret(keys, sealed, LOG_CONTEXT)
  return { sealed: anew ?? sealed, isAnew: anew !== null }
}

function deriveLasting(logKey: KeyObject): Uint8Array {
  const secret = logKey.export({ format: 'der', type: 'pkcs8' })
  return new Uint8Array(hkdfSync('sha256', secret, '', 'lasting secret', 32))
}

/** Opens the log's key. Errors: `config_invalid` where another master key sealed it. */
export function openLogKey(masterKey: Uint8Array, sealed: string): KeyObject {
  const key = Buffer.from(openSecret(masterKey, sealed, LOG_CONTEXT))
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

/** A key in clear that a token is to keep from now on is wrapped by hand, once: a start never decides that. */
function refuseUnwrapped({ dataDir, masterKey }: KeyPlace): void {
  if (masterKey?.pkcs11 === undefined || !holdsSomething(plainFileOf(dataDir))) return
  throw new RemitError('config_invalid', {
    detail: `The master key still lies in clear in ${plainFileOf(dataDir)}: \`remit key wrap --config FILE\` has the token of masterKey.pkcs11 wrap it.`,
  })
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
