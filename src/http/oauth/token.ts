import { RemitError } from '../../ground/errors.ts'
import type { Context, Reply } from '../route.ts'
import { type Form, required } from './form.ts'
import { tokenExchange } from './grant/exchange.ts'
import { GRANTS } from './grant/grants.ts'
import { refuseOfExchange } from './grant/token-request.ts'

/** The token endpoint: one row of `GRANTS` a grant type. Errors: `grant_unsupported`, `request_invalid`, and those of the grant. */
export async function issueToken(context: Context<Form, null>): Promise<Reply> {
  const type = required(context.body, 'grant_type')
  const grant = GRANTS.find((row) => row.type === type)
  if (grant === undefined) throw new RemitError('grant_unsupported')
  if (grant !== tokenExchange) refuseOfExchange(context.body)
  return grant.run(context)
}
