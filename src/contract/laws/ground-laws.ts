import type { JsonObject, LogEntry } from '../log-entry.ts'
import { allowsInScope, containsScope } from '../scope.ts'
import { isWithinCeiling, SENSITIVITIES } from '../sensitivity.ts'
import { BINDING_STRENGTHS } from '../task.ts'
import { identityIdOf, opensTask, parentIdOf, scopeOf, taskIdOf } from '../told/about.ts'
import { countIn, membersIn, textIn, textsIn } from '../told/data.ts'
import type { ToldGrant } from '../told/grant.ts'
import { type Told, tasksActing } from '../told/told.ts'
import { type EntryLaw, type Judged, recordDelayMsMax } from './entry-law.ts'

/** The laws of what tasks were given on, and of who may act for whom. */
export const GROUND_LAWS: readonly EntryLaw[] = [
  {
    name: 'ground',
    promise:
      'nothing is permitted in a task that was handed on with a token that was taken back, rests on a right, a grant or a login that was ended or is done for a person who left, or under one',
    findFault: findGroundFault,
  },
  {
    name: 'granted',
    promise: 'one identity may act for another only after people approved who had not asked for it',
    findFault: findGrantFault,
  },
  {
    name: 'given',
    promise:
      'a person lets an identity act for themselves and for nobody else, and it does so only under that, inside its scope and its end',
    findFault: findGivenFault,
  },
  {
    name: 'vouched',
    promise: 'a task is opened on the word of an identity provider only for the person whose login counts',
    findFault: findLoginFault,
  },
  {
    name: 'across',
    promise: 'a grant for another domain lets nothing be done there that its task does not name',
    findFault: findAcrossFault,
  },
  {
    name: 'may-act',
    promise: 'a task is handed on only between whom a grant in force names, inside its scope and its end',
    findFault: findActorFault,
  },
]

function findGroundFault({ entry, told }: Judged): string | null {
  for (const task of tasksActing(told, entry)) {
    const fallen = task.grounds.find((id) => told.fallen.has(id))
    if (fallen !== undefined)
      return `it permits something in the task ${task.id}, which rests on ${fallen}, and that is no more`
  }
  return null
}

function findGrantFault({ entry, told, whole }: Judged): string | null {
  if (entry.kind !== 'delegation.granted') return null
  const { data } = entry
  const id = textIn(data, 'grantId') ?? entry.subject.id
  if (told.fallen.has(id)) return 'it lets one identity act for another by a grant that had ended'
  const approval = told.approvals.get(textIn(data, 'approvalId') ?? '')
  if (approval === undefined && !whole) return null
  const yes = approval?.votes.filter(
    ({ verdict, personId }) => verdict === 'approve' && !approval.requestedBy.has(personId),
  )
  const isGiven =
    approval?.subjectId === id && approval.state === 'approved' && (yes ?? []).some(({ seat }) => seat === 'owner')
  return isGiven ? null : 'it lets one identity act for another without a yes of who answers for that'
}

/** A log of before there were grants names none, and is held to none: one that knows any is held to them from its first entry on. */
function findActorFault({ entry, told, whole }: Judged): string | null {
  const parentId = parentIdOf(entry)
  if (!opensTask(entry) || parentId === null) return null
  const { data, atMs } = entry
  const id = textIn(data, 'grantId')
  if (id === null) return told.grants.size === 0 ? null : 'it hands a task on under no grant'
  const grant = told.grants.get(id)
  if (grant === undefined) return whole ? `it hands a task on under the grant ${id}, which nobody gave` : null
  if (!isInForce(told, id, atMs)) return `it hands a task on under the grant ${id}, which is not in force`
  const from = told.tasks.get(parentId)?.identityId
  const to = identityIdOf(entry)
  if ((from !== undefined && from !== grant.from) || (to !== null && to !== grant.to))
    return `it hands a task on under the grant ${id}, which is of others`
  const owners = [
    [told.identities.get(grant.from)?.owner, grant.fromOwner],
    [told.identities.get(grant.to)?.owner, grant.toOwner],
  ]
  if (owners.some(([now, then]) => typeof now === 'string' && now !== then))
    return `it hands a task on under the grant ${id}, which somebody gave who answers no more`
  return findExcess(entry, grant, id)
}

