import { describe, expect, it } from 'vitest'
import {
  delegationRequest,
  personOf,
  read,
  reader,
  taskRequest,
  World,
  write,
  writer,
  writerRequest,
} from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import type { Decision } from '../contract/decision.ts'
import type { Identity } from '../contract/register/identity.ts'
import type { EvaluationRequest } from './requests.ts'

const audience = 'https://remit.test/mcp/docs'

/** What entries say of an identity: who it is, how it stands, and who answers for it. */
const told = ({ id, name, kind, state, tier, owner, reach }: Identity): unknown => ({
  id,
  name,
  kind,
  state,
  tier,
  owner,
  reach,
})

/** What entries say of a task: why it is there, for whom, up to what, until when. */
const toldTask = ({ task }: AgentCaller, request: { purpose: string; goal: string }): unknown => ({
  id: task.id,
  rootId: task.rootId,
  state: 'active',
  purpose: request.purpose,
  goal: request.goal,
  ticket: task.ticket,
  onBehalfOf: null,
  ceiling: task.ceiling,
  endsMs: task.endsMs,
})

const asking = (agent: AgentCaller, name: string, id = '/handbook/a.md'): EvaluationRequest => ({
  subject: { type: 'task', id: agent.task.id, properties: {} },
  action: { name, properties: {} },
  resource: { type: 'docs', id, properties: {} },
  context: {},
})

const clean = { confidentiality: 'public', integrity: 'trusted' }
const internal = { confidentiality: 'internal', integrity: 'trusted' }
const unspent = { calls: [0, 10], writes: [0, 5], bytes: [0, 1_000_000], pivots: [0, 10] }

describe('the entry of a task', () => {
  const asked = { ...taskRequest, composition: { model: 'm', promptDigest: 'p', toolsDigest: 't' } }

  it('that was opened says by whom, with which proof and what runs, and what it may', async () => {
    const world = new World()
    const { entry, grant, reasons } = world.take(await world.decide.task(world.workload(), asked))
    expect(reasons.map(({ rule }) => rule)).toEqual(['law:containment', 'base:task'])
    expect(reasons[0]?.sentence).toContain('inside the entitlements and the purpose')
    expect(entry).toMatchObject({
      actor: { kind: 'identity', id: reader.id },
      subject: { kind: 'task', id: grant.id },
      data: {
        identity: told(reader),
        binding: { id: 'bnd_reader', strength: 'key-bound' },
        entitlements: ['ent_reader'],
        composition: asked.composition,
        taskId: grant.id,
        identityId: reader.id,
        parentId: null,
        rootId: grant.id,
        chain: [{ identityId: reader.id, name: reader.name, taskId: grant.id }],
        purpose: 'summarise',
        goal: taskRequest.goal,
        ticket: null,
        scope: taskRequest.scope,
        ceiling: 'internal',
        budget: taskRequest.budget,
        labels: clean,
        delegationDepthLeft: 2,
        onBehalfOf: null,
        bindingId: 'bnd_reader',
        taskState: 'active',
        endsMs: grant.endsMs,
      },
    })
  })

  it('that was opened by what says nothing of itself says nothing of it either', async () => {
    const world = new World()
    const { entry } = world.take(await world.decide.task(world.workload(), taskRequest))
    expect(entry.data).not.toHaveProperty('composition')
    expect(entry.data).not.toHaveProperty('approvalId')
    expect(entry.data).not.toHaveProperty('requestedBy')
  })

  it('that waits for a person says which approval, and who may not give it', async () => {
    const world = new World()
    world.change('identities', writer.id, { tier: 'T3' })
    const { entry, grant } = world.take(await world.decide.task(world.workload(writer.id), writerRequest))
    expect(entry.data).toMatchObject({
      taskState: 'waiting',
      approvalId: grant.approvalId,
      requestedBy: [writer.id, 'psn_asker'],
      usesMax: 1,
    })
  })

  it('that was refused says who asked, with which proof, and for what', async () => {
    const world = new World()
    world.change('identities', reader.id, { state: 'suspended' })
    const { entry } = world.refuse(await world.decide.task(world.workload(), asked))
    expect(entry).toMatchObject({
      subject: { kind: 'identity', id: reader.id },
      data: {
        identityId: reader.id,
        identity: { ...(told(reader) as object), state: 'suspended' },
        binding: { id: 'bnd_reader', strength: 'key-bound' },
        asked,
      },
    })
  })

  it('on behalf of a person says on which rights it rests, and refused, for what was asked', async () => {
    const world = new World()
    world.actFor((await world.start()).task.id, 'psn_voter')
    const by = personOf(world)
    const { entry, reasons } = world.take(await world.decide.behalfTask(by, reader.id, taskRequest))
    expect(reasons[0]?.sentence).toContain('what the person may do')
    expect(entry).toMatchObject({
      actor: { kind: 'person', id: 'psn_voter' },
      data: {
        identity: told(reader),
        entitlements: ['ent_reader'],
        rights: ['rgt_psn_voter'],
        onBehalfOf: 'psn_voter',
        bindingId: null,
      },
    })
    const refused = world.refuse(await world.decide.behalfTask(by, reader.id, { ...taskRequest, goal: '' }))
    expect(refused.entry).toMatchObject({
      subject: { kind: 'identity', id: reader.id },
      data: { identityId: reader.id, identity: told(reader), asked: { ...taskRequest, goal: '' } },
    })
  })
})

