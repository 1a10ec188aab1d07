import { existsSync } from 'node:fs'
import { ACTION_CLASSES, type ActionClass, rankClass } from '../contract/action-class.ts'
import type { Purpose, ToolRule } from '../contract/register/purpose.ts'
import { intersectPatterns, matchesPattern, type Pattern, type Scope } from '../contract/scope.ts'
import type { ToolHints } from '../contract/tool-hints.ts'
import { serverOf } from '../decide/reviewed/tools.ts'
import { RemitError } from '../ground/errors.ts'
import { unique } from '../ground/unique.ts'
import { allRowsOf } from './all-rows.ts'
import type { House, OfferedTool } from './house.ts'

/** What deserves a second look in something that was done: a sentence each. */
export type Cautions = readonly string[]

/**
 * Gives cautions for actions that no tool behind the gateway answers to now, for those of which every tool counts as another class
 * than `classes`, and for resources that none of them acts on. Names of other enforcement points hold no slash.
 */
export async function lookAtScope(
  house: House,
  scope: Scope,
  classes: readonly ActionClass[] = ACTION_CLASSES,
): Promise<Cautions> {
  const cautions = await Promise.all(
    [...Map.groupBy(scope, ({ action }) => action)].map(([action, grants]) =>
      lookAtAction(house, action, { classes, resources: unique(grants.map(({ resource }) => resource)) }),
    ),
  )
  return cautions.flat()
}

interface Wanted {
  readonly classes: readonly ActionClass[]
  readonly resources: readonly Pattern[]
}

async function lookAtAction(house: House, action: string, wanted: Wanted): Promise<Cautions> {
  const name = serverOf(action)
  if (name === undefined) return []
  const server = house.servers.find((each) => each.name === name)
  if (server === undefined) return [`There is no server ${name} behind the gateway, which ${action} names.`]
  const reviews = await findReviews(house, action)
  if (reviews.length > 0)
    return [...lookAtClasses(action, reviews, wanted), ...lookAtResources(action, reviews, wanted)]
  const { state, tools } = await server.look()
  const isOffered = tools.some((tool) => matchesPattern(action, `${name}/${tool.name}`))
  if (state === 'up' && !isOffered) return [`The server ${name} offers no tool that ${action} names.`]
  return [
    action.endsWith('*')
      ? `No tool that ${action} names is reviewed, and so all are closed; review them with remit tool classify.`
      : `The tool ${action} is not reviewed, and so is closed; review it with remit tool classify.`,
  ]
}

function lookAtClasses(action: string, reviews: readonly ToolRule[], { classes }: Wanted): Cautions {
  const found = unique(reviews.map(({ actionClass }) => actionClass))
  if (found.some((each) => classes.includes(each))) return []
  return [`What ${action} does counts as ${found.join(', ')}, and this is for ${classes.join(', ')} alone.`]
}

function lookAtResources(action: string, reviews: readonly ToolRule[], { resources }: Wanted): Cautions {
  const reached = unique(reviews.map(reachOf))
  return resources
    .filter((resource) => !reached.some((pattern) => intersectPatterns(pattern, resource)))
    .map(
      (resource) =>
        `What ${action} acts on is ${reached.slice(0, 3).join(', ') || 'nothing'}, and so it does nothing with ${resource}.`,
    )
}

const reachOf = ({ resourceArgument, resourcePrefix }: ToolRule): Pattern =>
  resourceArgument === null ? resourcePrefix : `${resourcePrefix}*`

/** Gives the reviews of all tools that an action pattern means. */
async function findReviews({ register }: House, action: string): Promise<readonly ToolRule[]> {
  const found: ToolRule[] = []
  for await (const rule of allRowsOf('tool_rules', (page) => register.toolRules(page)))
    if (matchesPattern(action, `${rule.server}/${rule.tool}`)) found.push(rule)
  return found
}

/** Refuses a review by an argument that the tool does not take; gives cautions for a folder that is not there. */
export function lookAtReview(
  review: Omit<ToolRule, 'definitionDigest' | 'state'>,
  tool: OfferedTool,
  isLocal: boolean,
): Cautions {
  const known = tool.arguments
  const { resourceArgument, spendArgument, currencyArgument } = review
  const named = [...(resourceArgument?.split(',') ?? []), ...[spendArgument ?? [], currencyArgument ?? []].flat()]
  const strange = named.filter((name) => known?.includes(name) === false)
  if (known !== null && strange.length > 0)
    throw refusal(
      `${tool.name} takes no argument ${strange.join(', ')}; ${known.length === 0 ? 'it takes none' : `it takes: ${known.join(', ')}`}.`,
    )
  const root = review.resourceRoot
  if (review.resourceKind !== 'path' || !isLocal || root === '') return []
  if (!root.startsWith('/')) throw refusal(`The root ${root} is relative; give the whole path of the folder.`)
  return existsSync(root) ? [] : [`There is no folder ${root} on this machine.`]
}

/** Gives a caution for a tool that counts as less than its own server says. What a server says to its own praise says nothing. */
export function lookAtHints({ actionClass }: Pick<ToolRule, 'actionClass'>, hints: ToolHints): Cautions {
  if (hints.destructive === true && rankClass(actionClass) < rankClass('delete'))
    return [`Its server says that it may destroy, and it counts as ${actionClass}.`]
  if (hints.readOnly === false && actionClass === 'read')
    return ['Its server says that it does not only read, and it counts as read.']
  return []
}

/** Says what a purpose was that another one takes the place of. */
export function lookAtPurpose(before: Purpose | undefined, purpose: Purpose): Cautions {
  if (before === undefined) return []
  const { classes, ceiling, title } = before
  return [
    `${purpose.code} was defined before: ${title}; ${classes.join(', ')} on data up to ${ceiling}. That is replaced.`,
  ]
}

function refusal(detail: string): RemitError {
  return new RemitError('request_invalid', { detail })
}
