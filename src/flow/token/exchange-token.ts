import type { WorkloadCaller } from '../../authenticate/caller.ts'
import type { Decision, Permit } from '../../contract/decision.ts'
import type { TokenRequest } from '../../decide/requests.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import type { IssuedToken } from '../../issue/access-token.ts'
import { keptAsIssued, recordIssued } from '../../issue/outcome.ts'
import type { OpenKey } from '../../issue/signing-key.ts'
import type { Recorded } from '../../record/recorded.ts'
import { revokeCredential } from '../../revoke/task-end.ts'
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
  const { key, issue } = outward ?? house.tokens
  return await makeCredential(house, caller, request, { key: key(), issue })
}

/** What makes a credential of a recorded permit, and by which key. */
export interface Maker<Made> {
  readonly key: OpenKey
  readonly issue: (intent: Recorded<Permit<'token'>>, key: OpenKey) => Made | Promise<Made>
}

/**
 * Decides whether a workload gets what it asks for inside a task, writes that down with its outcome in one commit, and makes the
 * credential then; one that could not be made is taken back. Gives the entry of the outcome with it. Errors: those of a denial;
 * `slow_down`, with which nothing is spent, for who asks too fast about a task that waits; `internal`.
 */
export async function makeCredential<Made extends object>(
  house: House,
  caller: WorkloadCaller,
  request: TokenRequest,
  { key, issue }: Maker<Made>,
): Promise<Made & { readonly entry: number }> {
  const intent = await decideToken(house, caller, request, key.id)
  try {
    return { ...(await issue(intent, key)), entry: intent.index + 1 }
  } catch (cause) {
    const { fact, index } = intent
    const kept = keptAsIssued(fact, index, key.id)
    await house.log.record(revokeCredential(kept, 'its signature could not be made', fact.entry.actor))
    throw new RemitError('internal', { cause })
  }
}

async function decideToken(
  house: House,
  caller: WorkloadCaller,
  request: TokenRequest,
  keyId: string,
): Promise<Recorded<Permit<'token'>>> {
  house.polls.require(caller.identity.id, request.taskId)
  try {
    return await shareAssertion(house, caller, async (own) => {
      const decide = async () => withOutcome(await house.decide.token(own, request), keyId)
      return permitOrRefuse(await decideAndRecord(house, decide))
    })
  } catch (error) {
    if (isError(error, 'approval_required')) house.polls.noteWaiting(caller.identity.id, request.taskId)
    throw error
  }
}

/** What a permit makes counts with the permit, in one commit: it has left nowhere yet, and leaves only after both are durable. */
function withOutcome(decision: Decision<'token'>, keyId: string): Decision<'token'> {
  if (decision.outcome !== 'permit') return decision
  return { ...decision, followedBy: (index) => recordIssued(decision, index, keyId) }
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