describe('the entry of a delegation', () => {
  it('says who hands on to whom, what is left to hand on, and what the helper gets', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    world.change('task_usage', agent.task.id, { calls: 1, writes: 2, bytes: 3 })
    const { entry, reasons } = world.take(await world.decide.delegation(agent, delegationRequest))
    expect(reasons.map(({ rule }) => rule)).toEqual(['law:narrower', 'base:delegation'])
    expect(reasons[0]?.sentence).toContain('inside the task')
    expect(entry.data).toMatchObject({
      by: told(writer),
      helper: told(reader),
      credentialId: agent.credential.id,
      entitlements: ['ent_reader'],
    })
    expect(entry.data['left']).toEqual({ callsMax: 9, writesMax: 3, bytesMax: 999_997, spendMax: 0 })
  })

  it('that was refused says the same, and what was asked; of a helper that nobody knows, nothing', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const asked = { ...delegationRequest, goal: '' }
    const { entry } = world.refuse(await world.decide.delegation(agent, asked))
    expect(entry).toMatchObject({
      subject: { kind: 'task', id: agent.task.id },
      data: {
        identityId: writer.id,
        taskId: agent.task.id,
        identity: told(writer),
        task: { ...(toldTask(agent, writerRequest) as object), scope: agent.task.scope },
        asked,
        helper: told(reader),
        credentialId: agent.credential.id,
        left: { callsMax: 10, writesMax: 5, bytesMax: 1_000_000, spendMax: 0 },
        labels: clean,
      },
    })
    const unknown = world.refuse(await world.decide.delegation(agent, { ...delegationRequest, to: 'nobody' }))
    expect(unknown.entry.data).toMatchObject({ helper: null })
  })
})

