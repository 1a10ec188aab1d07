import { randomUUID } from 'node:crypto'
import { type CallOutcome, connectGateway, type Gateway } from '../../cli/demo/gateway.ts'
import { askUntilUp } from '../../cli/demo/until-up.ts'
import { type AccessToken, type Agent, createAgent } from '../../sdk/agent.ts'
import type { BindingDraft, EntitlementDraft, IdentityDraft, TaskRequest } from '../../sdk/answers.ts'
import type { DelegationDraft } from '../../sdk/delegations.ts'
import { createProofKey, type ProofKey } from '../../sdk/dpop.ts'
import type { ActionClass } from '../../sdk/nouns.ts'
import { RemitProblem } from '../../sdk/problem.ts'
import { createTokenFetch } from '../../sdk/token-fetch.ts'
import type { House } from '../house.ts'

/** Says what is what in a house: purposes, how sensitive documents are, and which tools were reviewed. */
export async function furnish(house: House): Promise<void> {
  const { catalogue } = house.people.ada.client
  const purpose = { title: 'For the team', ceiling: 'internal' } as const
  await catalogue.definePurpose({ ...purpose, code: 'summarise', classes: ['read'] })
  await catalogue.definePurpose({ ...purpose, code: 'publish', classes: ['read', 'write', 'execute'] })
  for (const sensitivity of ['public', 'internal', 'confidential'] as const)
    await catalogue.classifyResource({ pattern: `docs:${sensitivity}/*`, sensitivity })
  await catalogue.classifyResource({ pattern: 'jobs:*', sensitivity: 'internal' })
  const files = {
    server: 'docs',
    resourceArgument: 'path',
    resourceKind: 'path',
    resourcePrefix: 'docs:',
    resourceRoot: house.documents,
    resultIntegrity: 'trusted',
  } as const
  await askUntilUp(() => catalogue.classifyTool({ ...files, tool: 'read_text_file', actionClass: 'read' }))
  await catalogue.classifyTool({ ...files, tool: 'write_file', actionClass: 'write' })
}

/** A tool that takes as long as it is told, so that a call can be cut while it streams. */
export const longTool = {
  server: 'everything',
  tool: 'trigger-long-running-operation',
  resourceArgument: null,
  resourceKind: 'text',
  resourcePrefix: 'jobs:build',
  resourceRoot: '',
  resultIntegrity: 'trusted',
} as const

/** Reviews it. */
export async function reviewLongTool(house: House, actionClass: ActionClass = 'execute'): Promise<void> {
  await askUntilUp(() => house.people.ada.client.catalogue.classifyTool({ ...longTool, actionClass }))
}

/** An AI identity: how it is registered, how it proves itself, and what it does. */
export interface Actor {
  readonly name: string
  readonly key: ProofKey | undefined
  readonly agent: Agent
  readonly assertion: () => Promise<string>
  readonly profile: Omit<IdentityDraft, 'owner' | 'sponsor'>
  readonly binding: BindingDraft
  readonly entitlements: readonly EntitlementDraft[]
  readonly task: TaskRequest
}

const terms = { ceiling: 'internal', reason: 'It is what it is for.', days: 30 } as const
const read = { action: 'docs/read_text_file', resource: 'docs:*' }
const write = { action: 'docs/write_file', resource: 'docs:public/*' }
const run = { action: 'everything/trigger-long-running-operation', resource: 'jobs:*' }
const budget = { callsMax: 20, writesMax: 5, bytesMax: 1_000_000 }

/** A reader of tier T1 that proves itself with an OIDC assertion and holds no key. */
export function makeSummariser(house: House, name = 'docs-summariser'): Actor {
  const subject = `workload:${name}`
  const assertion = (): Promise<string> => house.issuer.mint({ sub: subject, aud: house.url })
  return {
    name,
    key: undefined,
    assertion,
    agent: createAgent({ baseUrl: house.url, assertion, fetch: house.fetch }),
    profile: { name, kind: 'agent', runtime: 'own', purpose: 'summarise', autonomy: 'bounded', reach: 'team' },
    binding: { kind: 'oidc', issuer: house.issuer.url, subject, claims: {}, keys: [] },
    entitlements: [{ ...terms, scope: [read], classes: ['read'], approval: 'none' }],
    task: {
      purpose: 'summarise',
      goal: 'Summarise the handbook',
      scope: [read],
      ceiling: 'internal',
      budget: { ...budget, writesMax: 0 },
      lifeSeconds: 1_800,
    },
  }
}

/** A writer of tier T3 that proves itself with a SPIFFE JWT-SVID and a key; each write needs a person. */
export async function makeReleaser(house: House): Promise<Actor> {
  const name = 'release-agent'
  const path = '/ns/release/sa/release-agent'
  const assertion = (): Promise<string> => house.trust.mint(path, { aud: [house.url], jti: randomUUID() })
  const key = await createProofKey()
  return {
    name,
    key,
    assertion,
    agent: createAgent({ baseUrl: house.url, assertion, key, fetch: house.fetch }),
    profile: { name, kind: 'agent', runtime: 'own', purpose: 'publish', autonomy: 'bounded', reach: 'production' },
    binding: { kind: 'spiffe', issuer: 'example.org', subject: `spiffe://example.org${path}`, claims: {}, keys: [] },
    entitlements: [
      { ...terms, scope: [read], classes: ['read'], approval: 'none' },
      { ...terms, scope: [run], classes: ['execute'], approval: 'none' },
      { ...terms, scope: [write], classes: ['write'], approval: 'each-call' },
    ],
    task: {
      purpose: 'publish',
      goal: 'Publish the notes',
      scope: [read, write, run],
      ceiling: 'internal',
      budget,
      lifeSeconds: 1_200,
    },
  }
}

