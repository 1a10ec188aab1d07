import { actorOf } from '../../authenticate/actor.ts'
import type { PersonCaller } from '../../authenticate/caller.ts'
import type { Limit } from '../../contract/counters/limit.ts'
import type { Purpose, ResourceRule, ToolRule } from '../../contract/register/purpose.ts'
import { readHints } from '../../contract/tool-hints.ts'
import { findRootFault } from '../../decide/call-target.ts'
import { RemitError } from '../../ground/errors.ts'
import { classifyResource, classifyTool, definePurpose, setLimit } from '../../register/catalogue.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import {
  type Cautions,
  lookAtHints,
  lookAtPurpose,
  lookAtResourceRule,
  lookAtReview,
  lookAtScope,
} from '../look-twice.ts'

/** Defines a purpose of the organisation, or replaces it. */
export async function definePurposeBy(
  house: House,
  caller: PersonCaller,
  purpose: Purpose,
): Promise<{ readonly entry: number; readonly cautions: Cautions }> {
  requireRole(caller.person, ['admin'])
  const before = await house.register.purpose(purpose.code)
  const recorded = await house.log.record(definePurpose(purpose, before, actorOf(caller)))
  return { entry: recorded.index, cautions: lookAtPurpose(before, purpose) }
}

/** Says how sensitive the resources of a pattern are. */
export async function classifyResourceBy(
  house: House,
  caller: PersonCaller,
  rule: ResourceRule,
): Promise<{ readonly entry: number; readonly cautions: Cautions }> {
  requireRole(caller.person, ['admin'])
  const [kept, catalogue] = await Promise.all([
    house.register.resourceRule(rule.pattern),
    house.register.catalogue('resources'),
  ])
  const recorded = await house.log.record(classifyResource(rule, { rule: kept, catalogue }, actorOf(caller)))
  return { entry: recorded.index, cautions: await lookAtResourceRule(house, rule) }
}

/** Says how often something may be done at most, or that a limit has ended. */
export async function setLimitBy(
  house: House,
  caller: PersonCaller,
  limit: Limit,
): Promise<{ readonly entry: number; readonly cautions: Cautions }> {
  requireRole(caller.person, ['admin'])
  const [kept, catalogue] = await Promise.all([house.register.limit(limit.name), house.register.catalogue('limits')])
  const recorded = await house.log.record(setLimit(limit, { limit: kept, catalogue }, actorOf(caller)))
  return { entry: recorded.index, cautions: await lookAtLimited(house, limit) }
}

/** A limit of a tool that is not there counts nothing, and nobody would notice. */
async function lookAtLimited(house: House, { of, state }: Limit): Promise<Cautions> {
  return state === 'active' ? await lookAtScope(house, [{ action: of, resource: '*' }]) : []
}

/** What a person says of a tool; `seenDigest` is the definition that was looked at. */
export type ToolReview = Omit<ToolRule, 'definitionDigest' | 'state'> & { readonly seenDigest?: string | undefined }

/**
 * Reviews a tool: says what it does and pins the definition that its server offers now. What the server says of it is
 * written beside, and decides nothing.
 * Errors: `conflict` where it is not the definition that was looked at, `not_found` for a server or tool that is not there, `upstream_unavailable`, `request_invalid` for a tool that
 * opens files of this machine in a folder that is not told, and for an argument that the tool does not take.
 */
export async function classifyToolBy(
  house: House,
  caller: PersonCaller,
  { seenDigest, ...review }: ToolReview,
): Promise<{ readonly rule: ToolRule; readonly entry: number; readonly cautions: Cautions }> {
  requireRole(caller.person, ['admin'])
  const server = house.servers.find((row) => row.name === review.server)
  if (server === undefined) throw new RemitError('not_found', { detail: 'There is no such server behind the gateway.' })
  const rootFault = findRootFault(review, server.transport === 'stdio')
  if (rootFault !== null)
    throw new RemitError('request_invalid', {
      detail: `This cannot be judged, as ${rootFault}: give the whole folder that its paths lie in (resourceRoot, --root).`,
    })
  const offered = await server.look()
  if (offered.reason !== null)
    throw new RemitError('upstream_unavailable', { detail: `${server.name} does not answer: ${offered.reason}.` })
  const tool = offered.tools.find((row) => row.name === review.tool)
  if (tool === undefined) throw new RemitError('not_found', { detail: 'The server does not offer this tool.' })
  if (seenDigest !== undefined && seenDigest !== tool.digest)
    throw new RemitError('conflict', {
      detail: 'The server offers another definition of this tool than the one that was looked at; look again.',
    })
  const hints = readHints(tool.annotations)
  const cautions = [...lookAtReview(review, tool, server.transport === 'stdio'), ...lookAtHints(review, hints)]
  const rule: ToolRule = { ...review, definitionDigest: tool.digest, state: 'active' }
  const recorded = await house.log.record(
    classifyTool(rule, await house.register.toolRule(rule.server, rule.tool), actorOf(caller), hints),
  )
  return { rule, entry: recorded.index, cautions }
}
