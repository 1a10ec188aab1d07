import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { RemitError } from './errors.ts'
import { type TokenPlace, withTokenKey } from './pkcs11/token-key.ts'
import { holdsSomething } from './whole-file.ts'

export const masterKeyBytes = 32

/** Who keeps a master key: a file that holds it, or a token that opens a file which holds it wrapped. */
export interface KeeperConfig {
  readonly file?: string | undefined
  readonly pkcs11?: (TokenPlace & { readonly pinFile: string }) | undefined
}

/** Who keeps the master key, and who keeps the one that it replaces, or that will replace it. */
export interface MasterKeyConfig extends KeeperConfig {
  readonly other?: KeeperConfig | undefined
}

/** The file of a master key, and how it is read and written. */
export interface MasterKeeper {
  readonly file: string
  /** True where the configuration names the file, and it is not ours to make. */
  readonly isTheirs: boolean
  /** Errors: `config_invalid`. */
  read(): Uint8Array
  /** Gives what the file of a key holds. Errors: `config_invalid`. */
  write(key: Uint8Array): string
}

/** Says who keeps the master key of a data folder. */
export function keeperOf(dataDir: string, { file, pkcs11 }: KeeperConfig = {}): MasterKeeper {
  if (pkcs11 !== undefined) return keepInToken(wrappedFileOf(dataDir), pkcs11)
  const place = file ?? plainFileOf(dataDir)
  return {
    file: place,
    isTheirs: file !== undefined,
    read: () => readMasterKey(place),
    write: (key) => Buffer.from(key).toString('base64url'),
  }
}

/** Where a master key lies in clear that nobody has put elsewhere. */
export const plainFileOf = (dataDir: string): string => join(dataDir, 'master.key')

/** Where a master key lies that a token opens. */
const wrappedFileOf = (dataDir: string): string => join(dataDir, 'master.key.wrapped')

/** Reads the other master key; null where none is named. Errors: `config_invalid`. */
export function readOtherKey(dataDir: string, { other }: MasterKeyConfig = {}): Uint8Array | null {
  if (other === undefined) return null
  if (other.pkcs11 === undefined) return keeperOf(dataDir, other).read()
  return keepInToken(`${wrappedFileOf(dataDir)}.other`, other.pkcs11).read()
}

/** Every right of group and world. */
const othersMay = 0o077

function readPrivate(file: string, what: string): string {
  if (!holdsSomething(file)) throw new RemitError('config_invalid', { detail: `${what} ${file} is missing or empty.` })
  const found = statSync(file)
  if (found.isDirectory()) throw new RemitError('config_invalid', { detail: `${what} ${file} is a folder.` })
  if ((found.mode & othersMay) !== 0)
    throw new RemitError('config_invalid', { detail: `${what} ${file} may be read by others; chmod 600 it.` })
  return readFileSync(file, 'utf8').trim()
}

/** Reads the master key (32 bytes, base64url) of a file. Errors: `config_invalid`. */
export function readMasterKey(file: string): Uint8Array {
  return requireWhole(Buffer.from(readPrivate(file, 'The master key file'), 'base64url'), file)
}

function requireWhole(key: Uint8Array, file: string): Uint8Array {
  if (key.length === masterKeyBytes) return key
  throw new RemitError('config_invalid', {
    detail: `The master key file ${file} does not hold ${masterKeyBytes} bytes in base64url.`,
  })
}

const [WRAPPED, CONTEXT] = ['remit-wrapped-1.', 'remit master key']

function keepInToken(file: string, { pinFile, ...place }: NonNullable<KeeperConfig['pkcs11']>): MasterKeeper {
  const readPin = (): string => readPrivate(pinFile, 'The PIN file')
  return {
    file,
    isTheirs: false,
    read() {
      const text = holdsSomething(file) ? readFileSync(file, 'utf8').trim() : ''
      if (!text.startsWith(WRAPPED))
        throw new RemitError('config_invalid', {
          detail: `${file} holds no wrapped master key; put back that of a backup.`,
        })
      const sealed = Buffer.from(text.slice(WRAPPED.length), 'base64url')
      return requireWhole(
        withTokenKey(place, readPin(), (key) => key.decrypt(sealed, CONTEXT)),
        file,
      )
    },
    write: (key) =>
      withTokenKey(place, readPin(), (held) => {
        const sealed = held.encrypt(key, CONTEXT)
        if (!Buffer.from(held.decrypt(sealed, CONTEXT)).equals(key))
          throw new RemitError('config_invalid', {
            detail: 'The hardware security module does not give back what it wrapped.',
          })
        return `${WRAPPED}${Buffer.from(sealed).toString('base64url')}`
      }),
  }
}
