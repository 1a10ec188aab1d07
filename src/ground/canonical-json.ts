import { NotJson, writeCanonical } from '../contract/log/canonical-json.ts'
import { RemitError } from './errors.ts'

/**
 * Writes a value as canonical JSON (RFC 8785), as the contract does. Throws `request_invalid` on what JSON cannot carry,
 * `body_too_deep` beyond 64 levels, so for cycles too.
 */
export function canonicalJson(value: unknown): string {
  try {
    return writeCanonical(value)
  } catch (error) {
    if (!(error instanceof NotJson)) throw error
    throw error.isTooDeep
      ? new RemitError('body_too_deep')
      : new RemitError('request_invalid', { detail: error.message })
  }
}
