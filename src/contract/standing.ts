import type { Credential } from './credential.ts'
import { type Cutoff, cutoffId, isCutOff } from './cutoff.ts'
import type { Identity } from './register/identity.ts'
import type { Task } from './task.ts'

/** All that an access token rests on: when any of it falls, the token falls. */
export interface Footing {
  readonly identity: Identity
  readonly credential: Credential
  readonly task: Task
  /** Every task above, in any order. */
  readonly ancestors: readonly Task[]
  /** The identities of the ancestors. */
  readonly delegators: readonly Identity[]
  /** The newest cutoff of each of `cutoffTargets`. */
  readonly cutoffs: readonly Cutoff[]
}

/** Why a token does not count: codes of the error table, most telling first. */
export type StandingFault = 'token_revoked' | 'token_expired' | 'task_not_active' | 'identity_inactive' | 'cut_off'

interface StandingRow {
  readonly fault: StandingFault
  readonly holds: (footing: Footing, atMs: number) => boolean
}

const STANDING: readonly StandingRow[] = [
  { fault: 'token_revoked', holds: (on) => on.credential.state === 'issued' },
  { fault: 'token_expired', holds: (on, atMs) => atMs < on.credential.expiresMs },
  { fault: 'cut_off', holds: (on) => !isCutOff(on.cutoffs, on.credential.issuedMs) },
  {
    fault: 'task_not_active',
    holds: (on, atMs) => [on.task, ...on.ancestors].every((task) => task.state === 'active' && atMs < task.endsMs),
  },
  {
    fault: 'identity_inactive',
    holds: (on) => [on.identity, ...on.delegators].every((identity) => identity.state === 'active'),
  },
]

/** Gives every reason why a token on this footing does not count now; empty where it counts. */
export function findStandingFaults(footing: Footing, atMs: number): readonly StandingFault[] {
  return STANDING.filter((row) => !row.holds(footing, atMs)).map((row) => row.fault)
}

/** Gives the name of the server behind the gateway that an audience is of; null for the house itself. */
function serverOf(audience: string): string | null {
  return /\/mcp\/([^/]+)$/.exec(audience)?.[1] ?? null
}

/**
 * Gives the ids of all cutoffs that can end a token: of each identity, owner, vendor and task in its chain, its root,
 * its binding, and the server that it is for. Without a credential, those that can end the task.
 */
export function cutoffTargets(
  footing: Pick<Footing, 'identity' | 'task' | 'delegators' | 'ancestors'> & Partial<Pick<Footing, 'credential'>>,
): readonly string[] {
  const identities = [footing.identity, ...footing.delegators]
  const tasks = [footing.task, ...footing.ancestors]
  const server = footing.credential === undefined ? null : serverOf(footing.credential.audience)
  const ids = [
    ...(server === null ? [] : [cutoffId('upstream', server)]),
    ...identities.map((identity) => cutoffId('identity', identity.id)),
    ...identities.flatMap((identity) => (identity.owner === null ? [] : [cutoffId('owner', identity.owner)])),
    ...identities.flatMap((identity) => (identity.vendor === null ? [] : [cutoffId('vendor', identity.vendor)])),
    ...tasks.map((task) => cutoffId('task', task.id)),
    ...tasks.flatMap((task) => (task.bindingId === null ? [] : [cutoffId('binding', task.bindingId)])),
    cutoffId('chain', footing.task.rootId),
  ]
  return [...new Set(ids)]
}