function findLoginFault({ entry, told, whole }: Judged): string | null {
  const id = textIn(entry.data, 'loginId')
  if (!opensTask(entry) || id === null) return null
  const personId = told.logins.get(id)
  if (personId === undefined) return whole ? `it opens a task by the login ${id}, which nobody added` : null
  if (told.fallen.has(id)) return `it opens a task by the login ${id}, which had ended`
  return textIn(entry.data, 'onBehalfOf') === personId
    ? null
    : `it opens a task by the login ${id}, which is of another`
}

/** Each scope elsewhere is a class of action here, as was asked: the task has to allow that class on the resource. */
function findAcrossFault({ entry, told }: Judged): string | null {
  const across = membersIn(entry.data, 'across')
  if (entry.kind !== 'decision.permit' || textIn(across, 'resource') === null) return null
  const resource = textIn(across, 'resource') ?? ''
  const classes = membersIn(membersIn(membersIn(entry.data, 'asked'), 'across'), 'scopes')
  const scope = told.tasks.get(taskIdOf(entry) ?? '')?.scope
  if (scope === undefined || scope === null) return null
  const isAllowed = (actionClass: string): boolean => allowsInScope(scope, actionClass, resource)
  const beyond =
    textsIn(across, 'scopes').find((name) => {
      const actionClass = textIn(classes, name) // what was asked may be told in short
      return actionClass !== null && !isAllowed(actionClass)
    }) ?? textsIn(across, 'classes').find((actionClass) => !isAllowed(actionClass))
  return beyond === undefined ? null : `it lets ${beyond} be done at ${resource}, which its task does not name`
}

function isInForce({ grants, fallen }: Told, id: string, atMs: number): boolean {
  const grant = grants.get(id)
  return grant !== undefined && !fallen.has(id) && grant.startsMs <= atMs && atMs < grant.endsMs + recordDelayMsMax
}

function findExcess(entry: LogEntry, grant: ToldGrant, id: string): string | null {
  const { data } = entry
  if (!((countIn(data, 'endsMs') ?? Number.NaN) <= grant.endsMs)) return `the task outlives the grant ${id}`
  const scope = scopeOf(entry)
  if (scope !== null && !containsScope(grant.scope, scope)) return `its scope is not inside that of the grant ${id}`
  const ceiling = SENSITIVITIES.find((each) => each === data['ceiling'])
  if (grant.ceiling !== null && ceiling !== undefined && !isWithinCeiling(ceiling, grant.ceiling))
    return `it may touch more sensitive data than the grant ${id} lets`
  if (grant.depthMax !== null && (countIn(data, 'delegationDepthLeft') ?? 0) > grant.depthMax)
    return `it may be handed on further than the grant ${id} lets`
  return isForOthers(membersIn(data, 'takenBy'), grant) ? `other workloads may take it than the grant ${id} lets` : null
}

/** The grant says which workloads are meant, and the task is for more. */
function isForOthers(takenBy: JsonObject, { issuers, minStrength }: ToldGrant): boolean {
  const taking = textsIn(takenBy, 'issuers')
  const isBeyond = issuers !== null && (taking.length === 0 || taking.some((each) => !issuers.includes(each)))
  return isBeyond || STRENGTHS.indexOf(textIn(takenBy, 'minStrength')) < STRENGTHS.indexOf(minStrength)
}

const STRENGTHS: readonly (string | null)[] = BINDING_STRENGTHS

/**
 * An identity that opens a task on behalf of a person was let to by them; a person who opens one themselves says so by that.
 */
function findGivenFault({ entry, told, whole }: Judged): string | null {
  const { data, actor, atMs } = entry
  if (entry.kind === 'delegation.given')
    return actor.kind === 'person' && actor.id === textIn(data, 'from')
      ? null
      : 'it lets an identity act for somebody else than who says so'
  const personId = textIn(data, 'onBehalfOf')
  if (!opensTask(entry) || parentIdOf(entry) !== null || personId === null) return null
  const id = textIn(data, 'grantId')
  if (id === null)
    return actor.kind === 'person' && actor.id === personId
      ? null
      : 'it opens a task on behalf of a person who did not let it'
  const grant = told.grants.get(id)
  if (grant === undefined) return whole ? `it opens a task under the grant ${id}, which nobody gave` : null
  if (!isInForce(told, id, atMs)) return `it opens a task under the grant ${id}, which is not in force`
  if (grant.from !== personId || grant.to !== identityIdOf(entry))
    return `it opens a task under the grant ${id}, which is of others`
  return findExcess(entry, grant, id)
}
