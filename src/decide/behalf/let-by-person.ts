import type { ProvenPerson, WorkloadCaller } from '../../authenticate/caller.ts'
import { isMembers } from '../../contract/read-entry.ts'
import { giverOf } from '../../contract/register/delegation-grant.ts'
import type { Person } from '../../contract/register/person.ts'
import type { Law } from '../laws/law.ts'
import { HOP_LAW, type Hop } from '../laws/may-act.ts'
import type { Handover } from '../laws/taken-by.ts'
import type { Member } from '../lineage.ts'
import type { DecideStore } from '../store.ts'

/** A workload that is there and opens a task on behalf of a person who is not, on the word of an identity provider. */
export interface Acting {
  readonly workload: WorkloadCaller
  /** `may_act` of the token by which the person is proved; undefined where it says nothing of that. */
  readonly named: unknown
}

/** Gives by whom a task is opened on behalf of a person who is proved by a token. */
export function actingOf(
  workload: WorkloadCaller,
  person: ProvenPerson,
): { readonly identityId: string; readonly acting: Acting } {
  return { identityId: workload.identity.id, acting: { workload, named: person.claims['may_act'] } }
}

interface Let extends Acting {
  readonly hop: Hop
}

/**
 * True where a `may_act` (RFC 8693 section 4.4) names a workload: by the id of its identity with us as the issuer, or by issuer
 * and subject of its binding. A token that names nobody leaves it to the person's grant; one that cannot be read names nobody.
 */
function isNamed({ workload: { identity, binding }, named }: Acting): boolean {
  if (named === undefined) return true
  if (!isMembers(named)) return false
  const { sub, iss } = named
  const isOurs = sub === identity.id && iss === undefined
  return isOurs || (sub === binding.subject && iss === binding.issuer)
}

/** No token of a person lets anybody act who found it: the person has let this identity, and the token names nobody else. */
export const LET_LAWS: readonly Law<Let>[] = [
  {
    rule: 'law:may-act-token',
    code: 'actor_unauthorized',
    holds: isNamed,
    says: () => 'The token of the person names somebody else who may act for them (may_act).',
    ask: () => 'Ask the identity provider for a token that names this workload, or none.',
  },
  {
    rule: HOP_LAW.rule,
    code: HOP_LAW.code,
    holds: ({ hop }) => HOP_LAW.holds(hop),
    says: () => 'The person has not let this identity act for them.',
    ask: () => 'Ask the person to let it act for them (remit acting let), for as much and as long as it is needed.',
  },
]

/** Reads by what a person lets an identity act for them. */
export async function readLetting(store: DecideStore, person: Person, to: Member, takers: Handover): Promise<Hop> {
  const from = { identity: { ...giverOf(person.id), name: 'the person' } }
  return { from, to, grants: await store.grantsBetween(person.id, to.identity.id), takers, atMs: takers.atMs }
}
