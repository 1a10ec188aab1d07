import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { RemitError } from './errors.ts'

const masterKeyBytes = 32

/** Every right of group and world. */
const othersMay = 0o077

/** Reads the master key (32 bytes, base64url) of a file, or makes it (mode 0600) where `mayMake`. Errors: `config_invalid`. */
export function readMasterKey(file: string, mayMake: boolean): Uint8Array {
  if (!existsSync(file)) {
    if (!mayMake) throw new RemitError('config_invalid', { detail: `The master key file ${file} is missing.` })
    writeFileSync(file, `${randomBytes(masterKeyBytes).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
  }
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

/** Reads a sealed secret beside the store, or keeps the one that `make` gives. */
export function keepSealed(file: string, make: () => string): string {
  if (!existsSync(file)) writeFileSync(file, `${make()}\n`, { mode: 0o600, flag: 'wx' })
  return readFileSync(file, 'utf8').trim()
}
