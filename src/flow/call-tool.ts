import type { AgentCaller } from '../authenticate/caller.ts'
import type { Denial, Permit } from '../contract/decision.ts'
import type { JsonObject } from '../contract/log-entry.ts'
import type { CallRequest } from '../decide/requests.ts'
import type { Recorded } from '../record/recorded.ts'
import { quarantineTool } from '../register/catalogue.ts'
import { decideAndRecord, isPermit } from './decision.ts'
import type { House } from './house.ts'

/** What became of a tool call: leave to make it, once, or a no that is on record. */
export type CallVerdict =
  | { readonly permitted: Recorded<Permit<'call'>> }
  | { readonly denied: Recorded<Denial<'call'>> }

/** Decides one tool call with its arguments; the gateway forwards only what comes back permitted. */
export async function callTool(house: House, caller: AgentCaller, request: CallRequest): Promise<CallVerdict> {
  const recorded = await decideAndRecord(house, () => house.decide.call(caller, request))
  return isPermit(recorded) ? { permitted: recorded } : { denied: recorded as Recorded<Denial<'call'>> } // the other half of the union
}

/** Writes down how a permitted call ended. */
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
  const recorded = await house.log.record({
    entry: { kind: 'call.finished', actor: entry.actor, subject: entry.subject, data, answers: permitted.index },
    changes: [],
  })
  return recorded.index
}

/** Takes a tool out of use whose definition is no longer the reviewed one. */
export async function quarantine(house: House, server: string, tool: string, seenDigest: string): Promise<void> {
  const kept = await house.register.toolRule(server, tool)
  if (kept === undefined || kept.state === 'quarantined' || kept.definitionDigest === seenDigest) return
  await house.log.record(quarantineTool(kept, kept, seenDigest))
}