describe('the entry of a token', () => {
  it('says who proved themselves how, in which task, for whom and until when', async () => {
    const world = new World()
    const agent = await world.start()
    const request = { taskId: agent.task.id, audience }
    const { entry, grant, reasons } = world.take(await world.decide.token(world.workload(), request))
    expect(reasons.map(({ rule }) => rule)).toEqual(['law:task-live', 'base:token'])
    expect(reasons[0]?.sentence).toContain('the token ends before they do')
    expect(entry).toMatchObject({
      actor: { kind: 'identity', id: reader.id, chain: agent.task.chain },
      subject: { kind: 'credential', id: grant.credential.id },
      data: {
        identityId: reader.id,
        taskId: agent.task.id,
        identity: told(reader),
        task: toldTask(agent, taskRequest),
        binding: { id: 'bnd_reader', strength: 'key-bound' },
        asked: request,
        possession: true,
        labels: clean,
        credentialId: grant.credential.id,
        audience,
        expiresMs: grant.credential.expiresMs,
      },
    })
  })

  it('that was refused says the same, and that no key was shown', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const by = world.workload(writer.id, { strength: 'bearer', possession: null })
    const { entry } = world.refuse(await world.decide.token(by, { taskId: agent.task.id, audience }))
    expect(entry).toMatchObject({
      actor: { kind: 'identity', id: writer.id, chain: agent.task.chain },
      subject: { kind: 'task', id: agent.task.id },
      data: {
        identity: told(writer),
        task: toldTask(agent, writerRequest),
        binding: { id: 'bnd_writer', strength: 'bearer' },
        possession: false,
      },
    })
  })

  it('in a task that is not there says who asked for which one', async () => {
    const world = new World()
    const refused = world.refuse(await world.decide.token(world.workload(), { taskId: 'x'.repeat(1000), audience }))
    expect(refused.ask?.sentence).toBe('Open a task first.')
    expect(refused.entry.data).toMatchObject({
      identity: told(reader),
      asked: { taskId: expect.stringMatching(/^x+… \(1000 characters\)$/), audience },
    })
  })
})

const acts: [string, (world: World, agent: AgentCaller, path: string) => Promise<Decision>][] = [
  ['a call', (world, agent, path) => world.decide.call(agent, write(path))],
  [
    'an answer to an enforcement point',
    (world, agent, path) => world.decide.evaluation(asking(agent, 'docs/write_file', `/${path}`), agent),
  ],
]

describe.each(acts)('the entry of %s', (_, ask) => {
  const of = (agent: AgentCaller): object => ({
    identityId: writer.id,
    identity: told(writer),
    task: toldTask(agent, writerRequest),
    taskId: agent.task.id,
    action: { name: 'docs/write_file', class: 'write' },
    budget: unspent,
  })

  it('says who acts in which task, on what, with which labels and budget, and under which entitlement', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const { entry, reasons } = world.take(await ask(world, agent, 'handbook/a.md'))
    expect(reasons[0]?.sentence).toContain('inside the task, its purpose, its ceiling and its budget')
    expect(entry.data).toMatchObject({
      ...of(agent),
      resources: [{ id: 'docs:/handbook/a.md', sensitivity: 'internal' }],
      labels: { before: clean },
      entitlements: ['ent_writer'],
    })
    expect(entry.data['labels']).not.toHaveProperty('remembered')
  })

  it('says the same where a law or a policy refuses it, and where a person has to say yes', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const law = world.refuse(await ask(world, agent, 'board/a.md'))
    expect(law.entry.data).toMatchObject({
      ...of(agent),
      resources: [{ id: 'docs:/board/a.md', sensitivity: 'restricted' }],
      labels: { before: clean },
    })
    world.change('identities', writer.id, { tier: 'T0' })
    const policy = world.refuse(await ask(world, agent, 'handbook/a.md'))
    expect(policy).toMatchObject({ code: 'denied', ask: { sentence: expect.stringContaining('keep the policies') } })
    const resources = [{ id: 'docs:/handbook/a.md', sensitivity: 'internal' }]
    expect(policy.entry.data).toMatchObject({ taskId: agent.task.id, resources, labels: { before: clean } })
    world.change('identities', writer.id, { tier: 'T2' })
    world.change('entitlements', 'ent_writer', { approval: 'each-call' })
    const held = world.refuse(await ask(world, agent, 'handbook/a.md'))
    expect(held.code).toBe('approval_required')
    expect(held.entry.data).toMatchObject({ ...of(agent), resources, labels: { before: clean } })
  })
})

