import { ACTION_CLASSES } from '../../../contract/action-class.ts'
import type { Kept } from '../../../contract/change.ts'
import type { ChainAct } from '../../../contract/counters/chain-act.ts'
import { isMembers } from '../../../contract/read-entry.ts'
import { AUTONOMIES, REACHES, TIERS } from '../../../contract/register/tier.ts'
import { SENSITIVITIES } from '../../../contract/sensitivity.ts'
import { toRfc3339 } from '../../../ground/clock.ts'
import { isTimeZone } from '../../../ground/time-zone.ts'
import type { Entity } from '../../cedar/entities.ts'
import { EvaluationFault } from '../../cedar/values/evaluation-fault.ts'
import { readValue } from '../../cedar/values/read-value.ts'
import { type CedarRecord, EntityUid, isRecord, type Value } from '../../cedar/values/value.ts'
import { createLook, placeIn, type TellHistory, tellHistory } from '../../facts/history.ts'
import { readInputs, tellInputs } from '../../facts/inputs.ts'
import { createSurroundings, DEFAULT_PLACE, type Surroundings } from '../../facts/surroundings.ts'
import type { PolicyRequest } from '../engine.ts'
import { askAboutAct, askAboutDelegation, askAboutTask, askAboutToken, type ProofFacts } from '../slice.ts'
import { storyHelper, storyIdentity, storyMs, storyResource, storyTask, storyTool } from './standard-story.ts'
import type { Told, TrialCase, TrialNoun } from './trial-case.ts'

/**
 * Makes the question of a case: the standard story, as the house itself would ask about it, with what the case says of it
 * in the words of the schema. Errors: `EvaluationFault` for what is no value, time, action or step of a ladder.
 */
export function askTrial(trial: TrialCase): PolicyRequest {
  const request = askStory(trial, surround(trial), { strength: 'key-bound', possession: true })
  const context = { ...request.context, ...overlay('proof', request, trial) }
  const changed = request.entities.map((entity) => changeEntity(entity, request, trial))
  return { ...request, context, entities: changed }
}

const RFC_3339 = /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d)$/i

function surround({ at, timeZone, environment, source }: TrialCase): Surroundings {
  const atMs = at === null ? storyMs : readTime(at)
  if (Number.isNaN(atMs)) throw new EvaluationFault(`${at} is no time as RFC 3339 writes it`)
  const place = { timeZone: timeZone ?? DEFAULT_PLACE.timeZone, environment: environment ?? DEFAULT_PLACE.environment }
  if (!isTimeZone(place.timeZone))
    throw new EvaluationFault(`${place.timeZone} is no name of a time zone, such as Europe/Berlin`)
  return createSurroundings(place)(atMs, source ?? undefined)
}

/** A platform takes the 30th of February for a day in March: what it makes of the day has to be that day. */
function readTime(at: string): number {
  const [, day] = RFC_3339.exec(at) ?? []
  if (day === undefined) return Number.NaN
  const dayMs = Date.parse(day)
  return !Number.isNaN(dayMs) && toRfc3339(dayMs).startsWith(day) ? Date.parse(at) : Number.NaN
}

function askStory({ action, approved, told }: TrialCase, on: Surroundings, proof: ProofFacts): PolicyRequest {
  const own = storyTask('tsk_story', storyIdentity, null)
  if (action === 'task') return askAboutTask(storyIdentity, own, proof, on)
  if (action === 'token') return askAboutToken(storyIdentity, own, 'https://remit.example/mcp/docs', proof, on)
  if (action === 'delegation')
    return askAboutDelegation(storyIdentity, own, storyHelper, storyTask('tsk_child', storyHelper, own.task), on)
  const actionClass = ACTION_CLASSES.find((each) => each === action)
  if (actionClass === undefined)
    throw new EvaluationFault(`${action} is no action: task, delegation, token, ${ACTION_CLASSES.join(', ')}`)
  const act = {
    ...storyTool(actionClass),
    actionClass,
    resultUntrusted: false,
    approved,
    proof,
    inputs: tellInputs(readInputs(told.arguments ?? {})),
    history: tellStory(told.history ?? {}, told.here ?? {}, on.atMs),
    tags: { identity: {}, resource: {}, asked: {} },
  }
  return askAboutAct(storyIdentity, own, act, storyResource, on)
}

/**
 * Tells what the chain has done before, and what of it `here`, to the resource of the story: what was done here was done. Where both
 * tell of one name the history is as it says.
 */
function tellStory(said: Told, here: Told, atMs: number): TellHistory {
  const whole = readActs({ ...here, ...said }, atMs)
  const at = readActs(here, atMs).map((act) => ({ ...act, rootId: placeIn('tsk_story', storyResource.id) }))
  const history = { rootId: 'tsk_story', acts: [...whole, ...at], isTold: true, isToldHere: true }
  return tellHistory(history, createLook(history))
}

