import { isActionClass } from '../action-class.ts'
import { CLEAN_LABELS, hasGrown, isTainted, joinLabels, type Labels } from '../label.ts'
import type { JsonObject } from '../log-entry.ts'
import { REACHES, type Reach, TIER_TERMS, type Tier } from '../register/tier.ts'
import { isWithinCeiling, type Sensitivity } from '../sensitivity.ts'
import { parentIdOf, taskIdOf, usesOf } from '../told/about.ts'
import { membersIn, textIn } from '../told/data.ts'
import { labelsIn } from '../told/labels.ts'
import type { EntryLaw, Judged } from './entry-law.ts'
import { resourcesOf } from './use-laws.ts'

/** The laws of what flows: what was read marks who read it, goes on with a task that is handed on, and bounds what leaves. */
export const FLOW_LAWS: readonly EntryLaw[] = [
  {
    name: 'labels',
    promise: 'what a task has touched only grows, by all that it reads',
    findFault: findLabelFault,
  },
  {
    name: 'inherited',
    promise: 'a task that is handed on has touched what the one had that it comes from',
    findFault: findBirthFault,
  },
  {
    name: 'flow',
    promise: 'nothing is changed by a task that read untrusted content and confidential data, but what people approved',
    findFault: findFlowFault,
  },
  {
    name: 'delegated-flow',
    promise: 'what was read leaves with a task that is handed on outside only where a person is asked first',
    findFault: findDelegatedFault,
  },
]

/** The entry of a permit had room for all that it says. */
const isWhole = (data: JsonObject): boolean => data['cut'] !== true

const isAct = (data: JsonObject): boolean => ['call', 'evaluation'].includes(textIn(data, 'decision') ?? '')

function findLabelFault({ entry, whole }: Judged): string | null {
  const { kind, data } = entry
  if (kind !== 'decision.permit' || !isAct(data) || !isWhole(data)) return null
  const told = membersIn(data, 'labels')
  const [before, after] = [labelsIn(told, 'before'), labelsIn(told, 'after')]
  if (before === null || after === null)
    return whole && data['decision'] === 'call' ? 'it does not tell what the task has touched' : null
  if (!hasGrown(before, after)) return 'after it the task would have touched less than before'
  const missed = resourcesOf(data).find(({ sensitivity }) => !isWithinCeiling(sensitivity, after.confidentiality))
  return missed === undefined ? null : `it reads ${missed.id}, which is ${missed.sensitivity}, and does not count that`
}

function findBirthFault({ entry, told }: Judged): string | null {
  const { kind, data } = entry
  const parentId = parentIdOf(entry)
  if (kind !== 'decision.permit' || data['decision'] !== 'delegation' || parentId === null) return null
  const above = told.labels.get(parentId) ?? CLEAN_LABELS
  return hasGrown(above, labelsIn(data, 'labels') ?? CLEAN_LABELS)
    ? null
    : `its task begins with less than its parent ${parentId} had touched`
}

/** Whoever only asks, as people do, lets nothing happen. */
function findFlowFault({ entry, told }: Judged): string | null {
  const { kind, data, actor } = entry
  if (kind !== 'decision.permit' || !isAct(data) || !isWhole(data) || actor.kind === 'person') return null
  const actionClass = textIn(membersIn(data, 'action'), 'class') ?? ''
  if (actionClass === 'read' || !isActionClass(actionClass) || usesOf(entry).length > 0) return null
  const taskId = taskIdOf(entry) ?? ''
  const said = membersIn(data, 'labels')
  const known = [told.labels.get(taskId) ?? null, labelsIn(said, 'before'), labelsIn(said, 'remembered')]
  return known.some((labels) => labels !== null && isTainted(labels))
    ? `it permits a change in the task ${taskId} after untrusted content and confidential data, which nobody approved`
    : null
}

function findDelegatedFault({ entry, told }: Judged): string | null {
  const { kind, data } = entry
  if (kind !== 'decision.permit' || data['decision'] !== 'delegation' || !isWhole(data)) return null
  const labels = joinLabels(labelsIn(data, 'labels') ?? CLEAN_LABELS, labelsIn(data, 'remembered') ?? CLEAN_LABELS)
  const ceiling = textIn(data, 'ceiling') ?? textIn(membersIn(data, 'asked'), 'ceiling')
  const isTooMuch =
    isTainted(labels) || (ceiling !== null && !isWithinCeiling(labels.confidentiality, ceiling as Sensitivity))
  const outside = isTooMuch ? findOutside(data, labels, told.ceilings) : null
  if (outside === null) return null
  const tier = textIn(membersIn(data, 'by'), 'tier') ?? ''
  const isHeld = Object.hasOwn(TIER_TERMS, tier) && TIER_TERMS[tier as Tier].pivot === 'held'
  return isHeld && data['taskState'] === 'waiting'
    ? null
    : `it hands on what was read (${labels.confidentiality}, ${labels.integrity}) to one of whom ${outside}, and asks nobody`
}

/** Says how the one who takes a task stands outside of where its data was meant to be; null where that is not told. */
function findOutside(
  data: JsonObject,
  { confidentiality }: Labels,
  ceilings: ReadonlyMap<string, string>,
): string | null {
  const [by, helper] = [membersIn(data, 'by'), membersIn(data, 'helper')]
  const vendor = textIn(helper, 'vendor')
  const isSameVendor = vendor !== null && vendor === textIn(by, 'vendor')
  const isBoth = (name: string, value: string): boolean => textIn(by, name) === value && isSameVendor
  const reach = (of: JsonObject): number => REACHES.indexOf(textIn(of, 'reach') as Reach)
  const covered = ceilings.get(textIn(data, 'purpose') ?? '')
  const rows: readonly (readonly [string, boolean])[] = [
    ['a vendor runs it', textIn(helper, 'runtime') === 'vendor' && !isBoth('runtime', 'vendor')],
    ['it is embedded in a product', textIn(helper, 'kind') === 'embedded' && !isBoth('kind', 'embedded')],
    ['it reaches further', reach(by) >= 0 && reach(helper) > reach(by)],
    [
      `its purpose covers ${covered ?? 'no'} data at most`,
      covered !== undefined && !isWithinCeiling(confidentiality, covered as Sensitivity),
    ],
  ]
  return rows.find(([, isOutside]) => isOutside)?.[0] ?? null
}
