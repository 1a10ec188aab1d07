import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { RemitError } from '../ground/errors.ts'
import { isPublicAddress } from '../ground/public-address.ts'

/** Reads a file that a setting names, as UTF-8. Errors: `config_invalid`, naming the setting. */
export function readNamedFile(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw refuseSetting(setting, `${file} cannot be read`, cause)
  }
}

/** Holds an address that a setting writes out to lie outside; one by name is looked at when it is asked. Errors: `config_invalid`. */
export function requireOutside(setting: string, address: string): void {
  const host = new URL(address).hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !isPublicAddress(host))
    throw refuseSetting(setting, 'lies inside; set allowInternal if that is meant')
}

/** Makes what refuses a start for a setting. */
export function refuseSetting(setting: string, why: string, cause?: unknown): RemitError {
  return new RemitError('config_invalid', {
    detail: `The configuration is not valid: ${setting}: ${why}.`,
    cause,
  })
}
