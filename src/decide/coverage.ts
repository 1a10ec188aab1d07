import { ACTION_CLASSES, type ActionClass, UNKNOWN_CLASS } from '../contract/action-class.ts'
import type { Extent } from '../contract/register/entitlement-use.ts'
import type { ToolRule } from '../contract/register/purpose.ts'
import {
  allowsInScope,
  containsGrant,
  type Grant,
  intersectScopes,
  normaliseScope,
  type Pattern,
  type Scope,
} from '../contract/scope.ts'
import { isWithinCeiling, type Sensitivity } from '../contract/sensitivity.ts'
import { LIMITS } from '../ground/limits.ts'
import { unique } from '../ground/unique.ts'
import { toolsOf } from './reviewed/tools.ts'

/** Gives the classes of everything that an action pattern could mean; the gravest where nobody has reviewed it. */
export function classesOf(rules: readonly ToolRule[], action: Pattern): readonly ActionClass[] {
  const plain = ACTION_CLASSES.find((name) => name === action)
  if (plain !== undefined) return [plain]
  const tools = toolsOf(rules, action)
  return tools.length === 0 ? [UNKNOWN_CLASS] : unique(tools.map((rule) => rule.actionClass))
}

/** Gives the entitlements that cover all that a grant could mean. */
export function coverGrant<Row extends Extent>(
  entitlements: readonly Row[],
  grant: Grant,
  classes: readonly ActionClass[],
): readonly Row[] {
  return entitlements.filter(
    (row) =>
      row.scope.some((wide) => containsGrant(wide, grant)) && classes.every((name) => row.classes.includes(name)),
  )
}

/** One action on one resource. */
export interface Act {
  readonly name: string
  readonly actionClass: ActionClass
  readonly resource: string
  readonly sensitivity: Sensitivity
}

/** Gives the entitlements that cover one act. */
export function coverAct<Row extends Extent>(entitlements: readonly Row[], act: Act): readonly Row[] {
  return entitlements.filter(
    (row) =>
      row.classes.includes(act.actionClass) &&
      isWithinCeiling(act.sensitivity, row.ceiling) &&
      allowsInScope(row.scope, act.name, act.resource),
  )
}

/**
 * Gives the part of `asked` that the entitlements cover and whose classes are among `classes`. A grant that names
 * more tools than that is written out tool by tool, so that the answer can be asked for as it stands.
 */
export function nearestScope(
  asked: Scope,
  entitlements: readonly Extent[],
  classes: readonly ActionClass[],
  rules: readonly ToolRule[],
): Scope {
  const near = entitlements.flatMap((row) => {
    const both = row.classes.filter((name) => classes.includes(name))
    return intersectScopes(row.scope, asked).flatMap((grant) => narrowGrant(grant, both, rules))
  })
  return normaliseScope(near).slice(0, LIMITS.scopeGrantsMax)
}

function narrowGrant(grant: Grant, classes: readonly ActionClass[], rules: readonly ToolRule[]): Scope {
  if (classesOf(rules, grant.action).every((name) => classes.includes(name))) return [grant]
  return toolsOf(rules, grant.action)
    .filter((rule) => classes.includes(rule.actionClass))
    .map((rule) => ({ action: `${rule.server}/${rule.tool}`, resource: grant.resource }))
}
