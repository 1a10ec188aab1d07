import { z } from 'zod'
import type { TokenRequest } from '../../../decide/requests.ts'
import { RemitError } from '../../../ground/errors.ts'
import { taskDetailsType } from '../../../issue/access-token.ts'
import { parseJsonBody } from '../../input/json-body.ts'
import { composition } from '../../input/shapes.ts'
import type { Context } from '../../route.ts'
import { type Form, required } from '../form.ts'

const details = z.tuple([
  z.strictObject({
    type: z.literal(taskDetailsType),
    task_id: z.string().min(1).max(200),
    composition: composition.optional(),
  }),
])

/** What would ask for more than the tokens of this house can say: it is refused, so that nobody believes it was heard. */
const UNHEARD: Readonly<Record<string, RemitError>> = {
  actor_token: new RemitError('request_invalid', {
    detail: 'The subject of the token is who acts; a task is handed on by delegation, and not by an actor_token.',
  }),
}

/**
 * Reads which token is asked for: its task (RFC 9396) and its one target (RFC 8707, RFC 8693 section 2.1).
 * Errors: `request_invalid`, `scope_exceeded`, `target_invalid`, `details_invalid`.
 */
export function readTokenRequest({ house, body }: Context<Form, null>): TokenRequest {
  const unheard = Object.entries(UNHEARD).find(([name]) => body[name] !== undefined)
  if (unheard !== undefined) throw unheard[1]
  const { resource = body['audience'], audience = resource } = body
  // the house would be the most powerful target: nobody gets that for having left it out
  if (resource === undefined)
    throw new RemitError('target_invalid', {
      detail: `Say what the token is for: resource is ${house.publicUrl} for the API, or ${house.publicUrl}/mcp/NAME for a server.`,
    })
  if (audience !== resource)
    throw new RemitError('target_invalid', { detail: 'resource and audience name two targets; a token has one.' })
  const asked = body['scope'] === undefined ? readDetails(required(body, 'authorization_details')) : readScope(body)
  return {
    taskId: asked.task_id,
    audience,
    ...(asked.composition === undefined ? {} : { composition: asked.composition }),
  }
}

/** For clients that can say a scope and nothing richer: it names the task, whose own scope is what counts. */
function readScope({ scope = '', authorization_details: told }: Form): z.infer<typeof details>[0] {
  const [, taskId] = /^task:([\w-]{1,200})$/.exec(scope) ?? []
  if (taskId === undefined || told !== undefined)
    throw new RemitError('scope_exceeded', {
      detail: 'The one scope here is task:ID, in place of authorization_details: the scope of the task is what counts.',
    })
  return { type: taskDetailsType, task_id: taskId }
}

/** RFC 9396 section 2: exactly one detail, of the one type that is offered, with no member that is not known. */
function readDetails(json: string): z.infer<typeof details>[0] {
  const read = details.safeParse(parseDetails(json))
  if (!read.success)
    throw new RemitError('details_invalid', {
      detail: `authorization_details must be [{"type":"${taskDetailsType}","task_id":"…"}]; a composition in it has a model, and a promptDigest and toolsDigest of 64 lowercase hexadecimal digits or null.`,
    })
  return read.data[0]
}

function parseDetails(json: string): unknown {
  try {
    return parseJsonBody(json)
  } catch (cause) {
    throw new RemitError('details_invalid', { detail: 'authorization_details is not JSON.', cause })
  }
}
