import { afterProof, bringAlong, type ProvenPerson, type WorkloadCaller } from '../../../authenticate/caller.ts'
import type { IdentityGrant } from '../../../authenticate/person/id-jag.ts'
import { ACTION_CLASSES, type ActionClass, rankClass } from '../../../contract/action-class.ts'
import { TIER_TERMS } from '../../../contract/register/tier.ts'
import type { Task } from '../../../contract/task.ts'
import type { TaskRequest } from '../../../decide/requests.ts'
import { digestOf } from '../../../ground/digest.ts'
import { RemitError } from '../../../ground/errors.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { type ConsentOffer, offerConsent, scopeOfTools } from '../../../register/consent-offer.ts'
import { allRows } from '../../all-rows.ts'
import { decideAndRecord, permitOrRefuse } from '../../decision.ts'
import type { House } from '../../house.ts'

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
export async function openGranted(
  house: House,
  client: WorkloadCaller,
  grant: IdentityGrant,
  ask: GrantAsk,
): Promise<GrantedTask> {
  const { server, resource } = chooseServer(house, grant, ask)
  const wanted = chooseClasses(grant, ask)
  const offer = await offerTools(house, client, grant.person, { server, wanted })
  const request = requestTask(client, offer, server)
  const scope = ACTION_CLASSES.filter((each) => offer.tools.some(({ actionClass }) => actionClass === each)).join(' ')
  const living = await findSame(house, client, grant, request)
  if (living !== undefined) return { taskId: living, resource, scope, client: bringAlong(client, grant.person) }
  const person = bringAlong(grant.person, client)
  const by = { bindingId: client.binding.id, foreignAct: grant.act }
  const recorded = permitOrRefuse(
    await decideAndRecord(house, () => house.decide.behalfTask(person, client.identity.id, request, by)),
  )
  return { taskId: recorded.fact.grant.id, resource, scope, client: afterProof(client) }
}

/** A grant is for the servers behind the gateway; what it names, and what is asked for, has to be one of them. */
function chooseServer(
  { servers, publicUrl }: House,
  { resources }: IdentityGrant,
  { resource = resources?.length === 1 ? resources[0] : undefined }: GrantAsk,
): { readonly server: string; readonly resource: string } {
  const server = servers.find(({ name }) => resource === `${publicUrl}/mcp/${name}`)
  if (server === undefined || resource === undefined)
    throw new RemitError('target_invalid', {
      detail: `Say which server the token is for: resource is ${publicUrl}/mcp/NAME.`,
    })
  if (resources !== null && !resources.includes(resource))
    throw new RemitError('target_invalid', { detail: 'The grant is for another resource than is asked for.' })
  return { server: server.name, resource }
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

async function offerTools(
  house: House,
  { identity }: WorkloadCaller,
  { person }: ProvenPerson,
  { server, wanted }: { readonly server: string; readonly wanted: readonly ActionClass[] },
): Promise<ConsentOffer> {
  const [purpose, entitlements, rights, rules] = await Promise.all([
    identity.purpose === null ? undefined : house.register.purpose(identity.purpose),
    house.register.entitlementsOf(identity.id),
    house.register.rightsOf(person.id),
    house.register.toolRulesAt(server),
  ])
  if (identity.state !== 'active' || purpose === undefined)
    throw new RemitError('identity_inactive', { facts: { identityId: identity.id } })
  const longestSeconds = Math.min(LIMITS.grantedTaskSeconds, TIER_TERMS[identity.tier].longestTaskSeconds)
  const atMs = house.clock.nowMs()
  const offer = offerConsent({ purpose, entitlements, rights, rules, wanted, longestSeconds, atMs })
  if (offer.tools.length > 0) return offer
  throw new RemitError('scope_exceeded', {
    detail: `Nothing at ${server} is open to this agent on behalf of this person: ${offer.withheld[0]?.because ?? 'no tool of it was reviewed'}.`,
  })
}

function requestTask({ binding, identity }: WorkloadCaller, offer: ConsentOffer, server: string): TaskRequest {
  const doesWrite = offer.tools.some(({ actionClass }) => rankClass(actionClass) > rankClass('read'))
  return {
    purpose: identity.purpose ?? '',
    goal: `What a person does at ${server} through ${binding.subject}, as their organisation lets them`,
    ticket: null,
    scope: scopeOfTools(offer.tools),
    ceiling: offer.ceiling,
    budget: {
      callsMax: LIMITS.callsDefault,
      writesMax: doesWrite ? LIMITS.writesDefault : 0,
      bytesMax: LIMITS.bytesDefault,
    },
    lifeSeconds: offer.longestSeconds,
  }
}

/** Finds a task of the same client for the same person that lives, or waits, and may do the very same. */
async function findSame(
  house: House,
  { binding }: WorkloadCaller,
  { person: { person }, act }: IdentityGrant,
  request: TaskRequest,
): Promise<string | undefined> {
  const tellOf = ({ purpose, goal, scope, ceiling }: TaskRequest | Task, before: Task['foreignAct']): string =>
    digestOf([
      purpose,
      goal,
      scope.map(({ action, resource }) => [action, resource]),
      ceiling,
      JSON.stringify(before ?? null),
    ])
  const wanted = tellOf(request, act)
  for await (const task of allRows((page) => house.revoke.livingTasksOpenedFor(person.id, page))) {
    const lives = task.bindingId === binding.id && house.clock.nowMs() < task.endsMs
    if (lives && tellOf(task, task.foreignAct) === wanted) return task.id
  }
  return undefined
}