/**
 * Under the name of each tool or class stands how often it was `permitted` (default 1), how often of these it `succeeded`
 * (default as often), and how many `minutesAgo` all that was (default 1).
 */
function readActs(said: Told, atMs: number): readonly Kept<ChainAct>[] {
  return Object.entries(said).map(([name, act]) => {
    const { permitted = 1, succeeded = permitted, minutesAgo = 1, ...strange } = readTold(name, act ?? {})
    const [unknown] = Object.keys(strange)
    if (unknown !== undefined)
      throw new EvaluationFault(`the history of ${name} says "${unknown}", which means nothing here`)
    const [times, wins, minutes] = [permitted, succeeded, minutesAgo].map((value) => readCount(name, value))
    const ms = atMs - (minutes ?? 0) * 60_000
    const counts = { permitted: times ?? 0, succeeded: wins ?? 0, firstMs: ms, lastMs: ms }
    return { rootId: 'tsk_story', name, ...counts, succeededMs: wins === 0 ? 0 : ms, version: 1, entry: 0 }
  })
}

function readTold(name: string, act: unknown): Told {
  if (!isMembers(act)) throw new EvaluationFault(`the history of ${name} is told as an object`)
  return act
}

function readCount(name: string, value: unknown): number {
  const isCount = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= 1_000_000_000
  if (!isCount) throw new EvaluationFault(`the history of ${name} is told in whole numbers from 0`)
  return value
}

/** Which noun of a case an entity of a question is. Arguments are told as they are given, and the proof is no entity. */
const NOUN_OF: Readonly<Record<string, (entity: Entity, request: PolicyRequest) => TrialNoun | null>> = {
  'Remit::Identity': ({ uid }, { principal }) => (uid.key === principal.key ? 'principal' : 'helper'),
  'Remit::Task': ({ uid }, request) => nameTask(uid, request),
  'Remit::Tool': () => 'tool',
  'Remit::Resource': () => 'resource',
  'Remit::Audience': () => 'resource',
  'Remit::Asked': () => 'asked',
}

/** Of a task that is handed on both are tasks: the new one is `task`, the one that it comes out of `parent`. */
function nameTask(uid: EntityUid, { resource, context }: PolicyRequest): TrialNoun {
  const { parent } = context
  return parent instanceof EntityUid && parent.key === uid.key && resource.key !== uid.key ? 'parent' : 'task'
}

function changeEntity(entity: Entity, request: PolicyRequest, { told }: TrialCase): Entity {
  const noun = NOUN_OF[entity.uid.type]?.(entity, request) ?? null
  const said = noun === null ? undefined : told[noun]
  if (noun === null || said === undefined) return entity
  if (noun === 'asked') return { ...entity, tags: readTags(said) }
  const { tags, ...attrs } = said
  return {
    ...entity,
    attrs: change(entity.attrs, attrs),
    ...(tags === undefined ? {} : { tags: readTags(tags) }),
  }
}

function overlay(noun: 'proof', { context }: PolicyRequest, { told }: TrialCase): CedarRecord {
  const base = context[noun]
  return told[noun] === undefined || base === undefined || !isRecord(base) ? {} : { [noun]: change(base, told[noun]) }
}

/** The ladders of the schema: a case names a step by its word alone. */
const LADDERS: Readonly<Record<string, readonly string[]>> = {
  tier: TIERS,
  autonomy: AUTONOMIES,
  reach: REACHES,
  ceiling: SENSITIVITIES,
  confidentiality: SENSITIVITIES,
  sensitivity: SENSITIVITIES,
  class: ACTION_CLASSES,
}

/** Puts what is said over what is there; null takes it away. The schema is held against the whole later. */
function change(attrs: CedarRecord, said: Told): CedarRecord {
  const kept = Object.entries(attrs).filter(([name]) => !Object.hasOwn(said, name))
  const put = Object.entries(said)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, readFact(name, value)] as const)
  return Object.fromEntries([...kept, ...put])
}

function readFact(name: string, value: unknown): Value {
  const ladder = Object.hasOwn(LADDERS, name) ? LADDERS[name] : undefined
  if (ladder === undefined || typeof value !== 'string') return readValue(value)
  const rank = ladder.indexOf(value)
  if (rank < 0) throw new EvaluationFault(`${value} is no ${name}: ${ladder.join(', ')}`)
  return { name: value, rank }
}

function readTags(said: unknown): CedarRecord {
  const tags = readValue(said)
  if (!isRecord(tags)) throw new EvaluationFault('tags are an object of texts')
  return tags
}
