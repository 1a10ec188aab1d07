import type { WorkloadCaller } from '../../../authenticate/caller.ts'
import { ACTION_CLASSES, type ActionClass, rankClass } from '../../../contract/action-class.ts'
import type { PersonRight } from '../../../contract/register/person-right.ts'
import { TIER_TERMS } from '../../../contract/register/tier.ts'
import type { Task } from '../../../contract/task.ts'
import { gatewayAddress } from '../../../contract/token/gateway-address.ts'
import type { TaskRequest } from '../../../decide/requests.ts'
import { digestOf } from '../../../ground/digest.ts'
import { RemitError } from '../../../ground/errors.ts'
import { idFloor } from '../../../ground/ids.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { type ConsentOffer, offerConsent, scopeOfTools } from '../../../register/consent-offer.ts'
import type { House } from '../../house.ts'

/** A server behind the gateway, by its name and by its address (RFC 8707). */
export interface Server {
  readonly server: string
  readonly resource: string
}

/** A task for all that may be done at a server, as somebody asks for it who can say no more than which server. */
export interface ServerTask {
  readonly request: TaskRequest
  /** The classes of action, as `scope` says them. */
  readonly scope: string
}

/** Finds the server of an address; undefined for any other address. */
export function findServer({ servers, publicUrl }: House, resource: string | undefined): Server | undefined {
  const found = servers.find(({ name }) => resource === gatewayAddress(publicUrl, name))
  return found === undefined || resource === undefined ? undefined : { server: found.name, resource }
}

/**
 * Works out the task: the reviewed tools of the server, as far as purpose and entitlements of the identity, the classes that
 * are wanted, and the rights of the person reach where it is for one. It lives for an hour at most. Errors:
 * `identity_inactive`, `scope_exceeded` where nothing is left.
 */
export async function planServerTask(
  house: House,
  { identity }: WorkloadCaller,
  at: {
    readonly server: string
    readonly wanted: readonly ActionClass[]
    /** Null where it is for nobody but the identity itself. */
    readonly rights: readonly PersonRight[] | null
  },
): Promise<ServerTask> {
  const { server, ...bounds } = at
  const [purpose, entitlements, rules] = await Promise.all([
    identity.purpose === null ? undefined : house.register.purpose(identity.purpose),
    house.register.entitlementsOf(identity.id),
    house.register.toolRulesAt(server),
  ])
  if (identity.state !== 'active' || purpose === undefined)
    throw new RemitError('identity_inactive', { facts: { identityId: identity.id } })
  const longestSeconds = Math.min(LIMITS.serverTaskSecondsMax, TIER_TERMS[identity.tier].longestTaskSeconds)
  const offer = offerConsent({ ...bounds, purpose, entitlements, rules, longestSeconds, atMs: house.clock.nowMs() })
  if (offer.tools.length === 0)
    throw new RemitError('scope_exceeded', {
      detail: `Nothing at ${server} is open to it: ${sayWhy(offer)}.`,
    })
  const whose = bounds.rights === null ? identity.name : `a person through ${identity.name}`
  return {
    request: requestTask(purpose.code, `What ${whose} does at ${server}`, offer),
    scope: ACTION_CLASSES.filter((each) => offer.tools.some(({ actionClass }) => actionClass === each)).join(' '),
  }
}

/** The page of a question speaks to the person; here a client reads it. */
function sayWhy({ withheld: [first] }: ConsentOffer): string {
  if (first === undefined) return 'no tool of it was reviewed (remit tool classify does that)'
  return first.code === 'right' ? 'its person has no right to it themselves' : first.because
}

function requestTask(purpose: string, goal: string, offer: ConsentOffer): TaskRequest {
  const doesWrite = offer.tools.some(({ actionClass }) => rankClass(actionClass) > rankClass('read'))
  return {
    purpose,
    goal,
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

/** Nothing that was opened so before then is still living: all that an identity ever did is not gone through. */
export function sinceOf({ clock }: Pick<House, 'clock'>): string {
  return idFloor('task', clock.nowMs() - LIMITS.serverTaskSecondsMax * 1000)
}

/** What two tasks have in common that are for the very same. */
type Sameness = Pick<Task, 'purpose' | 'goal' | 'scope' | 'ceiling' | 'foreignAct' | 'bindingId' | 'loginId'> &
  Pick<Task, 'onBehalfOf'>

/**
 * Gives the task that is not over, may do the very same, and falls with the same login: who asks again goes on in it, whatever is
 * left of its budget. Of more than `LIMITS.sameTaskLooksMax` living ones the first are looked at: who has opened more gets
 * another one, and nobody makes each request walk through thousands.
 */
export async function findSameTask(
  house: Pick<House, 'clock'>,
  living: AsyncIterable<Task>,
  wanted: Sameness,
): Promise<string | undefined> {
  const digest = digestTask(wanted)
  let looks = 0
  for await (const task of living) {
    const isOpened = task.parentId === null && task.onBehalfOf === wanted.onBehalfOf
    const isLike = isOpened && task.bindingId === wanted.bindingId && task.goal === wanted.goal
    if (isLike && house.clock.nowMs() < task.endsMs && digestTask(task) === digest) return task.id
    looks += 1
    if (looks >= LIMITS.sameTaskLooksMax) return undefined
  }
  return undefined
}

function digestTask({ purpose, goal, scope, ceiling, foreignAct, bindingId, loginId }: Sameness): string {
  const grants = scope.map(({ action, resource }) => [action, resource])
  return digestOf([purpose, goal, grants, ceiling, JSON.stringify(foreignAct ?? null), bindingId, loginId ?? null])
}
