import { statSync } from 'node:fs'
import type { Config } from '../config.ts'
import type { CallbackTarget } from '../enforce/callback-sender.ts'
import { LIMITS } from '../ground/limits.ts'
import { readNamedFile, refuseSetting, requireOutside } from './read-named-file.ts'

/** Reads where those who ask for access may be told, with the secret of each. Errors: `config_invalid`, naming the setting. */
export function readCallbacks({ accessCallbacks }: Pick<Config, 'accessCallbacks'>): readonly CallbackTarget[] {
  return accessCallbacks.map(({ endpoint, secretFile, identities, allowInternal, caFile }) => {
    const setting = `accessCallbacks: ${endpoint}`
    if (!allowInternal) requireOutside(setting, endpoint)
    return {
      endpoint,
      identities,
      allowInternal,
      secret: readSecret(setting, secretFile),
      ...(caFile === undefined ? {} : { ca: readNamedFile(setting, caFile) }),
    }
  })
}

function readSecret(setting: string, file: string): string {
  const secret = readNamedFile(setting, file).trim()
  if ((statSync(file).mode & 0o077) !== 0) throw refuseSetting(setting, `${file} may be read by others; chmod 600 it`)
  if (secret.length < LIMITS.callbackSecretCharsMin)
    throw refuseSetting(setting, `${file} holds fewer than ${LIMITS.callbackSecretCharsMin} characters`)
  return secret
}
