import { RemitError } from '../../../ground/errors.ts'

/** RFC 8693 section 2.2.2: whatever is wrong with a subject token is an `invalid_request`. What is wrong with us stays so. */
export function refuseSubject(error: unknown): never {
  if (!(error instanceof RemitError) || error.status >= 500) throw error
  const { code, facts, cause } = error
  throw new RemitError(code, { detail: `The subject_token: ${error.detail}`, facts, cause, oauth: 'invalid_request' })
}
