import type { Credential } from './credential.ts'
import { type Cutoff, cutoffId, isCutOff } from './cutoff.ts'
import type { PersonLogin } from './person/person-login.ts'
import { type Binding, hasEnded } from './register/binding.ts'
import { type DelegationGrant, findUngranted } from './register/delegation-grant.ts'
import { isInForce } from './register/entitlement.ts'
import type { Identity } from './register/identity.ts'
import type { Person } from './register/person.ts'
import type { PersonRight } from './register/person-right.ts'
import type { Task } from './task.ts'
import { serverOfAudience } from './token/gateway-address.ts'

/** What the tasks of a chain were given on, beside who acts in them. What is missing here does not stand. */
export interface Grounds {
  /** The tokens with which they were handed on. */
  readonly credentials: readonly Pick<Credential, 'id' | 'state'>[]
  /** The rights of the people who opened them. */
  readonly rights: readonly PersonRight[]
  /** The grants under which they were handed on. */
  readonly grants: readonly DelegationGrant[]
  /** The logins on whose word they were opened. */
  readonly logins: readonly Pick<PersonLogin, 'id' | 'endedMs'>[]
}

/** All that an access token rests on: when any of it falls, the token falls. */
export interface Footing {
  readonly identity: Identity
  readonly credential: Credential
  readonly task: Task
  /** Every task above, in any order. */
  readonly ancestors: readonly Task[]
  /** The identities of the ancestors. */
  readonly delegators: readonly Identity[]
  /** Who answers for the identities, and on whose behalf the tasks act. */
  readonly people: readonly Person[]
  /** By which workloads took the tasks. */
  readonly bindings: readonly Binding[]
  readonly grounds: Grounds
  /** The newest cutoff of each of `cutoffTargets`. */
  readonly cutoffs: readonly Cutoff[]
}

/** Why a token does not count: codes of the error table, most telling first. */
export type StandingFault = 'token_revoked' | 'token_expired' | 'task_not_active' | 'identity_inactive' | 'cut_off'

/** All tasks of a chain, and all identities. */
interface Chain {
  readonly tasks: readonly Task[]
  readonly identities: readonly Identity[]
}

interface StandingRow {
  readonly fault: StandingFault
  readonly holds: (on: Footing, atMs: number, chain: Chain) => boolean
}

const STANDING: readonly StandingRow[] = [
  { fault: 'token_revoked', holds: (on) => on.credential.state === 'issued' },
  { fault: 'token_expired', holds: (on, atMs) => atMs < on.credential.expiresMs },
  { fault: 'cut_off', holds: (on) => !isCutOff(on.cutoffs, on.credential.issuedMs) },
  {
    fault: 'task_not_active',
    holds: ({ grounds }, atMs, { tasks, identities }) =>
      tasks.every((task) => task.state === 'active' && atMs < task.endsMs) &&
      findTakenBack(tasks, grounds) === undefined &&
      findRightless(tasks, grounds, atMs) === undefined &&
      findUnvouched(tasks, grounds) === undefined &&
      findUngranted(tasks, identities, grounds.grants, atMs) === undefined,
  },
  {
    fault: 'identity_inactive',
    holds: ({ people, bindings }, atMs, { tasks, identities }) =>
      identities.every(({ state, owner }) => state === 'active' && isHere(people, owner)) &&
      tasks.every(({ onBehalfOf }) => onBehalfOf === null || isHere(people, onBehalfOf)) &&
      tasks.every(({ bindingId }) => bindingId === null || isBound(bindings, bindingId, atMs)),
  },
]

const isHere = (people: readonly Person[], id: string | null): boolean =>
  people.some((person) => person.id === id && person.state === 'active')
const isBound = (bindings: readonly Binding[], id: string, atMs: number): boolean =>
  bindings.some((binding) => binding.id === id && !hasEnded(binding, atMs))

const chainOf = ({ task, ancestors, identity, delegators }: Footing): Chain => ({
  tasks: [task, ...ancestors],
  identities: [identity, ...delegators],
})

/** Gives the task of a chain that was handed on with a token that was taken back; undefined where none was. */
export function findTakenBack(tasks: readonly Task[], { credentials }: Pick<Grounds, 'credentials'>): Task | undefined {
  return tasks.find(({ fromCredentialId }) => {
    const from = credentials.find(({ id }) => id === fromCredentialId)
    return fromCredentialId !== undefined && from?.state !== 'issued'
  })
}

/** Gives the task of a chain that rests on a right that its person has no more; undefined where none does. */
export function findRightless(
  tasks: readonly Task[],
  { rights }: Pick<Grounds, 'rights'>,
  atMs: number,
): Task | undefined {
  return tasks.find(({ rightIds = [] }) =>
    rightIds.some((id) => !rights.some((right) => right.id === id && isInForce(right, atMs))),
  )
}

/** Gives the task of a chain that was opened on the word of a login that has ended; undefined where none was. */
export function findUnvouched(tasks: readonly Task[], { logins }: Pick<Grounds, 'logins'>): Task | undefined {
  return tasks.find(
    ({ loginId }) => loginId !== undefined && !logins.some(({ id, endedMs }) => id === loginId && endedMs === null),
  )
}

/** What has to be read to tell whether the tasks of a chain stand, a list of keys each, without repeats. */
export function namedBy(
  tasks: readonly Task[],
  identities: readonly Pick<Identity, 'owner'>[],
): Readonly<Record<'people' | 'bindings' | 'credentials' | 'rights' | 'grants' | 'logins', readonly string[]>> {
  const unique = (ids: readonly (string | null | undefined)[]): readonly string[] => [
    ...new Set(ids.filter((id) => typeof id === 'string')),
  ]
  return {
    people: unique([...identities.map(({ owner }) => owner), ...tasks.map(({ onBehalfOf }) => onBehalfOf)]),
    bindings: unique(tasks.map(({ bindingId }) => bindingId)),
    credentials: unique(tasks.map(({ fromCredentialId }) => fromCredentialId)),
    rights: unique(tasks.flatMap(({ rightIds = [] }) => rightIds)),
    grants: unique(tasks.map(({ grantId }) => grantId)),
    logins: unique(tasks.map(({ loginId }) => loginId)),
  }
}

/** Gives the most telling reason why a token on this footing does not count now; undefined where it counts. */
export function findStandingFault(footing: Footing, atMs: number): StandingFault | undefined {
  const chain = chainOf(footing)
  return STANDING.find((row) => !row.holds(footing, atMs, chain))?.fault
}

/** Gives every reason why a token on this footing does not count now; empty where it counts. */
export function findStandingFaults(footing: Footing, atMs: number): readonly StandingFault[] {
  const chain = chainOf(footing)
  return STANDING.filter((row) => !row.holds(footing, atMs, chain)).map((row) => row.fault)
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
  const server = footing.credential === undefined ? null : serverOfAudience(footing.credential.audience)
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
