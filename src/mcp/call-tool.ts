import type { AgentCaller } from '../authenticate/caller.ts'
import type { Permit } from '../contract/decision.ts'
import { isMembers } from '../contract/read-entry.ts'
import type { ToolRule } from '../contract/register/purpose.ts'
import { carryOut } from '../enforce/carry-out.ts'
import type { OpenStreams, StreamFacts } from '../enforce/open-streams.ts'
import { passOnMeta } from '../enforce/outward/passed-on.ts'
import { type RawCall, sendPermittedCall } from '../enforce/permitted-call.ts'
import { isToolName, type Members, type ToolDefinition } from '../enforce/tool-definition.ts'
import { decodeHeader, paramHeaderNames, paramHeaders } from '../enforce/tool-headers.ts'
import type { Reply, RpcFault } from '../enforce/upstream-connection.ts'
import { isCredentialRefused } from '../enforce/upstream-fault.ts'
import type { Grantable } from '../flow/consent/find-grantable.ts'
import { isErrorCode, RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import type { Recorded } from '../record/recorded.ts'
import { writeError, writeResult } from './answer.ts'
import { denialResult, PERMIT_KEY } from './denial.ts'
import type { Exchange, Written } from './exchange.ts'
import type { CallOutcome } from './house.ts'
import { hasChanged } from './list-tools.ts'
import { RPC } from './message.ts'
import { passProgress } from './progress.ts'
import { readProposal } from './proposal.ts'

/**
 * Decides a tool call with its arguments, records the decision, and forwards what is permitted. It counts as open
 * before it is decided, so that a cutoff finds it wherever it stands; once permitted it is judged again while it is open.
 */
export async function callTool(exchange: Exchange): Promise<string | Written> {
  const { parts, caller, server, id, era, signal } = exchange
  const call = readCall(exchange)
  const wish = readProposal(isMembers(exchange.params['_meta']) ? exchange.params['_meta'] : {})
  const asked = { server, tool: call.tool, arguments: call.arguments, wish, asked: exchange.asked }
  let permitted: Recorded<Permit<'call'>> | null = null
  const leave = enterStream(exchange, async () =>
    permitted === null ? null : await parts.house.judgeAgain(caller, asked, permitted),
  )
  try {
    const rule = await parts.house.readToolRule(server, call.tool)
    if (rule?.state === 'active') await holdToPin(exchange, call, rule)
    signal.throwIfAborted()
    const decision = await parts.house.callTool(caller, asked, { rule, signal })
    if ('permitted' in decision) {
      permitted = decision.permitted
      return await forward(exchange, call, permitted)
    }
    const { fact, index } = decision.denied
    const text = writeResult(id, fitEra(era, denialResult(fact, index)))
    const grantable = fact.code === 'scope_exceeded' ? await parts.house.findGrantable(caller, asked) : null
    return grantable === null ? text : { status: 403, text, headers: challengeScope(caller, grantable) }
  } finally {
    leave()
  }
}

/** Tells a client that a person could let it do this, and what to ask them for (RFC 6750 section 3.1, MCP 2026-07-28). */
function challengeScope({ possession }: AgentCaller, { scope, metadata }: Grantable): Readonly<Record<string, string>> {
  const scheme = possession === null ? 'Bearer' : 'DPoP'
  const challenge = `error="insufficient_scope", scope="${scope.join(' ')}", resource_metadata="${metadata}"`
  return { 'www-authenticate': `${scheme} ${challenge}` }
}

/** Members that would let a call do more than its name and arguments say; nothing that the gateway offers needs them. */
const REFUSED_MEMBERS = ['task', 'inputResponses', 'requestState']

function readCall({ params, server, headers, upstream }: Exchange): RawCall {
  const { name, arguments: given = {}, _meta, ...rest } = params
  if (!isToolName(name))
    throw new RemitError('request_invalid', { detail: 'The name is not one that a tool can have.' })
  if (!isMembers(given)) throw new RemitError('request_invalid', { detail: 'The arguments must be an object.' })
  const refused = REFUSED_MEMBERS.find((member) => rest[member] !== undefined)
  if (refused !== undefined)
    throw new RemitError('request_invalid', { detail: `The gateway does not take ${refused}.` })
  const shown = { server, tool: name, arguments: given, rest: passOnMeta(_meta, upstream.passMeta) }
  return { ...shown, paramHeaders: readParamHeaders(headers) }
}

function readParamHeaders(headers: Exchange['headers']): Readonly<Record<string, string>> {
  const shown = Object.entries(headers).filter(([name]) => name.startsWith('mcp-param-'))
  return Object.fromEntries(shown.filter((header): header is [string, string] => header[1] !== undefined))
}

function enterStream(exchange: Exchange, judge: () => Promise<RemitError | null>): () => void {
  const { parts, caller, abort } = exchange
  const facts = factsOf(exchange)
  refuseCrowd(parts.streams, facts)
  const taskLeftMs = Math.max(0, caller.task.endsMs - parts.clock.nowMs())
  const stopTimer = parts.clock.after(taskLeftMs, () => abort(new RemitError('task_not_active')))
  const leave = parts.streams.register(facts, abort, judge)
  return () => {
    stopTimer()
    leave()
  }
}

/**
 * A server has room for so many calls, and nobody takes it all, be it by helpers: a call counts for its whole chain. Nobody has
 * more open than is left to others, so that a few who take what they get, and hold it, leave some to whoever comes next.
 */
function refuseCrowd(streams: OpenStreams, { upstream, identityIds }: StreamFacts): void {
  const left = LIMITS.streamsPerServerMax - streams.count(upstream)
  if (left <= 0)
    throw new RemitError('rate_limited', { detail: 'Too many calls are open at this server; wait for one.' })
  const most = Math.min(LIMITS.streamsPerIdentityMax, left)
  if (identityIds.every((id) => streams.count(upstream, id) < most)) return
  throw new RemitError('rate_limited', {
    detail: 'Too many calls of this chain are open at this server; wait for one.',
  })
}

function factsOf({ caller: { task, identity, credential }, server }: Exchange): StreamFacts {
  return {
    credentialId: credential.id,
    taskIds: [task.id, ...task.chain.map((link) => link.taskId)],
    identityIds: [identity.id, ...task.chain.map((link) => link.identityId)],
    chain: task.rootId,
    bindingIds: task.bindingId === null ? [] : [task.bindingId],
    owners: identity.owner === null ? [] : [identity.owner],
    upstream: server,
    vendors: identity.vendor === null ? [] : [identity.vendor],
  }
}

/**
 * Quarantines the tool before the decision where it is not the reviewed one, so that the denial says so. A server that
 * does not answer is left to the forwarding, which looks again.
 */
async function holdToPin(exchange: Exchange, { tool, arguments: args }: RawCall, rule: ToolRule): Promise<void> {
  const { parts, server, upstream, era, headers } = exchange
  const definition = await upstream.listTools().then(
    (tools) => tools.get(tool),
    () => undefined,
  )
  if (definition !== undefined && hasChanged(rule, definition)) {
    await parts.house.quarantine(server, tool, definition.digest)
  } else if (definition !== undefined && era === 'modern') {
    checkParamHeaders(definition, args, headers)
  }
}

/** An intermediary that looks at headers only must see what the server will see (2026-07-28, transports). */
function checkParamHeaders(definition: ToolDefinition, args: Members, headers: Exchange['headers']): void {
  const { inputSchema } = definition.shown
  const expected = paramHeaders(inputSchema, args)
  const wrong = paramHeaderNames(inputSchema).find(
    (name) => decodeHeader(headers[name]) !== decodeHeader(expected[name]),
  )
  if (wrong === undefined) return
  throw new RemitError('header_mismatch', { detail: `The header ${wrong} does not say what the arguments say.` })
}

async function forward(exchange: Exchange, call: RawCall, permitted: Recorded<Permit<'call'>>): Promise<string> {
  const { parts, upstream, signal, caller, server } = exchange
  const startedMs = parts.clock.monotonicMs()
  const finish = (outcome: Omit<CallOutcome, 'tookMs'>): Promise<unknown> =>
    parts.house.finishCall(permitted, { ...outcome, tookMs: parts.clock.monotonicMs() - startedMs })
  const own = parts.ownHeaders?.get(server)
  try {
    const onProgress = passProgress(exchange)
    const headers = await own?.make({ caller, permitted })
    const route = { upstream, signal, onProgress, headers }
    const reply = await sendPermittedCall(permitted, onlyApproved(call, permitted), route)
    const text = writeReply(exchange, carryOut(permitted.fact.obligations, reply), permitted.index)
    await finish({ ...endOf(reply), resultBytes: Buffer.byteLength(text) })
    return text
  } catch (error) {
    if (isCredentialRefused(error)) own?.refused({ caller, permitted })
    await finish({ ...failedEnd(error, signal), resultBytes: 0 })
    throw error
  }
}

/** A person has seen name and arguments and said yes to them; nothing that they have not seen goes with it. */
function onlyApproved(call: RawCall, { fact }: Recorded<Permit<'call'>>): RawCall {
  return fact.entry.data['approvalId'] === undefined ? call : { ...call, rest: {}, paramHeaders: {} }
}

function failedEnd(error: unknown, signal: AbortSignal): Pick<CallOutcome, 'end' | 'code'> {
  const code = error instanceof RemitError ? error.code : 'internal'
  if (!signal.aborted) return { end: 'failed', code }
  return { end: code === 'call_cancelled' ? 'cancelled' : 'cut_off', code }
}

function endOf(reply: Reply): Pick<CallOutcome, 'end' | 'code'> {
  if ('fault' in reply) return { end: 'failed', code: 'upstream_fault' }
  return { end: reply.result['isError'] === true ? 'tool_error' : 'completed', code: null }
}

function writeReply({ id, era }: Exchange, reply: Reply, index: number): string {
  const text =
    'fault' in reply
      ? writeError(id, fitFault(reply.fault))
      : writeResult(id, markPermit(fitEra(era, reply.result), index))
  if (Buffer.byteLength(text) > LIMITS.resultBytesMax) throw new RemitError('result_too_large')
  return text
}

/** A server cannot speak in our name: its own `dev.remit` members are dropped. */
function markPermit(result: Members, index: number): Members {
  const meta = isMembers(result['_meta']) ? Object.entries(result['_meta']) : []
  const foreign = meta.filter(([key]) => !isOurs(key))
  return { ...result, _meta: { ...Object.fromEntries(foreign), [PERMIT_KEY]: { entry: index } } }
}

const isOurs = (key: string): boolean => key.startsWith('dev.remit/')

/** By an error as little: of what it holds beside its text, the codes go by which the gateway tells what went wrong. */
function fitFault({ code, message, data }: RpcFault): RpcFault {
  if (code === RPC.urlElicitation) throw askedBack()
  if (!isMembers(data)) return data === undefined ? { code, message } : { code, message, data }
  const isCode = (key: string, value: unknown): boolean => key === 'code' && isErrorCode(value)
  const foreign = Object.entries(data).filter(([key, value]) => !isOurs(key) && !isCode(key, value))
  return { code, message, data: Object.fromEntries(foreign) }
}

/** Gives a result as the client's era writes it. */
function fitEra(era: Exchange['era'], { resultType = 'complete', ...result }: Members): Members {
  if (resultType !== 'complete') throw askedBack()
  return era === 'modern' ? { resultType, ...result } : result
}

/** A question back to the client, or to its person, has no place: none was offered. */
function askedBack(): RemitError {
  return new RemitError('upstream_unavailable', { detail: 'The server asked a question back.' })
}