/** Drafts, binds, entitles and rehearses an identity. Ada answers for it unless somebody else does, Grace sponsors it. Gives its id. */
export async function prepare(house: House, actor: Actor, owner = house.people.ada.id): Promise<string> {
  const { ada, grace } = house.people
  const { identities } = ada.client
  const sponsor = owner === grace.id ? ada.id : grace.id
  const { id } = (await identities.draft({ ...actor.profile, owner, sponsor })).identity
  await identities.bind(id, actor.binding)
  for (const entitlement of actor.entitlements) await identities.entitle(id, entitlement)
  await identities.rehearse(id)
  return id
}

/** Puts an identity up for approval and lets Grace and, where it takes a second, Lin say yes. */
export async function approveIdentity(house: House, id: string): Promise<void> {
  const { ada, grace, lin } = house.people
  const { approval } = await ada.client.identities.submit(id)
  for (const voter of [grace, lin].slice(0, approval.seats.length))
    await voter.client.approvals.vote(approval.id, 'approve', 'It is known and bounded')
}

/** Registers an identity, all the way to active. Gives its id. */
export async function register(house: House, actor: Actor): Promise<string> {
  const id = await prepare(house, actor)
  await approveIdentity(house, id)
  return id
}

/** Lets one identity act for another: Ada, who answers for both, asks, and Grace, who sponsors them, says yes. Gives the grant. */
export async function letAct(
  { people: { ada, grace } }: House,
  from: string,
  to: string,
  more: Partial<DelegationDraft> = {},
): Promise<string> {
  const { grant, approval } = await ada.client.delegations.ask(from, {
    to,
    scope: [{ action: '*', resource: '*' }],
    classes: ['read', 'write', 'execute'],
    ceiling: 'internal',
    depthMax: 2,
    reason: 'They work together',
    days: 7,
    ...more,
  })
  await grace.client.approvals.vote(approval.id, 'approve', 'It is known and bounded')
  return grant.id
}

/** What the releaser hands on to the summariser: reading, for less than its own. */
export const readingPart = {
  to: 'docs-summariser',
  goal: 'Summarise the plans',
  scope: [{ action: 'docs/read_text_file', resource: 'docs:internal/*' }],
  ceiling: 'internal',
  budget: { callsMax: 5, writesMax: 0, bytesMax: 100_000 },
  lifeSeconds: 600,
} as const

/** Opens a task and, where it waits for a person, lets Lin approve it. Gives its id. */
export async function openTask(house: House, actor: Actor, more: Partial<TaskRequest> = {}): Promise<string> {
  const { task, approvalId } = await actor.agent.openTask({ ...actor.task, ...more })
  if (approvalId !== null) await house.people.lin.client.approvals.vote(approvalId, 'approve', 'Planned for today')
  return task.id
}

/** Connects the official client to a server behind the gateway, with a token that is shown and proven on each request. */
export function connect(actor: Actor, token: AccessToken): Promise<Gateway> {
  const options = actor.key === undefined ? {} : { key: actor.key }
  return connectGateway(token.resource, actor.name, createTokenFetch({ token: async () => token, ...options }))
}

/** Gives a token for the document server, and a connection with it. */
export async function enter(actor: Actor, taskId: string): Promise<{ token: AccessToken; gateway: Gateway }> {
  const token = await actor.agent.exchange(taskId, actor.agent.gatewayUrl('docs'))
  return { token, gateway: await connect(actor, token) }
}

/** Gives the code of a refusal, or `answered`. */
export async function codeOf(asked: Promise<unknown>): Promise<string> {
  return (await problemOf(asked))?.code ?? 'answered'
}

/** Gives a refusal, or undefined where the answer was good. */
export async function problemOf(asked: Promise<unknown>): Promise<RemitProblem | undefined> {
  try {
    await asked
    return undefined
  } catch (error) {
    if (error instanceof RemitProblem) return error
    throw error
  }
}

/** Gives the code of a refusal and the kind of the entry that says the same, or `answered`. */
export async function recordOf(house: House, asked: Promise<unknown>): Promise<string> {
  const problem = await problemOf(asked)
  if (problem === undefined) return 'answered'
  const { entry } = await house.people.lin.client.entries.show(problem.entry ?? -1)
  return `${entry.kind} ${entry.data['code'] === problem.code ? problem.code : 'of something else'}`
}

/** Gives the code of a denied call, or `permitted`. */
export function verdictOf(outcome: CallOutcome): string {
  return outcome.isPermitted ? 'permitted' : outcome.code
}

/** Starts a call that takes a minute, and waits for its first progress. `end` tells whether it finished or was cut. */
export async function startLongCall(gateway: Gateway): Promise<{ readonly end: Promise<'finished' | 'cut'> }> {
  const started = Promise.withResolvers<void>()
  const end = gateway
    .call('trigger-long-running-operation', { duration: 60, steps: 120 }, () => started.resolve())
    .then(
      () => 'finished' as const,
      () => 'cut' as const,
    )
  await started.promise
  return { end }
}