describe('the entry of a tool call', () => {
  it('says with which token and proof, every ceiling of the chain, and what the task has read by then', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const { grant } = world.take(await world.decide.delegation(agent, delegationRequest))
    const helper = await world.enter(grant, reader.id)
    const { entry, grant: call } = world.take(await world.decide.call(helper, read()))
    expect(entry.data).toMatchObject({
      action: { name: 'docs/read_text_file', class: 'read', digest: call.action.digest },
      labels: { before: clean, after: internal },
      ceilings: [
        { identity: writer.name, ceiling: 'confidential' },
        { identity: reader.name, ceiling: 'internal' },
      ],
      credentialId: helper.credential.id,
      binding: { id: 'bnd_reader', possession: true },
      entitlements: ['ent_writer', 'ent_reader'],
    })
    const refused = world.refuse(await world.decide.call(helper, read('board/a.md')))
    expect(refused.entry.data).toMatchObject({
      ceilings: [{ ceiling: 'confidential' }, { ceiling: 'internal' }],
      credentialId: helper.credential.id,
    })
  })

  it('that a bearer makes says that no key was shown', async () => {
    const world = new World()
    const { task, credential } = await world.start()
    world.change('credentials', credential.id, { keyThumbprint: null })
    const { entry } = world.take(await world.decide.call(world.agent(task, credential), read()))
    expect(entry.data).toMatchObject({ binding: { id: 'bnd_reader', possession: false } })
  })

  it('that is held or refused by a policy says its digest, so that it is known when it comes again', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const { digest } = world.take(await world.decide.call(agent, write())).grant.action
    world.change('entitlements', 'ent_writer', { approval: 'each-call' })
    const held = world.refuse(await world.decide.call(agent, write()))
    expect(held.entry.data).toMatchObject({ action: { digest }, labels: { after: internal } })
    world.change('identities', writer.id, { tier: 'T0' })
    const denied = world.refuse(await world.decide.call(agent, write()))
    expect(denied.entry.data).toMatchObject({ action: { digest }, labels: { after: internal } })
  })
})

describe('the entry of an evaluation', () => {
  it('says what was asked, as it was asked, whatever the answer is', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const asked = (name: string, id: string, subject: object = { type: 'task', id: agent.task.id }) => ({
      asked: { subject, action: name, resource: { type: 'docs', id } },
    })
    const yes = await world.decide.evaluation(asking(agent, 'docs/write_file'), agent)
    expect(yes.entry.data).toMatchObject(asked('docs/write_file', '/handbook/a.md'))
    const no = await world.decide.evaluation(asking(agent, 'fly', '/board/x'), agent)
    expect(no.entry.data).toMatchObject(asked('fly', '/board/x'))
    const subject = { type: 'task', id: 'tsk_none' }
    const nobody = world.refuse(
      await world.decide.evaluation(
        { ...asking(agent, 'read'), subject: { ...subject, properties: {} } },
        personOf(world),
      ),
    )
    expect(nobody.entry.data).toMatchObject(asked('read', '/handbook/a.md', subject))
    expect(nobody.reasons[0]?.sentence).toBe('There is no such subject here.')
    expect(nobody.ask?.sentence).toContain('Name an identity or a task')
  })

  it('about an identity without a task says which identity, and what it could do in one', async () => {
    const world = new World()
    const agent = await world.start()
    const subject = { type: 'identity', id: reader.name, properties: {} }
    const request = { ...asking(agent, 'docs/read_text_file'), subject }
    const { entry, nearest, reasons, ask } = world.refuse(await world.decide.evaluation(request, agent))
    expect(entry.data).toMatchObject({
      identityId: reader.id,
      identity: told(reader),
      asked: { action: request.action.name },
    })
    expect(nearest).toEqual([{ action: 'docs/read_text_file', resource: 'docs:/handbook/a.md' }])
    expect(reasons[0]?.sentence).toContain('Nothing acts without a task')
    expect(ask?.sentence).toContain('context.task')
  })
})
