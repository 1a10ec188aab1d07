import type { PresentedAs } from '../../../authenticate/presented.ts'
import { issueGrant } from '../../../flow/token/across/issue-grant.ts'
import { RemitError } from '../../../ground/errors.ts'
import { admitAssertion, readProof } from '../../entrance/admit.ts'
import type { Context, Reply } from '../../route.ts'
import { type Form, required } from '../form.ts'
import { writeToken } from './answer-token.ts'
import { readTokenRequest } from './token-request.ts'
import { TOKEN_TYPES } from './token-types.ts'

/**
 * Token exchange for an ID-JAG (draft-ietf-oauth-identity-assertion-authz-grant section 4.3): a workload's assertion in, a
 * grant for the authorization server of another domain out, inside the task that `authorization_details` names. `audience` is
 * the issuer of that server, `resource` and `scope` are its own. Errors: `target_invalid`, `scope_exceeded`, those of a denial.
 */
export async function exchangeAcross(
  context: Context<Form, null>,
  shown: { readonly jwt: string; readonly as: PresentedAs },
): Promise<Reply> {
  const { house, body } = context
  if (!house.speaks('id-jag')) throw new RemitError('request_invalid', { detail: 'ID-JAGs are not made here.' })
  const { resource, scope, ...rest } = body
  const { audience } = rest
  required(body, 'authorization_details')
  const { taskId, composition } = readTokenRequest({ ...context, body: rest })
  const caller = await admitAssertion(context, shown, await readProof(context, undefined))
  context.admitted(caller)
  const issued = await issueGrant(house, caller, { taskId, composition, audience, resource, scope })
  return writeToken(issued, { issued_token_type: TOKEN_TYPES.idJag, scope: issued.scope })
}
