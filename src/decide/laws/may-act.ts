import type { Kept } from '../../contract/change.ts'
import { type DelegationGrant, findUngranted, type Giver, mayAct } from '../../contract/register/delegation-grant.ts'
import { isWithinCeiling } from '../../contract/sensitivity.ts'
import { BINDING_STRENGTHS } from '../../contract/task.ts'
import { RemitError } from '../../ground/errors.ts'
import { classesOf, coverGrant, nearestScope } from '../coverage.ts'
import type { Member, Standing } from '../lineage.ts'
import type { Law } from './law.ts'
import { type Handover, isTakeable, narrowHandover } from './taken-by.ts'
import { classesAllowed, endOf, type Wish } from './wish.ts'

/** Nobody acts for another without a grant in force, in any hop of a chain; what is decided is decided on no other chain. */
export const MAY_ACT_LAW: Law<Standing> = {
  rule: 'law:may-act-still',
  code: 'actor_unauthorized',
  holds: (standing) => ungrantedIn(standing) === undefined,
  says: (standing) =>
    `No grant in force lets the identity of the task ${ungrantedIn(standing)?.id ?? ''} act for the one that handed it on.`,
  ask: () => GRANT_WANTED,
}

const GRANT_WANTED =
  'Ask who answers for the delegating identity for a grant (remit identity delegate); who answers for the helper approves it.'

function ungrantedIn({ tasks, members, grounds, atMs }: Standing): { readonly id: string } | undefined {
  return findUngranted(
    tasks,
    members.map(({ identity }) => identity),
    grounds.grants,
    atMs,
  )
}

/** A part of a task that somebody is about to hand on. */
export interface Hop {
  /** An identity, or a person. */
  readonly from: { readonly identity: Giver & { readonly name: string } }
  /** Undefined where nobody has this name. */
  readonly to: Member | undefined
  /** Between the two, in any state. */
  readonly grants: readonly Kept<DelegationGrant>[]
  /** By what of it the helper may take the part, as far as who hands on says; a grant narrows that. */
  readonly takers: Handover
  readonly atMs: number
}

const inForce = ({ from, to, grants, atMs }: Hop): readonly Kept<DelegationGrant>[] =>
  grants.filter((grant) => mayAct(grant, from.identity, to?.identity, atMs))

/** Who is unknown, who is not active and who was never granted anything sound alike: nobody lists the register by asking. */
export const HOP_LAW: Law<Hop> = {
  rule: 'law:may-act',
  code: 'actor_unauthorized',
  holds: (hop) => inForce(hop).length > 0,
  says: ({ from }) => `No grant in force lets an identity of this name act for ${from.identity.name}.`,
  ask: () => GRANT_WANTED,
}

interface Bounded {
  readonly hop: Hop
  readonly wish: Wish
}

const covering = ({ hop, wish }: Bounded): readonly Kept<DelegationGrant>[] =>
  inForce(hop).filter((grant) =>
    wish.scope.every((each) => coverGrant([grant], each, classesOf(wish.rules, each.action)).length > 0),
  )
const underCeiling = (facts: Bounded): readonly Kept<DelegationGrant>[] =>
  covering(facts).filter((grant) => isWithinCeiling(facts.wish.ceiling, grant.ceiling))

/**
 * The grant on which a hop rests. Of those that cover all of it one by which it can be taken, that asks for the weakest proof
 * and lets it be handed on furthest: none is in the way of another.
 */
export function grantBehind(facts: Bounded): Kept<DelegationGrant> | undefined {
  const { takers } = facts.hop
  return underCeiling(facts)
    .filter((grant) => endOf(facts.wish) <= grant.endsMs)
    .map((grant) => ({ grant, taken: narrowHandover(takers, grant) }))
    .toSorted(
      (a, b) =>
        Number(isTakeable(b.taken)) - Number(isTakeable(a.taken)) ||
        strengthOf(a.taken) - strengthOf(b.taken) ||
        b.grant.depthMax - a.grant.depthMax,
    )[0]?.grant
}

const strengthOf = ({ takenBy }: Handover): number => BINDING_STRENGTHS.indexOf(takenBy?.minStrength ?? 'bearer')

/** A grant bounds what is handed on under it, as one more ceiling. */
export const HOP_BOUNDS: readonly Law<Bounded>[] = [
  {
    rule: 'law:granted-scope',
    code: 'scope_exceeded',
    holds: (facts) => covering(facts).length > 0,
    says: ({ hop }) => `No grant covers all of this for ${hop.from.identity.name} to hand on.`,
    ask: () => 'Ask for less, or ask for a wider grant.',
    nearest: ({ hop, wish }) => nearestScope(wish.scope, inForce(hop), classesAllowed(wish), wish.rules),
  },
  {
    rule: 'law:granted-ceiling',
    code: 'ceiling_exceeded',
    holds: (facts) => underCeiling(facts).length > 0,
    says: ({ wish }) => `${wish.ceiling} data lies above what the grant allows to be handed on.`,
    ask: () => 'Ask with a lower ceiling, or ask for a wider grant.',
  },
  {
    rule: 'law:granted-end',
    code: 'end_exceeded',
    holds: (facts) => grantBehind(facts) !== undefined,
    says: () => 'The task would outlive the grant under which it is handed on.',
    ask: () => 'Ask for a shorter life, or ask for a new grant.',
  },
]

declare const held: unique symbol

/** That a chain was held to `law:may-act`, with the hop that is about to be made: no task and no token is made without. */
export interface MayAct {
  readonly [held]: true
  /** The grant under which a task is handed on; undefined where it is nobody's part. */
  readonly grant: Kept<DelegationGrant> | undefined
}

/** Holds a chain to `law:may-act`, whatever was judged before. Errors: `actor_unauthorized`. */
export function holdToMayAct(standing: Standing, handed?: Bounded): MayAct {
  const grant = handed === undefined ? undefined : grantBehind(handed)
  if (ungrantedIn(standing) !== undefined || (handed !== undefined && grant === undefined))
    throw new RemitError('actor_unauthorized')
  return { grant } as MayAct // the only place that makes one
}
