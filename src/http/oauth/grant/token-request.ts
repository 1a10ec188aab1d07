import type { TokenRequest } from '../../../decide/requests.ts'
import { requireAudience } from '../../../flow/token/exchange-token.ts'
import { RemitError } from '../../../ground/errors.ts'
import { taskDetailsType } from '../../../issue/access-token.ts'
import type { Context } from '../../route.ts'
import { readDetails } from '../details/read-details.ts'
import type { DetailsOf } from '../details/types.ts'
import { type Form, required } from '../form.ts'

/** What goes with an exchange in which somebody acts for another, and with nothing else (RFC 8693 section 2.1). */
const OF_ACTORS = ['actor_token', 'actor_token_type', 'subject_token_proof']
/** And what goes with every exchange. */
const OF_EXCHANGES = [...OF_ACTORS, 'subject_token', 'subject_token_type']

/**
 * Refuses what goes with a token exchange alone in the request of another grant: who says there for whom it is, or who acts,
 * would get a token that says otherwise. Error: `request_invalid`.
 */
export function refuseOfExchange(body: Form): void {
  const unheard = OF_EXCHANGES.find((name) => body[name] !== undefined)
  if (unheard !== undefined)
    throw new RemitError('request_invalid', {
      detail: `${unheard} goes with a token exchange, and with no other grant.`,
    })
}

/**
 * Reads which token is asked for: its task (RFC 9396) and its one target (RFC 8707, RFC 8693 section 2.1).
 * Errors: `request_invalid`, `scope_exceeded`, `target_invalid`, `details_invalid`.
 */
export function readTokenRequest(context: Context<Form, null>): TokenRequest {
  const { body } = context
  const unheard = OF_ACTORS.find((name) => body[name] !== undefined)
  if (unheard !== undefined)
    throw new RemitError('request_invalid', {
      detail: `${unheard} goes with the token exchange in which an actor_token shows who acts, and with nothing else.`,
    })
  const audience = readTarget(context)
  const [details, scope] = [body['authorization_details'], body['scope']]
  // who names no task may know of none: that the server is not here comes first; of what lies elsewhere no stranger is told
  const isHere = audience.startsWith(`${context.house.publicUrl}/`)
  if (isHere && details === undefined && scope?.startsWith('task:') !== true) requireAudience(context.house, audience)
  const asked =
    scope === undefined ? readDetails(required(body, 'authorization_details'), taskDetailsType) : readScope(body)
  return {
    taskId: asked.task_id,
    audience,
    ...(asked.composition === undefined ? {} : { composition: asked.composition }),
  }
}

/** Reads the one target that a request names, where it need not name any. Error: `target_invalid`. */
export function readNamedTarget(context: Context<Form, null>): string | undefined {
  const { resource, audience } = context.body
  return resource === undefined && audience === undefined ? undefined : readTarget(context)
}

/** Reads the one target of a token (RFC 8707, RFC 8693 section 2.1). Error: `target_invalid`. */
export function readTarget({ house, body }: Context<Form, null>): string {
  const { resource = body['audience'], audience = resource } = body
  // the house would be the most powerful target: nobody gets that for having left it out
  if (resource === undefined || audience === undefined)
    throw new RemitError('target_invalid', {
      detail: `Say what the token is for: resource is ${house.publicUrl} for the API, or ${house.publicUrl}/mcp/NAME for a server.`,
    })
  if (audience !== resource)
    throw new RemitError('target_invalid', { detail: 'resource and audience name two targets; a token has one.' })
  return audience
}

/** For clients that can say a scope and nothing richer: it names the task, whose own scope is what counts. */
function readScope({ scope = '', authorization_details: told }: Form): DetailsOf<typeof taskDetailsType> {
  const [, taskId] = /^task:([\w-]{1,200})$/.exec(scope) ?? []
  if (taskId === undefined || told !== undefined)
    throw new RemitError('scope_exceeded', {
      detail: 'The one scope here is task:ID, in place of authorization_details: the scope of the task is what counts.',
    })
  return { type: taskDetailsType, task_id: taskId }
}
