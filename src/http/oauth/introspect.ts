import type { Caller } from '../../authenticate/caller.ts'
import { introspectToken } from '../../flow/token/introspect-token.ts'
import type { Context } from '../route.ts'
import { admitOrKnow } from './client.ts'
import { type Form, required } from './form.ts'

/** RFC 7662. */
export async function introspect(context: Context<Form, Caller | null>): Promise<object> {
  const token = required(context.body, 'token')
  return introspectToken(context.house, await admitOrKnow(context), token)
}
