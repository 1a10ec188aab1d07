import { RemitError } from '../../ground/errors.ts'
import type { BodyOf } from '../route.ts'

/** The parameters of a request to an OAuth address (RFC 6749 appendix B): each once. */
export type Form = BodyOf<'form'>

/** Gives a parameter that has to be there. Error: `request_invalid`. */
export function required(form: Form, name: string): string {
  const value = form[name]
  if (value === undefined) throw new RemitError('request_invalid', { detail: `The parameter ${name} is required.` })
  return value
}
