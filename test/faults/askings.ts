import { type AgentCaller, type PersonCaller, proveCaller } from '../../src/authenticate/caller.ts'
import { chainActKey } from '../../src/contract/counters/chain-act.ts'
import type { Decision } from '../../src/contract/decision.ts'
import type { Entitlement } from '../../src/contract/register/entitlement.ts'
import type { Decide } from '../../src/decide/decide.ts'
import { compileDomain } from '../../src/decide/domain/compile-domain.ts'
import type { Policies } from '../../src/decide/policy/load-policies.ts'
import type { EvaluationRequest } from '../../src/decide/requests.ts'
import { CERTIFICATION } from '../authzen/certification.ts'
import { addPolicies } from '../decide/policies-with.ts'
import {
  delegationRequest,
  hourMs,
  read,
  reader,
  startMs,
  taskRequest,
  World,
  write,
  writer,
  writerRequest,
} from '../decide/world.ts'

/** Somebody asks, in a world where the answer is yes. */
export interface Asking {
  readonly world: World
  readonly ask: (decide: Decide) => Promise<Decision>
}

/** A kind of asking, and which of its reads it does not rest on. */
export interface AskingKind {
  readonly name: string
  readonly prepare: () => Promise<Asking>
  /** Steps that may give what is not so: what they tell is judged again by each call, or answered by a person here. */
  readonly besides: readonly string[]
  /** Steps whose rows may move before the permit is written: counters, held by the bounds of the commit, and the like. */
  readonly moving: readonly string[]
}

const audience = 'https://remit.test/mcp/docs'

/** Where the cutoffs are not empty, and the rules of resources are listed. */
export function makeWorld(policies?: Policies): World {
  const world = new World(policies)
  world.classify({ pattern: 'docs:/handbook/*', sensitivity: 'internal' })
  for (const { id } of [reader, writer]) world.cutOff(`identity:${id}`, startMs - 85 * hourMs)
  return world
}

async function asAgent(ask: (decide: Decide, agent: AgentCaller) => Promise<Decision>): Promise<Asking> {
  const world = makeWorld()
  const agent = await world.start(writer.id)
  return { world, ask: (decide) => ask(decide, agent) }
}

const evaluating = (type: string, id: string, task: string): Parameters<Decide['evaluation']>[0] => ({
  subject: { type, id, properties: {} },
  action: { name: 'docs/read_text_file', properties: {} },
  resource: { type: 'docs', id: '/a', properties: {} },
  context: { task },
})

async function askForTask(): Promise<Asking> {
  const world = makeWorld()
  return { world, ask: (decide) => decide.task(world.workload(), taskRequest) }
}

async function askForToken(): Promise<Asking> {
  const world = makeWorld()
  const agent = await world.start(writer.id)
  const request = { taskId: agent.task.id, audience }
  return { world, ask: (decide) => decide.token(world.workload(writer.id), request) }
}

async function callInChain(): Promise<Asking> {
  const world = makeWorld()
  const agent = await world.start(writer.id)
  const child = world.take(await world.decide.delegation(agent, delegationRequest)).grant
  const helper = await world.enter(child, reader.id)
  return { world, ask: (decide) => decide.call(helper, read()) }
}

async function callApproved(): Promise<Asking> {
  const world = makeWorld()
  world.change('entitlements', 'ent_writer', { approval: 'each-call' })
  const agent = await world.start(writer.id)
  const denial = world.refuse(await world.decide.call(agent, write()))
  world.approve(denial.ask?.approvalId ?? '')
  return { world, ask: (decide) => decide.call(agent, write()) }
}

async function callInEnvelope(): Promise<Asking> {
  const world = makeWorld()
  world.change('entitlements', 'ent_writer', { approval: 'each-call' })
  const agent = await world.start(writer.id)
  const denial = world.refuse(await world.decide.call(agent, write()))
  const envelope = {
    usesMax: 2,
    lifeSeconds: 600,
    terms: [{ name: 'content', any: true }],
    resources: ['docs:/handbook/*'],
    total: null,
  } as const
  world.approve(denial.ask?.approvalId ?? '')
  world.change('approvals', denial.ask?.approvalId ?? '', { envelope, usesMax: 2 })
  return { world, ask: (decide) => decide.call(agent, write('handbook/b.md', 'y')) }
}

