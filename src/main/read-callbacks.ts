import { readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import type { Config } from '../config.ts'
import type { CallbackTarget } from '../enforce/callback-sender.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { isPublicAddress } from '../ground/public-address.ts'

/** Reads where those who ask for access may be told, with the secret of each. Errors: `config_invalid`, naming the setting. */
export function readCallbacks({ accessCallbacks }: Pick<Config, 'accessCallbacks'>): readonly CallbackTarget[] {
  return accessCallbacks.map(({ endpoint, secretFile, identities, allowInternal, caFile }) => {
    const host = new URL(endpoint).hostname.replace(/^\[|\]$/g, '')
    if (!allowInternal && isIP(host) !== 0 && !isPublicAddress(host))
      throw refuse(endpoint, 'lies inside; set allowInternal if that is meant')
    return {
      endpoint,
      identities,
      allowInternal,
      secret: readSecret(endpoint, secretFile),
      ...(caFile === undefined ? {} : { ca: read(endpoint, caFile) }),
    }
  })
}

function readSecret(endpoint: string, file: string): string {
  const secret = read(endpoint, file).trim()
  if ((statSync(file).mode & 0o077) !== 0) throw refuse(endpoint, `${file} may be read by others; chmod 600 it`)
  if (secret.length < LIMITS.callbackSecretCharsMin)
    throw refuse(endpoint, `${file} holds fewer than ${LIMITS.callbackSecretCharsMin} characters`)
  return secret
}

function read(endpoint: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw refuse(endpoint, `${file} cannot be read`, cause)
  }
}

function refuse(endpoint: string, why: string, cause?: unknown): RemitError {
  return new RemitError('config_invalid', {
    detail: `The configuration is not valid: accessCallbacks: ${endpoint}: ${why}.`,
    cause,
  })
}
