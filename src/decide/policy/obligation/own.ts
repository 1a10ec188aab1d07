import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { DecisionKind, Obligation, Reason } from '../../../contract/decision.ts'
import { canonicalJson } from '../../../ground/canonical-json.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { OBLIGATION_TYPES, readObligation } from './known.ts'

/** The types that the gateway carries out. */
const CARRIED_TYPES = ['dev.remit/mask-result', 'dev.remit/limit-result'] as const
export type CarriedType = (typeof CARRIED_TYPES)[number]

/** What an obligation of each of them must say, and how to tell that it does. */
const CARRIED: Readonly<
  Record<CarriedType, readonly [says: string, isSaid: (properties: Obligation['properties']) => boolean]>
> = {
  'dev.remit/mask-result': ['members, a list of names', ({ members }) => isNames(members)],
  'dev.remit/limit-result': ['bytesMax, a whole number from 1', ({ bytesMax }) => isCount(bytesMax)],
}

/** The types of obligations that a policy of Remit's own can lay on whoever enforces it. */
export const OWN_OBLIGATION_TYPES: readonly string[] = [...OBLIGATION_TYPES, ...CARRIED_TYPES]

/** Actions that are done here and nowhere else: nobody is there on whom an obligation could be laid. */
const DONE_HERE: readonly string[] = ['task', 'delegation', 'token']

/**
 * Reads the `@obligation` of a policy of Remit's own. It stands on a permit that names the acts it is of, and those are
 * carried out by the gateway or another enforcement point. Gives what is wrong with it as a text.
 */
export function readOwnObligation(id: string, annotation: string, json: PolicyJson): Obligation | string {
  if (json.effect === 'forbid') return 'an @obligation stands on a permit, and this forbids'
  if (!isOfActs(json.action))
    return 'an @obligation stands on a permit of acts: name them, such as action in Remit::Action::"call"'
  const obligation = readObligation(id, annotation, CARRIED_TYPES)
  if (typeof obligation === 'string') return obligation
  if (!isCarried(obligation.type)) return obligation
  const [says, isSaid] = CARRIED[obligation.type]
  return isSaid(obligation.properties) ? obligation : `an @obligation of the type ${obligation.type} must say ${says}`
}

/** True for a type that the gateway carries out. */
export function isCarried(type: string): type is CarriedType {
  return CARRIED_TYPES.some((each) => each === type)
}

function isOfActs(action: PolicyJson['action']): boolean {
  if (action.op === 'All') return false
  const named = 'entities' in action ? action.entities : 'entity' in action ? [action.entity] : []
  const ids = named.map((uid) => ('__entity' in uid ? uid.__entity.id : uid.id))
  return ids.length > 0 && ids.every((each) => !DONE_HERE.includes(each))
}

function isNames(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= LIMITS.maskedMembersMax &&
    value.every((each) => typeof each === 'string' && each !== '' && each.length <= LIMITS.nameCharsMax)
  )
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1
}

/**
 * Gives the no to what is permitted only with an obligation that whoever would let it through cannot carry out; undefined
 * where it can. The gateway knows its own; another enforcement point may say what it can (`supported`), or nothing.
 */
export function refuseObligation(
  kind: DecisionKind,
  obligations: readonly Obligation[],
  supported: readonly string[] | null,
): Reason | undefined {
  const able: readonly string[] | null = kind === 'call' ? CARRIED_TYPES : supported
  const undone = able === null ? undefined : obligations.find(({ type }) => !able.includes(type))
  if (undone === undefined) return undefined
  return {
    rule: 'law:obligation',
    sentence: `It is permitted only with an obligation of the type ${undone.type}, which whoever would let it through cannot carry out.`,
  }
}

/** Says why a call that is under way does not end as it was permitted: what comes back to it would leave without what is asked for now. */
export function findAdded(before: readonly Obligation[], now: readonly Obligation[]): Reason | undefined {
  const write = ({ type, properties }: Obligation): string => canonicalJson({ type, properties })
  const known = before.map(write)
  const added = now.find((each) => !known.includes(write(each)))
  if (added === undefined) return undefined
  return {
    rule: 'law:obligation',
    sentence: `Policies ask now for an obligation of the type ${added.type}, with which this was not permitted.`,
  }
}
