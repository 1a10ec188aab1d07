import { existsSync } from 'node:fs'
import { ACTION_CLASSES, type ActionClass, rankClass } from '../contract/action-class.ts'
import type { Purpose, ResourceRule, ToolRule } from '../contract/register/purpose.ts'
import { intersectPatterns, matchesPattern, type Pattern, type Scope, stemOf } from '../contract/scope.ts'
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
  return resources
    .filter((resource) => !reviews.some((review) => reaches(review, resource)))
    .map(
      (resource) =>
        sayUnspelled(reviews, resource) ??
        `What ${action} acts on is ${tellReached(reviews)}, and so it does nothing with ${resource}.`,
    )
}

/**
 * Gives a caution for a rule about resources that no tool that is reviewed acts on: somebody may rest on it. What enforcement points
 * ask about is called as they say.
 */
export async function lookAtResourceRule(house: House, { pattern }: ResourceRule): Promise<Cautions> {
  const reviews = await findReviews(house, '*')
  if (isActedOn(reviews, pattern)) return []
  return [
    sayUnspelled(reviews, pattern) ??
      `${sayUnreached(reviews, pattern)} It counts only for what is asked about under that name.`,
  ]
}

/**
 * Gives a caution for a resource to which no way was found, where that may be so because nothing is called as it was written: it
 * would be taken for safe.
 */
export async function lookAtResource(house: House, resource: Pattern): Promise<Cautions> {
  if (stemOf(resource).includes('*'))
    return [`A star in ${resource} is one of its letters: only as the last one it means whatever begins so.`]
  const reviews = await findReviews(house, '*')
  if (isActedOn(reviews, resource)) return []
  return [sayUnspelled(reviews, resource, resource) ?? sayUnreached(reviews, resource)]
}

const isActedOn = (reviews: readonly ToolRule[], resource: Pattern): boolean =>
  reviews.length === 0 || resource.startsWith('domain:') || reviews.some((review) => reaches(review, resource))

const sayUnreached = (reviews: readonly ToolRule[], resource: Pattern): string =>
  `No tool that is reviewed acts on ${resource}; they act on ${tellReached(reviews)}.`

const tellReached = (reviews: readonly ToolRule[]): string =>
  unique(reviews.map(reachOf)).slice(0, 3).join(', ') || 'nothing'

function reaches(review: ToolRule, resource: Pattern): boolean {
  return intersectPatterns(reachOf(review), resource) !== undefined && spellPath(review, resource) === resource
}

/**
 * Says that a pattern spells paths as no call is ever judged, which looks right and counts for nothing. Who ends it by a slash means
 * what is in a folder.
 */
function sayUnspelled(
  reviews: readonly ToolRule[],
  resource: Pattern,
  whole = resource.endsWith('/') ? `${resource}*` : resource,
): string | undefined {
  const meant = reviews.find((review) => intersectPatterns(reachOf(review), resource) !== undefined)
  return meant === undefined
    ? undefined
    : `No path is ever called ${resource}: none has a slash before or behind it, nor an empty part or one that is a dot. ${spellPath(meant, whole)} may be meant.`
}

/** Gives a pattern as the tool names what it acts on. */
function spellPath({ resourceArgument, resourceKind, resourcePrefix }: ToolRule, resource: Pattern): Pattern {
  const stem = stemOf(resource)
  if (resourceArgument === null || resourceKind !== 'path' || stem.length <= resourcePrefix.length) return resource
  const parts = stem.slice(resourcePrefix.length).split('/')
  const isBegun = stem !== resource
  const kept = parts.filter((part, at) => (part !== '' && part !== '.') || (isBegun && at === parts.length - 1))
  return `${resourcePrefix}${kept.join('/')}${isBegun ? '*' : ''}`
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
