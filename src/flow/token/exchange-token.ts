import type { WorkloadCaller } from '../../authenticate/caller.ts'
import type { Permit } from '../../contract/decision.ts'
import type { TokenRequest } from '../../decide/requests.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import type { IssuedToken } from '../../issue/access-token.ts'
import { recordFailed, recordIssued } from '../../issue/outcome.ts'
import type { Recorded } from '../../record/recorded.ts'
import { decideAndRecord, permitOrRefuse } from '../decision.ts'
import type { House } from '../house.ts'
import type { Federation } from './federation.ts'
import { shareAssertion } from './share-assertion.ts'
import { type OwnSvids, requireBearer } from './svid/own-svids.ts'

/** Exchanges a workload's proof for an access token inside one of its tasks (RFC 8693). Nothing leaves before it is written. */
export async function exchangeToken(
  house: House,
  caller: WorkloadCaller,
  request: TokenRequest,
): Promise<IssuedToken & { readonly entry: number }> {
  const outward = requireAudience(house, request.audience)
  if (outward !== null) requireBearer(caller)
  const intent = await decideToken(house, caller, request)
  const issued = await issueOrRecordFailure(house, intent, (outward ?? house).issue)
  const outcome = await house.log.record(recordIssued(intent, issued.credential, issued.keyId))
  return { ...issued, entry: outcome.index }
}

/**
 * Decides whether a workload gets what it asks for inside a task, and writes that down. Errors: those of a denial; `slow_down`,
 * with which nothing is spent, for who asks too fast about a task that waits.
 */
export async function decideToken(
  house: House,
  caller: WorkloadCaller,
  request: TokenRequest,
): Promise<Recorded<Permit<'token'>>> {
  house.polls.require(caller.identity.id, request.taskId)
  try {
    return await shareAssertion(house, caller, async (own) =>
      permitOrRefuse(await decideAndRecord(house, () => house.decide.token(own, request))),
    )
  } catch (error) {
    if (isError(error, 'approval_required')) house.polls.noteWaiting(caller.identity.id, request.taskId)
    throw error
  }
}

/** Makes what was permitted, and writes down where that failed. Error: `internal`. */
export async function issueOrRecordFailure<Made>(
  house: Pick<House, 'log'>,
  intent: Recorded<Permit<'token'>>,
  issue: (intent: Recorded<Permit<'token'>>) => Made | Promise<Made>,
): Promise<Made> {
  try {
    return await issue(intent)
  } catch (cause) {
    await house.log.record(recordFailed(intent, intent.fact.grant.credential, 'the signature could not be made'))
    throw new RemitError('internal', { cause })
  }
}

/** Gives who makes the tokens of this audience: null for those of our own. Error: `target_invalid`. */
export function requireAudience(house: House, audience: string): OwnSvids | Federation | null {
  const { publicUrl, servers, svids, federation } = house
  const known = [publicUrl, ...servers.map((server) => `${publicUrl}/mcp/${server.name}`)]
  if (known.includes(audience) || house.resourceServers.some(({ resource }) => resource === audience)) return null
  const outward = [svids, federation].find((desk) => desk?.audiences.includes(audience))
  if (outward != null) return outward
  throw new RemitError('target_invalid', { facts: { resources: known } })
}
