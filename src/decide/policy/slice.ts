import { ACTION_CLASSES, type ActionClass } from '../../contract/action-class.ts'
import type { JudgedResource } from '../../contract/decision.ts'
import { INTEGRITIES } from '../../contract/label.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { AUTONOMIES, REACHES, rankTier } from '../../contract/register/tier.ts'
import { rankSensitivity, SENSITIVITIES } from '../../contract/sensitivity.ts'
import type { Task, TaskUsage } from '../../contract/task.ts'
import type { Entity } from '../cedar/entities.ts'
import { type CedarRecord, EntityUid, type Value } from '../cedar/values/value.ts'
import { HERE_TOLD, HISTORY_TOLD, type TellHistory } from '../facts/history.ts'
import { INPUTS_TOLD } from '../facts/inputs.ts'
import type { Surroundings } from '../facts/surroundings.ts'
import type { PolicyRequest } from './engine.ts'

/** Open text facts of a request, by name. */
export type Tags = Readonly<Record<string, string>>

/** How the caller proved itself, in the words of the schema. */
export interface ProofFacts {
  readonly strength: string
  readonly possession: boolean
}

/** A task with what it has used. */
export interface TaskFacts {
  readonly task: Task
  readonly usage: TaskUsage
}

/** May this identity open this task? */
export function askAboutTask(identity: Identity, asked: TaskFacts, proof: ProofFacts, on: Surroundings): PolicyRequest {
  return {
    principal: uid('Identity', identity.id),
    action: uid('Action', 'task'),
    resource: uid('Task', asked.task.id),
    context: { ...on.told, proof: { ...proof } },
    entities: [identityEntity(identity), taskEntity(asked, on.atMs)],
  }
}

/** May this identity hand this part of its task to the other? */
export function askAboutDelegation(
  identity: Identity,
  parent: TaskFacts,
  to: Identity,
  child: TaskFacts,
  on: Surroundings,
): PolicyRequest {
  return {
    principal: uid('Identity', identity.id),
    action: uid('Action', 'delegation'),
    resource: uid('Task', child.task.id),
    context: { ...on.told, parent: uid('Task', parent.task.id), helper: uid('Identity', to.id) },
    entities: [identityEntity(identity), identityEntity(to), taskEntity(parent, on.atMs), taskEntity(child, on.atMs)],
  }
}

/** May this identity get a token for this audience inside its task? */
export function askAboutToken(
  identity: Identity,
  own: TaskFacts,
  audience: string,
  proof: ProofFacts,
  on: Surroundings,
): PolicyRequest {
  return {
    principal: uid('Identity', identity.id),
    action: uid('Action', 'token'),
    resource: uid('Audience', audience),
    context: { ...on.told, task: uid('Task', own.task.id), proof: { ...proof } },
    entities: [
      identityEntity(identity),
      taskEntity(own, on.atMs),
      { uid: uid('Audience', audience), attrs: { name: audience }, parents: [] },
    ],
  }
}

/** One act on one resource, as the policies see it. */
export interface ActAsked {
  readonly name: string
  readonly actionClass: ActionClass
  readonly server: string
  readonly resultUntrusted: boolean
  readonly approved: boolean
  readonly proof: ProofFacts
  /** What was given with it, as `tellInputs` tells it. */
  readonly inputs: readonly Entity[]
  /** What the chain has done before, as `tellHistory` tells it. */
  readonly history: TellHistory
  readonly tags: { readonly identity: Tags; readonly resource: Tags; readonly asked: Tags }
}

/** May this identity act on this resource inside its task? */
export function askAboutAct(
  identity: Identity,
  own: TaskFacts,
  act: ActAsked,
  resource: JudgedResource,
  on: Surroundings,
): PolicyRequest {
  return {
    principal: uid('Identity', identity.id),
    action: uid('Action', act.actionClass),
    resource: uid('Resource', resource.id),
    context: {
      ...on.told,
      task: uid('Task', own.task.id),
      tool: uid('Tool', act.name),
      approved: act.approved,
      proof: { ...act.proof },
      asked: uid('Asked', 'request'),
      ...INPUTS_TOLD,
      history: HISTORY_TOLD,
      here: HERE_TOLD,
    },
    entities: [
      identityEntity(identity, act.tags.identity),
      taskEntity(own, on.atMs),
      {
        uid: uid('Tool', act.name),
        attrs: {
          name: act.name,
          server: act.server,
          class: level(act.actionClass, ACTION_CLASSES),
          resultUntrusted: act.resultUntrusted,
        },
        parents: [],
      },
      {
        uid: uid('Resource', resource.id),
        attrs: { name: resource.id, sensitivity: level(resource.sensitivity, SENSITIVITIES) },
        parents: [],
        tags: act.tags.resource,
      },
      { uid: uid('Asked', 'request'), attrs: {}, parents: [], tags: act.tags.asked },
      ...act.inputs,
      ...act.history(resource.id),
    ],
  }
}

function identityEntity(identity: Identity, tags: Tags = {}): Entity {
  const attrs = {
    name: identity.name,
    kind: identity.kind,
    runtime: identity.runtime,
    state: identity.state,
    tier: { name: identity.tier, rank: rankTier(identity.tier) },
    autonomy: level(identity.autonomy, AUTONOMIES),
    reach: level(identity.reach, REACHES),
    ...optional({ vendor: identity.vendor, owner: identity.owner, purpose: identity.purpose }),
    ...composed(identity),
  }
  return { uid: uid('Identity', identity.id), attrs, parents: [], tags }
}

function composed({ composition }: Identity): CedarRecord {
  return composition === undefined ? {} : { composition: optional({ ...composition }) }
}

function taskEntity({ task, usage }: TaskFacts, atMs: number): Entity {
  const attrs = {
    identity: uid('Identity', task.identityId),
    purpose: task.purpose,
    goal: task.goal,
    ceiling: { name: task.ceiling, rank: rankSensitivity(task.ceiling) },
    confidentiality: { name: SENSITIVITIES[usage.confidentiality] ?? 'restricted', rank: usage.confidentiality },
    untrusted: usage.integrity >= INTEGRITIES.indexOf('untrusted'),
    depth: task.chain.length - 1,
    hopsLeft: task.delegationDepthLeft,
    calls: usage.calls,
    callsMax: task.budget.callsMax,
    writes: usage.writes,
    writesMax: task.budget.writesMax,
    bytes: usage.bytes,
    bytesMax: task.budget.bytesMax,
    secondsLeft: Math.floor((task.endsMs - atMs) / 1000),
    ...optional({
      ticket: task.ticket,
      onBehalfOf: task.onBehalfOf,
      spendMax: task.budget.spendMax,
      currency: task.budget.currency,
      callsPerMinuteMax: task.budget.callsPerMinuteMax,
    }),
  }
  return { uid: uid('Task', task.id), attrs, parents: [] }
}

function uid(type: string, id: string): EntityUid {
  return new EntityUid(`Remit::${type}`, id)
}

function level<T extends string>(name: T, ladder: readonly T[]): Value {
  return { name, rank: ladder.indexOf(name) }
}

function optional(attrs: Readonly<Record<string, string | number | null | undefined>>): CedarRecord {
  return Object.fromEntries(
    Object.entries(attrs).filter((pair): pair is [string, string | number] => (pair[1] ?? null) !== null),
  )
}
