import type { WorkloadCaller } from '../../../authenticate/caller.ts'
import { parseCompactJwt, typeOf } from '../../../authenticate/compact-jwt.ts'
import { idJagType } from '../../../authenticate/person/id-jag.ts'
import { changeKey } from '../../../contract/change.ts'
import { openGrantedTask } from '../../../flow/token/across/open-granted-task.ts'
import { isError, RemitError } from '../../../ground/errors.ts'
import type { Context, Reply } from '../../route.ts'
import { admitClient, refuseAs } from '../client.ts'
import { type Form, required } from '../form.ts'
import { answerToken } from './answer-token.ts'
import { readNamedTarget } from './token-request.ts'

/** True for an assertion that says it is an ID-JAG: nothing of it is believed yet. */
export function isIdentityGrant(jwt: string): boolean {
  try {
    return typeOf(parseCompactJwt(jwt).header) === idJagType
  } catch {
    return false // whoever verifies assertions says what is wrong with it
  }
}

/** Of two who show something at once one finds that only as it is written down: the grant, or the proof of the client. */
function refuseAsSpent({ changes }: Pick<WorkloadCaller, 'changes'>): (error: unknown) => never {
  return (error) => {
    const { cause } = error instanceof RemitError ? error : {}
    const isOfClient = isError(cause, 'conflict') && changes.some((change) => changeKey(change) === cause.facts['key'])
    return refuseAs(isOfClient ? 'invalid_client' : 'invalid_grant')(error)
  }
}

/**
 * What an identity provider lets a client do for a person, as the grant (draft-ietf-oauth-identity-assertion-authz-grant
 * section 4.4): the client authenticates itself, and gets a token of a task on behalf of that person. Errors: `invalid_client`
 * for a client that does not, `invalid_grant` for a grant that is not its own, `invalid_target`, `invalid_scope`, and those of
 * a denial.
 */
export async function takeIdentityGrant(context: Context<Form, null>): Promise<Reply> {
  const { house, body } = context
  if (!house.speaks('id-jag')) throw new RemitError('grant_unsupported', { detail: 'ID-JAGs are not taken here.' })
  if (body['authorization_details'] !== undefined)
    throw new RemitError('details_invalid', { detail: 'With an ID-JAG, scope says what is asked for.' })
  const resource = readNamedTarget(context)
  const client = await admitClient(context)
  const grant = await house.authenticate
    .byIdentityGrant(required(body, 'assertion'), client)
    .catch(refuseAs('invalid_grant'))
  const refuseSpent = refuseAsSpent(client)
  const ask = { resource, scope: body['scope'] }
  const granted = await openGrantedTask(house, client, grant, ask).catch(refuseSpent)
  context.admitted(granted.client)
  const asked = { taskId: granted.taskId, audience: granted.resource }
  return await answerToken(context, granted.client, asked, { scope: granted.scope }).catch(refuseSpent)
}
