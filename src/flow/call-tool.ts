import type { AgentCaller } from '../authenticate/caller.ts'
import { type Change, type Kept, meter } from '../contract/change.ts'
import type { CallBefore, Denial, Permit } from '../contract/decision.ts'
import type { JsonObject } from '../contract/log-entry.ts'
import type { ToolRule } from '../contract/register/purpose.ts'
import type { ChainLink } from '../contract/task.ts'
import { findCallTarget, findRootFault, resourceTexts } from '../decide/call-target.ts'
import { countSuccess } from '../decide/facts/history.ts'
import type { CallRequest } from '../decide/requests.ts'
import { findLinkFault } from '../enforce/link-fault.ts'
import { isError, RemitError } from '../ground/errors.ts'
import type { Recorded } from '../record/recorded.ts'
import { quarantineTool } from '../register/catalogue.ts'
import { decideAndRecord, isPermit, toRefusal } from './decision.ts'
import type { House } from './house.ts'
import { endSpent } from './task/end-spent.ts'
import { tryAgain } from './try-again.ts'

/** What became of a tool call: leave to make it, once, or a no that is on record. */
export type CallVerdict =
  | { readonly permitted: Recorded<Permit<'call'>> }
  | { readonly denied: Recorded<Denial<'call'>> }

/** What the gateway knows of a call before it is decided. */
export interface CallSeen {
  /** The rule of the tool as it was read; the decision reads it again, and takes no look that was made by another one. */
  readonly rule: Kept<ToolRule> | undefined
  readonly signal: AbortSignal
}

/** Decides one tool call with its arguments; the gateway forwards only what comes back permitted. */
export async function callTool(
  house: House,
  caller: AgentCaller,
  request: CallRequest,
  { rule, signal }: CallSeen,
): Promise<CallVerdict> {
  const fault = rule === undefined ? null : await findFileFault(house, rule, request.arguments, signal)
  const files = { fault, ruleVersion: rule?.version ?? 0 }
  const recorded = await decideAndRecord(house, () => house.decide.call(caller, { ...request, files }))
  if (isPermit(recorded)) return { permitted: recorded }
  const denied = recorded as Recorded<Denial<'call'>> // the other half of the union
  await endSpent(house, caller.identity.tier, denied.fact)
  return { denied }
}

/** Says why a permitted call that is under way would not be permitted now; null where it would be. */
export async function judgeCallAgain(
  house: House,
  caller: AgentCaller,
  request: CallRequest,
  before: CallBefore,
): Promise<RemitError | null> {
  const no = await house.decide.callAgain(caller, request, before)
  return no === null ? null : toRefusal(no)
}

/** A server that runs here opens files of this machine: what a path is judged as must be what it opens. */
async function findFileFault(
  house: House,
  rule: ToolRule,
  args: CallRequest['arguments'],
  signal: AbortSignal,
): Promise<string | null> {
  if (house.servers.find((row) => row.name === rule.server)?.transport !== 'stdio') return null
  if (rule.resourceKind !== 'path' || rule.resourceArgument === null) return null
  const rootFault = findRootFault(rule, true) // of a review that was made before there was this question
  if (rootFault !== null) return rootFault
  if ('because' in findCallTarget(rule, args)) return null // too many, too long, or no paths: the decision says so itself
  const paths = resourceTexts(rule.resourceArgument, args).flat()
  return findLinkFault(
    rule.resourceRoot,
    paths.filter((path) => typeof path === 'string'),
    signal,
  )
}

/**
 * Writes down how a permitted call ended, and takes its result off the budget of bytes of the whole chain. Errors:
 * `budget_exceeded` where the result does not fit in; nothing is written then, and the result must not leave.
 */
export async function finishCall(
  house: House,
  permitted: Recorded<Permit<'call'>>,
  outcome: {
    readonly end: string
    readonly code: string | null
    readonly tookMs: number
    readonly resultBytes: number
  },
): Promise<number> {
  const { grant, entry } = permitted.fact
  const data: JsonObject = {
    taskId: grant.taskId,
    action: grant.action.name,
    digest: grant.action.digest,
    end: outcome.end,
    code: outcome.code,
    tookMs: Math.round(outcome.tookMs),
    resultBytes: outcome.resultBytes,
  }
  const chain = entry.actor.chain ?? []
  const spent = outcome.resultBytes === 0 ? [] : await spendBytes(house, chain, outcome.resultBytes)
  const changes = [...spent, ...(outcome.end === 'completed' ? countSuccess(grant.counted, house.clock.nowMs()) : [])]
  try {
    const recorded = await house.log.record({
      entry: { kind: 'call.finished', actor: entry.actor, subject: entry.subject, data, answers: permitted.index },
      changes,
    })
    return recorded.index
  } catch (error) {
    if (!isError(error, 'conflict')) throw error
    throw new RemitError('budget_exceeded', {
      detail: 'The result is larger than what the task may still read.',
      cause: error,
    })
  }
}

/** Results that arrive together share what is left: each is counted under the bound before it may leave. */
async function spendBytes(house: House, chain: readonly ChainLink[], bytes: number): Promise<readonly Change[]> {
  const tasks = await house.footing.tasks(chain.map((link) => link.taskId))
  return tasks.map(({ id, budget }) =>
    meter('task_usage', id, { add: { bytes }, raise: {}, atMost: { bytes: budget.bytesMax } }),
  )
}

/** Takes a tool out of use whose definition is no longer the reviewed one; of several calls that see so at once, one does. */
export async function quarantine(house: House, server: string, tool: string, seenDigest: string): Promise<void> {
  await tryAgain(async () => {
    const kept = await house.register.toolRule(server, tool)
    if (kept === undefined || kept.state === 'quarantined' || kept.definitionDigest === seenDigest) return
    await house.log.record(quarantineTool(kept, kept, seenDigest))
  })
}
