import { type Change, type Kept, requireVersion } from '../../contract/change.ts'
import { type Binding, isProving } from '../../contract/register/binding.ts'
import { BINDING_STRENGTHS, type TakenBy } from '../../contract/task.ts'
import { unique } from '../../ground/unique.ts'
import { findBroken, type Law } from './law.ts'

/** Which workloads of the identity somebody means by what they hand to it; what is left out is left open. */
export type TakenByWish = { readonly [K in 'issuers' | 'minStrength']?: TakenBy[K] | undefined }

/** A task for an identity that is handed to it, not opened by it: the workload that takes it comes later. */
export interface Handover {
  /** Of the identity, ended ones included. */
  readonly bindings: readonly Kept<Binding>[]
  readonly takenBy: TakenByWish | undefined
  readonly atMs: number
}

const meant = ({ bindings, takenBy, atMs }: Handover): readonly Kept<Binding>[] =>
  bindings.filter(
    (row) => isProving(row, atMs) && typeof row.issuer === 'string' && takenBy?.issuers?.includes(row.issuer) !== false,
  )

const issuersOf = (handover: Handover): readonly string[] => [
  ...new Set(meant(handover).map(({ kind, issuer }) => `${kind} ${issuer}`)),
]

/**
 * Of an identity that proves itself in several ways it is said which of them takes a task: its tests need not get what its production does.
 */
export const HANDOVER_LAWS: readonly Law<Handover>[] = [
  {
    rule: 'law:taken-by-someone',
    code: 'request_invalid',
    holds: (handover) => meant(handover).length > 0,
    says: () => 'The identity proves itself in no such way, and so nobody could take the task.',
    ask: () => 'Name an issuer of one of its bindings in takenBy.',
  },
  {
    rule: 'law:taken-by-one',
    code: 'request_invalid',
    holds: (handover) => handover.takenBy?.issuers !== undefined || issuersOf(handover).length === 1,
    says: (handover) =>
      `The identity proves itself in ${issuersOf(handover).length} ways, and it is not said which of them takes the task.`,
    ask: () => 'Name the issuers whose workloads may take it in takenBy.',
  },
]

/** Gives by whom a task is taken that is handed over under these laws. */
export function takenByOf(handover: Handover): TakenBy {
  const bindings = meant(handover)
  return {
    bindingKinds: unique(bindings.map(({ kind }) => kind)),
    issuers: unique(bindings.map(({ issuer }) => issuer)),
    minStrength: handover.takenBy?.minStrength ?? BINDING_STRENGTHS[0],
  }
}

/** Gives the guards of the bindings by which a task may be taken. */
export function guardHandover(handover: Handover): readonly Change[] {
  return meant(handover).map((row) => requireVersion('bindings', row))
}

/** True where somebody can take it, and it is said who. */
export function isTakeable(handover: Handover): boolean {
  return findBroken(HANDOVER_LAWS, handover) === undefined
}

/** Gives a handover as a grant lets it be taken; where nothing grants it, as it was meant. */
export function narrowHandover(handover: Handover, grant: TakenByWish | undefined): Handover {
  return { ...handover, takenBy: narrowTakers(grant, handover.takenBy) }
}

/** Gives who may take what is handed on, by the grant and by who hands it on: each can only narrow it. */
function narrowTakers(grant: TakenByWish | undefined, wish: TakenByWish | undefined): TakenByWish {
  const [allowed, wanted] = [grant?.issuers, wish?.issuers]
  const issuers = allowed === undefined ? wanted : (wanted?.filter((each) => allowed.includes(each)) ?? allowed)
  const minStrength = BINDING_STRENGTHS.findLast((each) => each === grant?.minStrength || each === wish?.minStrength)
  return { issuers, minStrength }
}