const evaluate = (type: string, id: string) => () =>
  asAgent((decide, agent) => {
    const named = id === '' ? agent.task.id : id
    return decide.evaluation(evaluating(type, named, agent.task.id), agent)
  })

const FETCHED_FIRST = `
@id("order:check-first") @sentence("A file is written only after a page was fetched with success.")
forbid (principal, action in Remit::Action::"call", resource)
when { context.tool.name == "docs/write_file" }
unless { context.history.succeeded.hasTag("docs/fetch_page") };`

/** Policies that look at what the chain has done, and a chain that has done it. */
async function callInOrder(): Promise<Asking> {
  const world = makeWorld(addPolicies(FETCHED_FIRST))
  const agent = await world.start(writer.id)
  const fetchPage = { server: 'docs', tool: 'fetch_page', arguments: { path: 'handbook/a.md' } }
  world.take(await world.decide.call(agent, fetchPage))
  const key = chainActKey(agent.task.rootId, 'docs/fetch_page')
  world.change('chain_acts', key, { succeeded: 1, succeededMs: world.nowMs })
  return { world, ask: (decide) => decide.call(agent, write()) }
}

/** A person who may read the documents themselves, and has the reader do it for them. */
function makeBehalfWorld(): { readonly world: World; readonly person: PersonCaller } {
  const world = makeWorld()
  world.rows.put('person_rights', {
    id: 'rgt_1',
    personId: 'psn_asker',
    scope: [{ action: 'docs/*', resource: 'docs:/*' }],
    classes: ['read'],
    ceiling: 'confidential',
    reason: 'It is their work',
    grantedBy: 'psn_owner',
    startsMs: startMs - hourMs,
    endsMs: startMs + 10 * hourMs,
    state: 'granted',
  })
  const asker = world.rows.get('persons', 'psn_asker')
  if (asker === undefined) throw new Error('there is no psn_asker')
  const person = { kind: 'person', person: asker, sessionId: 's', guards: [], changes: [] } as const
  return { world, person: proveCaller<PersonCaller>(person) }
}

async function openOnBehalf(): Promise<Asking> {
  const { world, person } = makeBehalfWorld()
  return { world, ask: (decide) => decide.behalfTask(person, reader.id, taskRequest) }
}

async function callOnBehalf(): Promise<Asking> {
  const { world, person } = makeBehalfWorld()
  const opened = world.take(await world.decide.behalfTask(person, reader.id, taskRequest))
  const agent = await world.enter(opened.grant, reader.id)
  return { world, ask: (decide) => decide.call(agent, read()) }
}

/** The workload of a task that a person has opened takes it over. */
async function tokenOnBehalf(): Promise<Asking> {
  const { world, person } = makeBehalfWorld()
  const { grant } = world.take(await world.decide.behalfTask(person, reader.id, taskRequest))
  return { world, ask: (decide) => decide.token(world.workload(reader.id), { taskId: grant.id, audience }) }
}

/** The agent of a person asks about itself, as its own enforcement point would. */
async function evaluateOnBehalf(): Promise<Asking> {
  const { world, person } = makeBehalfWorld()
  const { grant } = world.take(await world.decide.behalfTask(person, reader.id, taskRequest))
  const agent = await world.enter(grant, reader.id)
  const question = evaluating('task', grant.id, grant.id)
  const resource = { type: 'docs', id: '/handbook/a.md', properties: {} }
  return { world, ask: (decide) => decide.evaluation({ ...question, resource }, agent) }
}

/** An enforcement point of the house's own decisions, and a task that it asks about. */
async function askAboutOther(counts: Partial<Pick<Entitlement, 'counts'>>): Promise<Asking> {
  const world = makeWorld()
  const leave = [{ action: 'read', resource: 'domain:remit' }]
  world.classify({ pattern: 'domain:*', sensitivity: 'internal' })
  world.change('entitlements', 'ent_writer', { scope: leave, classes: ['read'], ...counts })
  const point = await world.start(writer.id, { ...writerRequest, scope: leave })
  const { task } = await world.start(reader.id)
  const question = evaluating('task', task.id, task.id)
  const resource = { type: 'docs', id: '/handbook/a.md', properties: {} }
  return { world, ask: (decide) => decide.evaluation({ ...question, resource }, point) }
}

