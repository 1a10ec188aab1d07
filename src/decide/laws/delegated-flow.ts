import type { Reason } from '../../contract/decision.ts'
import { isTainted } from '../../contract/label.ts'
import { REACHES, TIER_TERMS } from '../../contract/register/tier.ts'
import { isWithinCeiling } from '../../contract/sensitivity.ts'
import type { Link, Memory } from '../lineage.ts'
import { labelsOf } from './act.ts'
import type { Law } from './law.ts'
import type { Wish } from './wish.ts'

/** A task that is about to be handed on, and what may stand in what its helper is told. */
export interface DelegatedFlow {
  readonly own: Link
  readonly wish: Wish
  /** What the chain has read, and what its identities remember. */
  readonly memory: Memory
}

/** What tells that a helper stands where the data of the delegator was not meant to go; empty where it does not. */
function sayBoundaries({ own: { identity }, wish, memory }: DelegatedFlow): readonly string[] {
  const { identity: helper } = wish.member
  const [purpose] = wish.purposes
  const isSameVendor = helper.vendor !== null && helper.vendor === identity.vendor
  const rows: readonly (readonly [string, boolean])[] = [
    ['a vendor runs it', helper.runtime === 'vendor' && !(isSameVendor && identity.runtime === 'vendor')],
    ['it is embedded in a product', helper.kind === 'embedded' && !(isSameVendor && identity.kind === 'embedded')],
    [`it reaches ${helper.reach}`, REACHES.indexOf(helper.reach) > REACHES.indexOf(identity.reach)],
    [
      `its purpose covers ${purpose?.ceiling ?? 'no'} data at most`,
      purpose === undefined || !isWithinCeiling(labelsOf(memory.ranks).confidentiality, purpose.ceiling),
    ],
  ]
  return rows.filter(([, isOutside]) => isOutside).map(([sentence]) => sentence)
}

/**
 * True where handing the task on is a flow out: what was read may stand in the goal, and the helper stands outside. It
 * is one of too sensitive data, or of what a task may not send by itself after it has read untrusted content.
 */
function flowsOut(flow: DelegatedFlow): boolean {
  const labels = labelsOf(flow.memory.ranks)
  const isTooMuch = isTainted(labels) || !isWithinCeiling(labels.confidentiality, flow.wish.ceiling)
  return isTooMuch && sayBoundaries(flow).length > 0
}

const isHeldByTier = ({ own }: DelegatedFlow): boolean => TIER_TERMS[own.identity.tier].pivot === 'held'

function sayFlow(flow: DelegatedFlow): string {
  const { confidentiality, integrity } = labelsOf(flow.memory.ranks)
  const where = flow.memory.from.length === 0 ? '' : ` (also in ${flow.memory.from.join(', ')})`
  const { name } = flow.wish.member.identity
  return `What was read is ${confidentiality} and ${integrity}${where}, and would leave with the task: of ${name}, ${sayBoundaries(flow).join(', ')}.`
}

/** By a tier that holds for nobody, what was read does not leave with a task at all. */
export const DELEGATED_FLOW_LAW: Law<DelegatedFlow> = {
  rule: 'law:delegated-flow',
  code: 'denied',
  holds: (flow) => !flowsOut(flow) || isHeldByTier(flow),
  says: sayFlow,
  ask: ({ wish }) =>
    `Hand it on from a task that has read nothing of the kind, or to a helper that stands where ${wish.member.identity.name} does not.`,
}

/** Why a person has to say yes to the task before it begins; empty where nobody has to. */
export function sayFlowNeeds(flow: DelegatedFlow): readonly Reason[] {
  return flowsOut(flow) && isHeldByTier(flow) ? [{ rule: DELEGATED_FLOW_LAW.rule, sentence: sayFlow(flow) }] : []
}
