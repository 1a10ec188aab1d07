import type { Permit } from '../contract/decision.ts'
import { canonicalJson } from '../ground/canonical-json.ts'
import { digestCall } from '../ground/digest.ts'
import { RemitError } from '../ground/errors.ts'
import { type Recorded, spend } from '../record/recorded.ts'
import type { Members, ToolDefinition } from './tool-definition.ts'
import { paramHeaderNames, paramHeaders } from './tool-headers.ts'
import type { Upstream } from './upstream.ts'
import type { Reply } from './upstream-connection.ts'

/** A tool call as it will be sent. */
export interface RawCall {
  readonly server: string
  readonly tool: string
  readonly arguments: Members
  /** Parameters beside name and arguments: what of `_meta` goes on (`passOnMeta`). */
  readonly rest: Members
  /** The `Mcp-Param-*` headers that came with it, by lower-case name; those that mirror arguments are written anew. */
  readonly paramHeaders: Readonly<Record<string, string>>
}

/** By which way it goes. */
export interface CallRoute {
  readonly upstream: Upstream
  readonly signal: AbortSignal
  readonly onProgress?: ((params: Members) => void) | undefined
  /** What the gateway says of itself and of who acts, beside. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * Spends a recorded permit, once, by sending exactly the call that it permits. Errors: `permit_spent`,
 * `call_changed` where the call is not the permitted one, `tool_quarantined` where the tool is not the reviewed one,
 * those of the upstream, or the reason of the signal.
 */
export async function sendPermittedCall(
  recorded: Recorded<Permit<'call'>>,
  call: RawCall,
  route: CallRoute,
): Promise<Reply> {
  const permit = spend(recorded)
  holdToPermit(permit, call)
  route.signal.throwIfAborted()
  const definition = (await route.upstream.listTools()).get(call.tool)
  if (definition === undefined)
    throw new RemitError('not_found', { detail: 'The server does not offer this tool now.' })
  const { definitionDigest } = permit.grant.action
  if (definitionDigest !== null && definition.digest !== definitionDigest) throw new RemitError('tool_quarantined')
  return route.upstream.ask({
    method: 'tools/call',
    params: { ...call.rest, name: call.tool, arguments: call.arguments },
    headers: {
      ...foreignParams(call, definition),
      ...paramHeaders(definition.shown['inputSchema'], call.arguments),
      ...route.headers,
    },
    signal: route.signal,
    ...(route.onProgress === undefined ? {} : { onProgress: route.onProgress }),
  })
}

/** An intermediary passes on what it does not know (2026-07-28, transports); what it knows, it vouches for itself. */
function foreignParams(call: RawCall, definition: ToolDefinition): Readonly<Record<string, string>> {
  const known = paramHeaderNames(definition.shown['inputSchema'])
  return Object.fromEntries(Object.entries(call.paramHeaders).filter(([name]) => !known.includes(name)))
}

function holdToPermit({ grant, policyVersion }: Permit<'call'>, call: RawCall): void {
  const isSame =
    grant.action.name === `${call.server}/${call.tool}` &&
    grant.action.digest ===
      digestCall({
        ...call,
        argumentsText: canonicalJson(call.arguments),
        taskId: grant.taskId,
        policyVersion,
        judged: grant.action,
      })
  if (!isSame) throw new RemitError('call_changed')
}