/** An enforcement point whose task lets it ask about the domain of another application. */
async function askDomain(): Promise<Asking> {
  const { world, agent } = await makeDomainWorld()
  const question: EvaluationRequest = {
    subject: { type: 'user', id: 'alice', properties: {} },
    action: { name: 'read', properties: {} },
    resource: { type: 'record', id: 'record-1', properties: {} },
    context: {},
  }
  return { world, ask: (decide) => decide.evaluation(question, agent, 'app') }
}

/** A world with the domain of another application, and an enforcement point that may ask about it. */
export async function makeDomainWorld(): Promise<{ readonly world: World; readonly agent: AgentCaller }> {
  const world = makeWorld()
  const leave = [{ action: 'read', resource: 'domain:app' }]
  world.classify({ pattern: 'domain:*', sensitivity: 'internal' })
  world.change('entitlements', 'ent_writer', { scope: [...leave, { action: 'docs/*', resource: 'docs:/*' }] })
  world.domains.put({ domain: compileDomain('app', CERTIFICATION, neverDiffer), guards: [] })
  return { world, agent: await world.start(writer.id, { ...writerRequest, scope: leave }) }
}

function neverDiffer(): never {
  throw new Error('the engines differ')
}

/** Every kind of decision, and the ways into it. */
export const ASKINGS: readonly AskingKind[] = [
  { name: 'a task', prepare: askForTask, besides: [], moving: ['store.toolRulesOf 1'] },
  {
    name: 'a delegation',
    prepare: () => asAgent((decide, agent) => decide.delegation(agent, delegationRequest)),
    besides: ['store.entitlementsOf 2'],
    moving: ['store.toolRulesOf 1'],
  },
  {
    name: 'a token',
    prepare: askForToken,
    besides: [],
    moving: ['store.usages 1', 'store.toolRulesOf 1'],
  },
  {
    name: 'a call that reads',
    prepare: () => asAgent((decide, agent) => decide.call(agent, read())),
    besides: [],
    moving: [],
  },
  {
    name: 'a call that writes',
    prepare: () => asAgent((decide, agent) => decide.call(agent, write())),
    besides: [],
    moving: [],
  },
  { name: 'a call in a chain', prepare: callInChain, besides: [], moving: [] },
  { name: 'a call that a person has approved', prepare: callApproved, besides: [], moving: [] },
  { name: 'a call in an envelope that a person gave', prepare: callInEnvelope, besides: [], moving: [] },
  { name: 'an evaluation about a task', prepare: evaluate('task', ''), besides: [], moving: ['store.usages 1'] },
  {
    name: 'an evaluation about an identity',
    prepare: evaluate('identity', writer.id),
    besides: [],
    moving: ['store.usages 1'],
  },
  {
    name: 'an evaluation about a name',
    prepare: evaluate('agent', writer.name),
    besides: [],
    moving: ['store.usages 1'],
  },
  { name: 'an evaluation by a domain', prepare: askDomain, besides: [], moving: ['store.usages 1'] },
  {
    name: 'a call under an ordering rule',
    prepare: callInOrder,
    besides: ['store.labelsSince 1'], // there is no other task, and of its own the usage tells
    moving: [],
  },
  { name: 'a task that a person opens', prepare: openOnBehalf, besides: [], moving: ['store.toolRulesOf 1'] },
  { name: 'a call on behalf of a person', prepare: callOnBehalf, besides: [], moving: [] },
  {
    name: 'a token of a task that a person opened',
    prepare: tokenOnBehalf,
    besides: ['store.rightsOf 1'],
    moving: ['store.usages 1', 'store.toolRulesOf 1'],
  },
  { name: 'an evaluation on behalf of a person', prepare: evaluateOnBehalf, besides: [], moving: ['store.usages 1'] },
  {
    name: 'an evaluation about another',
    prepare: () => askAboutOther({}),
    besides: [],
    moving: ['store.usages 1', 'store.usages 2'],
  },
  {
    name: 'an evaluation that counts',
    prepare: () => askAboutOther({ counts: [{ action: 'docs/*', resource: 'docs:*' }] }),
    besides: [],
    moving: ['store.usages 1'],
  },
]
