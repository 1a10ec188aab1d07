import { afterProof, bringAlong, type WorkloadCaller } from '../../../authenticate/caller.ts'
import type { IdentityGrant } from '../../../authenticate/person/id-jag.ts'
import { ACTION_CLASSES, type ActionClass } from '../../../contract/action-class.ts'
import type { TaskRequest } from '../../../decide/requests.ts'
import { RemitError } from '../../../ground/errors.ts'
import { allRows } from '../../all-rows.ts'
import type { House } from '../../house.ts'
import { recordFewWaiting } from '../../task/few-waiting.ts'
import { findSameTask, findServer, planServerTask, type Server, sinceOf } from '../server/server-task.ts'

/** What a client asks for with an ID-JAG. */
export interface GrantAsk {
  /** RFC 8707; where it is left out, the one that the grant names. */
  readonly resource: string | undefined
  /** The scopes; where they are left out, all that the grant names. */
  readonly scope: string | undefined
}

/** The task that a grant became, and what its token is for. */
export interface GrantedTask {
  readonly taskId: string
  readonly resource: string
  /** The classes of action, as `scope` says them. */
  readonly scope: string
  /** The client, with what is still to be written down of what was shown. */
  readonly client: WorkloadCaller
}

/** What a grant that names no scope lets be asked for: the least. */
const LEAST: readonly ActionClass[] = ['read']

/**
 * Gives the task of a client on behalf of the person whom an identity provider lets it act for: the one that lives and is for
 * the very same, or a new one, under all that holds of a task that the person opens. It is for one server, and for what asked,
 * grant, entitlements, purpose, rights and reviewed tools have in common. Errors: `target_invalid`, `scope_exceeded`,
 * `identity_inactive`, and those of a denial.
 */
export async function openGrantedTask(
  house: House,
  client: WorkloadCaller,
  grant: IdentityGrant,
  ask: GrantAsk,
): Promise<GrantedTask> {
  const { server, resource } = chooseServer(house, grant, ask)
  const wanted = chooseClasses(grant, ask)
  const rights = await house.register.rightsOf(grant.person.person.id)
  const { request, scope } = await planServerTask(house, client, { server, wanted, rights })
  const living = await findSame(house, client, grant, request)
  if (living !== undefined) return { taskId: living, resource, scope, client: bringAlong(client, grant.person) }
  const person = bringAlong(grant.person, client)
  const by = { bindingId: client.binding.id, foreignAct: grant.act }
  const recorded = await recordFewWaiting(house, () => house.decide.behalfTask(person, client.identity.id, request, by))
  return { taskId: recorded.fact.grant.id, resource, scope, client: afterProof(client) }
}

/** A grant is for the servers behind the gateway; what it names, and what is asked for, has to be one of them. */
function chooseServer(
  house: House,
  { resources }: IdentityGrant,
  { resource = resources?.length === 1 ? resources[0] : undefined }: GrantAsk,
): Server {
  const found = findServer(house, resource)
  if (found === undefined)
    throw new RemitError('target_invalid', {
      detail: `Say which server the token is for: resource is ${house.publicUrl}/mcp/NAME.`,
    })
  if (resources !== null && !resources.includes(found.resource))
    throw new RemitError('target_invalid', { detail: 'The grant is for another resource than is asked for.' })
  return found
}

/** Issued is what is both asked for and granted (MCP enterprise-managed authorization), in classes of action. */
function chooseClasses({ scopes }: IdentityGrant, { scope }: GrantAsk): readonly ActionClass[] {
  const granted = scopes === null ? LEAST : ACTION_CLASSES.filter((each) => scopes.includes(each))
  const asked = scope?.split(' ')
  const both = granted.filter((each) => asked?.includes(each) !== false)
  if (both.length > 0) return both
  throw new RemitError('scope_exceeded', {
    detail: `The grant lets nothing be asked for of what is asked for; scopes here are ${ACTION_CLASSES.join(', ')}.`,
  })
}

async function findSame(
  house: House,
  { binding }: WorkloadCaller,
  { person: { person, login }, act }: IdentityGrant,
  request: TaskRequest,
): Promise<string | undefined> {
  const of = { bindingId: binding.id, loginId: login.id, onBehalfOf: person.id }
  const wanted = { ...request, ...of, ...(act === undefined ? {} : { foreignAct: act }) }
  const living = allRows((page) => house.revoke.livingTasksOpenedFor(person.id, { after: sinceOf(house), ...page }))
  return await findSameTask(house, living, wanted)
}
