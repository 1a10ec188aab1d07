import type { ShownSecret } from '../../authenticate/client/static-secret.ts'
import { RemitError } from '../../ground/errors.ts'
import type { Context } from '../route.ts'

const BASE64 = /^[A-Za-z0-9+/]{4,4000}={0,2}$/

/**
 * Reads `client_secret_basic` (RFC 6749 section 2.3.1: both halves are form-encoded before they are put together); null where
 * no such header came. Error: `secret_refused` for one that cannot be read.
 */
export function readBasic(headers: Context['headers']): ShownSecret | null {
  const authorization = headers['authorization'] ?? ''
  if (!/^basic(?: |$)/i.test(authorization)) return null
  const [, value = '', ...rest] = authorization.split(' ')
  const [, clientId, secret] = /^([^:]+):(.+)$/s.exec(rest.length === 0 ? decodeBase64(value) : '') ?? []
  if (clientId === undefined || secret === undefined) throw new RemitError('secret_refused')
  return { clientId: decodeForm(clientId), secret: decodeForm(secret) }
}

function decodeBase64(text: string): string {
  return BASE64.test(text) ? Buffer.from(text, 'base64').toString('utf8') : ''
}

function decodeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw new RemitError('secret_refused', { cause })
  }
}
