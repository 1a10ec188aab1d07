import type { AgentCaller } from '../authenticate/caller.ts'
import type { Kept } from '../contract/change.ts'
import type { Permit } from '../contract/decision.ts'
import type { ToolRule } from '../contract/register/purpose.ts'
import type { CallRequest, EvaluationRequest } from '../decide/requests.ts'
import type { CallSeen, CallVerdict } from '../flow/call-tool.ts'
import type { Grantable } from '../flow/consent/find-grantable.ts'
import type { MappedVerdict } from '../flow/domain/ask-mapped.ts'
import type { ErrorCode, RemitError } from '../ground/errors.ts'
import type { Recorded } from '../record/recorded.ts'

/** How a permitted call ended. */
export interface CallOutcome {
  /** `tool_error`: the tool itself says that it failed. `failed`: no result. `cut_off`: authority was taken back. */
  readonly end: 'completed' | 'tool_error' | 'failed' | 'cancelled' | 'cut_off'
  /** A code of the error table where there is no result. */
  readonly code: string | null
  /** Size of what reached the agent. */
  readonly resultBytes: number
  readonly tookMs: number
}

/**
 * What the gateway asks of the house. Everything may reject with a RemitError, which the client is told as a
 * JSON-RPC error.
 */
export interface McpHouse {
  /** The reviewed rules of a server's tools, with their pins. Read on every list. */
  readToolRules(server: string): Promise<readonly ToolRule[]>
  /** The rule of one tool, where there is one. Read on every call. */
  readToolRule(server: string, tool: string): Promise<Kept<ToolRule> | undefined>
  /** Which of these tools the caller's task may use. */
  listTools(caller: AgentCaller, server: string, tools: readonly string[]): Promise<readonly string[]>
  /**
   * Decides and records. A denial is durable when this resolves. Rejects with the reason of the signal where that comes
   * before the decision.
   */
  callTool(caller: AgentCaller, request: CallRequest, seen: CallSeen): Promise<CallVerdict>
  /** Why a permitted call that is under way would not be permitted now; null where it would be. */
  judgeAgain(caller: AgentCaller, request: CallRequest, permitted: Recorded<Permit<'call'>>): Promise<RemitError | null>
  /** What a client would have to ask a person for, so that they can let it use a tool; null where nobody could. */
  findGrantable(caller: AgentCaller, at: Pick<CallRequest, 'server' | 'tool'>): Promise<Grantable | null>
  /** Asks a domain about what a request is mapped to. The proof is recorded. */
  askDomain(caller: AgentCaller, questions: readonly EvaluationRequest[], domain: string): Promise<MappedVerdict>
  /** Records how a permitted call ended. The result leaves only after this resolves. */
  finishCall(permitted: Recorded<Permit<'call'>>, outcome: CallOutcome): Promise<unknown>
  /** Records that something an agent sent was refused before it came to a decision. */
  noteRefusal(caller: AgentCaller, server: string, code: ErrorCode, sentence: string): Promise<unknown>
  /** Records that a tool is not the reviewed one any more; `digest` is of what the server says now. Idempotent. */
  quarantine(server: string, tool: string, digest: string): Promise<void>
}
