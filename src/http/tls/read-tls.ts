import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { RemitError } from '../../ground/errors.ts'

/** A certificate chain and its key, as PEM. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** Reads certificate and key, and tries them on each other. Errors: `config_invalid` with the name of the setting. */
export function readTls(
  files: { readonly certFile: string; readonly keyFile: string },
  setting: 'tls' | 'mtls' = 'tls',
): TlsFiles {
  const [cert, key] = [readPem(`${setting}.certFile`, files.certFile), readPem(`${setting}.keyFile`, files.keyFile)]
  try {
    createSecureContext({ cert, key })
  } catch (cause) {
    throw new RemitError('config_invalid', {
      detail: `The configuration is not valid: ${setting}.certFile and ${setting}.keyFile are not a certificate and its key, as PEM.`,
      cause,
    })
  }
  return { cert, key }
}

function readPem(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new RemitError('config_invalid', {
      detail: `The configuration is not valid: ${setting}: ${file} cannot be read.`,
      cause,
    })
  }
}
