import type { Caller } from '../../authenticate/caller.ts'
import { introspectToken } from '../../flow/token/introspect-token.ts'
import type { Context } from '../route.ts'
import { type Form, required } from './form.ts'

/** RFC 7662. */
export async function introspect({ house, caller, body }: Context<Form, Caller>): Promise<object> {
  return introspectToken(house, caller, required(body, 'token'))
}
