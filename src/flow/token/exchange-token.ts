import type { WorkloadCaller } from '../../authenticate/caller.ts'
import { readFooting } from '../../authenticate/footing.ts'
import type { Decision, Permit } from '../../contract/decision.ts'
import { findStandingFaults, type StandingFault } from '../../contract/standing.ts'
import { gatewayAddress } from '../../contract/token/gateway-address.ts'
import type { TokenRequest } from '../../decide/requests.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { IssuedToken } from '../../issue/access-token.ts'
import { keptAsIssued, recordIssued } from '../../issue/outcome.ts'
import type { OpenKey } from '../../issue/signing-key.ts'
import type { Recorded } from '../../record/recorded.ts'
import { revokeCredential } from '../../revoke/task-end.ts'
import { decideAndRecord, permitOrRefuse } from '../decision.ts'
import type { House } from '../house.ts'
import { endSpent } from '../task/end-spent.ts'
import type { Federation } from './federation.ts'
import type { TokenKeys } from './keyring.ts'
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
  const { keys, issue } = outward ?? house.tokens
  return await makeCredential(house, caller, request, { keys, issue, isOutward: outward !== null })
}

/** What makes a credential of a recorded permit, and by whose keys. */
export interface Maker<Made> {
  readonly keys: Pick<TokenKeys, 'current' | 'stillOurs'>
  readonly issue: (intent: Recorded<Permit<'token'>>, key: OpenKey) => Made | Promise<Made>
  /** True for what counts elsewhere until its end, whatever becomes of it here. */
  readonly isOutward: boolean
}

/**
 * Decides whether a workload gets what it asks for inside a task, writes that down with its outcome in one commit, and makes the
 * credential then; one that could not be made is taken back, and what nobody could take back later does not leave where it counts
 * no more. Gives the entry of the outcome with it. Errors: those of a denial; `slow_down`, with which nothing is spent, for who
 * asks too fast about a task that waits; `task_not_active`, `identity_inactive`, `cut_off` or `conflict` where that is so since;
 * `internal`.
 */
export async function makeCredential<Made extends object>(
  house: House,
  caller: WorkloadCaller,
  request: TokenRequest,
  { keys, issue, isOutward }: Maker<Made>,
): Promise<Made & { readonly entry: number }> {
  const key = keys.current()
  const intent = await decideToken(house, caller, request, key.id)
  const made = await issueOrTakeBack(house, intent, { key, keys, issue })
  if (isOutward) await requireStanding(house, intent.fact.grant.credential.id)
  return { ...made, entry: intent.index + 1 }
}

async function issueOrTakeBack<Made>(
  house: Pick<House, 'log'>,
  intent: Recorded<Permit<'token'>>,
  { key, keys, issue }: Pick<Maker<Made>, 'keys' | 'issue'> & { readonly key: OpenKey },
): Promise<Made> {
  try {
    return await issue(intent, keys.stillOurs(key))
  } catch (cause) {
    const { fact, index } = intent
    const kept = keptAsIssued(fact, index, key.id)
    await house.log.record(revokeCredential(kept, 'its signature could not be made', fact.entry.actor))
    throw isError(cause, 'conflict') ? cause : new RemitError('internal', { cause })
  }
}

/** What ended between the commit and the signature is not handed out: where it counts, nobody asks us. */
async function requireStanding({ footing: store, clock }: House, credentialId: string): Promise<void> {
  const footing = await readFooting(store, credentialId)
  const faults: readonly StandingFault[] =
    footing === undefined ? ['token_revoked'] : findStandingFaults(footing, clock.nowMs())
  if (faults.length === 0) return
  throw new RemitError(faults.find((fault) => !OF_TOKENS.includes(fault)) ?? 'conflict')
}

/** What is said of a token that was shown, and none was. */
const OF_TOKENS: readonly StandingFault[] = ['token_revoked', 'token_expired']

async function decideToken(
  house: House,
  caller: WorkloadCaller,
  request: TokenRequest,
  keyId: string,
): Promise<Recorded<Permit<'token'>>> {
  await refuseTooFast(house, caller, request)
  try {
    return await shareAssertion(house, caller, async (own) => {
      const decide = async () => withOutcome(await house.decide.token(own, request), keyId)
      const recorded = await decideAndRecord(house, decide)
      const { fact } = recorded
      if (fact.outcome === 'denial') await endSpent(house, own.identity.tier, fact)
      return permitOrRefuse(recorded)
    })
  } catch (error) {
    if (isError(error, 'approval_required')) house.polls.noteWaiting(caller.identity.id, request.taskId)
    throw error
  }
}

/** Nothing is spent by that. Once people have answered, nobody is held back any more. */
async function refuseTooFast(
  { polls, register }: House,
  caller: WorkloadCaller,
  { taskId }: TokenRequest,
): Promise<void> {
  if (!polls.isTooFast(caller.identity.id, taskId) || (await register.task(taskId))?.state !== 'waiting') return
  throw new RemitError('slow_down', {
    detail: `The task waits for a person: ask once in ${LIMITS.pollSeconds} seconds.`,
  })
}

/** What a permit makes counts with the permit, in one commit: it has left nowhere yet, and leaves only after both are durable. */
function withOutcome(decision: Decision<'token'>, keyId: string): Decision<'token'> {
  if (decision.outcome !== 'permit') return decision
  return { ...decision, followedBy: (index) => recordIssued(decision, index, keyId) }
}

/** Gives who makes the tokens of this audience: null for those of our own. Error: `target_invalid`. */
export function requireAudience(house: House, audience: string): OwnSvids | Federation | null {
  const { publicUrl, servers, svids, federation } = house
  const known = [publicUrl, ...servers.map(({ name }) => gatewayAddress(publicUrl, name))]
  if (known.includes(audience) || house.resourceServers.some(({ resource }) => resource === audience)) return null
  const outward = [svids, federation].find((desk) => desk?.audiences.includes(audience))
  if (outward != null) return outward
  throw new RemitError('target_invalid', { facts: { resources: known, target: audience } })
}
