import type { WorkloadCaller } from '../../../authenticate/caller.ts'
import type { TokenRequest } from '../../../decide/requests.ts'
import { openOwnTask } from '../../../flow/token/server/open-own-task.ts'
import { findServer, type Server } from '../../../flow/token/server/server-task.ts'
import type { Context, Reply } from '../../route.ts'
import type { Form } from '../form.ts'
import { answerToken } from './answer-token.ts'
import { readTokenRequest } from './token-request.ts'

/** What a client asks for that acts for itself: a token of a task, or of whichever task it has at a server. */
export type ClientAsk = TokenRequest | { readonly at: Server; readonly scope: string | undefined }

/**
 * Reads that, as `readTokenRequest` does where a task is named. MCP clients know the server alone, and the scopes of its
 * metadata.
 */
export function readClientAsk(context: Context<Form, null>): ClientAsk {
  const { resource, audience = resource, scope, authorization_details: details } = context.body
  const at = resource === audience ? findServer(context.house, resource) : undefined
  const isTaskNamed = details !== undefined || scope?.startsWith('task:') === true
  return at === undefined || isTaskNamed ? readTokenRequest(context) : { at, scope }
}

/** Answers it, once the client has proved itself. */
export async function answerClient(
  context: Context<Form, null>,
  caller: WorkloadCaller,
  asked: ClientAsk,
): Promise<Reply> {
  if (!('at' in asked)) return answerToken(context, caller, asked, {})
  const own = await openOwnTask(context.house, caller, asked.at, asked.scope)
  context.admitted(own.caller)
  const request = { taskId: own.taskId, audience: asked.at.resource }
  return answerToken(context, own.caller, request, { scope: own.scope })
}
