import { describe, expect, it } from 'vitest'
import {
  delegationRequest,
  hourMs,
  reader,
  startMs,
  taskRequest,
  World,
  writer,
  writerRequest,
} from '../../test/decide/world.ts'
import type { Kept } from '../contract/change.ts'
import type { Binding } from '../contract/register/binding.ts'
import type { Tier } from '../contract/register/tier.ts'
import type { Task } from '../contract/task.ts'

const audience = 'https://remit.test/mcp/docs'
const open = async (world: World, identityId = reader.id): Promise<Task> =>
  world.take(
    await world.decide.task(world.workload(identityId), identityId === reader.id ? taskRequest : writerRequest),
  ).grant

describe('a token', () => {
  it('is intended inside its task, and ends with the tier', async () => {
    const world = new World()
    const task = await open(world)
    const { grant, entry } = world.take(await world.decide.token(world.workload(), { taskId: task.id, audience }))
    expect(grant.credential).toMatchObject({
      id: expect.stringMatching(/^crd_/),
      kind: 'access_token',
      strength: 'key-bound',
      identityId: reader.id,
      taskId: task.id,
      audience,
      keyThumbprint: 'thumb',
      state: 'intended',
      issuedMs: startMs,
      expiresMs: startMs + 30 * 60_000,
    })
    expect(grant.task.id).toBe(task.id)
    expect(world.rows.get('tasks', task.id)).toMatchObject({ bindingId: 'bnd_reader', version: 1 })
    expect(world.rows.get('credentials', grant.credential.id)).toMatchObject({ state: 'intended' })
    expect(entry).toMatchObject({
      subject: { kind: 'credential', id: grant.credential.id },
      actor: { chain: task.chain },
      data: {
        taskId: task.id,
        identityId: reader.id,
        credentialId: grant.credential.id,
        expiresMs: grant.credential.expiresMs,
      },
    })
  })

  it('never outlives its task', async () => {
    const world = new World()
    const task = await open(world)
    world.nowMs = task.endsMs - 1000
    expect(
      world.take(await world.decide.token(world.workload(), { taskId: task.id, audience })).grant.credential.expiresMs,
    ).toBe(task.endsMs)
  })

  const denials: [string, string, string, (world: World, task: Task) => void][] = [
    [
      'the task has ended',
      'task_not_active',
      'law:task-live',
      (world, task) => {
        world.nowMs = task.endsMs
      },
    ],
    [
      'the task was completed',
      'task_not_active',
      'law:task-live',
      (world, task) => world.change('tasks', task.id, { state: 'completed' }),
    ],
    [
      'the task still waits',
      'approval_required',
      'law:task-approved',
      (world, task) => world.change('tasks', task.id, { state: 'waiting' }),
    ],
    [
      'the identity is suspended',
      'identity_inactive',
      'law:active',
      (world) => world.change('identities', reader.id, { state: 'suspended' }),
    ],
    [
      'the owner has left',
      'identity_inactive',
      'law:owner',
      (world) => world.change('persons', 'psn_owner', { state: 'left' }),
    ],
    [
      'the binding has ended',
      'identity_inactive',
      'law:binding',
      (world) => world.change('bindings', 'bnd_reader', { endedMs: startMs }),
    ],
    [
      'what runs is not what was approved',
      'composition_changed',
      'law:composition',
      (world) =>
        world.change('identities', reader.id, { composition: { model: 'm', promptDigest: 'p', toolsDigest: 't' } }),
    ],
    ['the task was cut off', 'cut_off', 'law:cutoff', (world, task) => world.cutOff(`task:${task.id}`)],
    ['the chain was cut off', 'cut_off', 'law:cutoff', (world, task) => world.cutOff(`chain:${task.rootId}`)],
    ['the binding was cut off', 'cut_off', 'law:cutoff', (world) => world.cutOff('binding:bnd_reader')],
    [
      'the task was opened by another binding',
      'task_not_active',
      'law:same-binding',
      (world, task) => {
        world.rows.put('bindings', { ...binding(world), id: 'bnd_other' })
        world.change('tasks', task.id, { bindingId: 'bnd_other' })
      },
    ],
  ]
  it.each(denials)('is denied when %s', async (_, code, rule, change) => {
    const world = new World()
    const task = await open(world)
    change(world, task)
    const denial = world.refuse(await world.decide.token(world.workload(), { taskId: task.id, audience }))
    expect(denial).toMatchObject({ code, reasons: [{ rule }] })
    expect(denial.reasons[0]?.sentence).not.toBe('')
    expect(denial.ask?.sentence).not.toBe('')
    expect(world.rows.all('credentials')).toEqual([])
    expect(world.errors).toEqual([])
  })

  it.each([
    ['unknown', 'tsk_nothing'],
    ['with a prototype name', '__proto__'],
    ['endless', 'x'.repeat(100_000)],
  ])('of a task that is %s sounds like that of a foreign one', async (_, taskId) => {
    const world = new World()
    const foreign = await open(world, writer.id)
    const [unknown, other] = await Promise.all([
      world.decide.token(world.workload(), { taskId, audience }),
      world.decide.token(world.workload(), { taskId: foreign.id, audience }),
    ])
    expect(unknown).toMatchObject({ code: 'task_not_active', reasons: [{ rule: 'law:own-task' }] })
    expect(other.reasons).toEqual(unknown.reasons)
  })

  it.each<[Tier, string, string | null, boolean]>([
    ['T0', 'bearer', null, true],
    ['T1', 'bearer', null, true],
    ['T2', 'bearer', null, false],
    ['T2', 'key-bound', 'thumb', true],
    ['T3', 'bearer', null, false],
    ['T4', 'key-bound', 'thumb', false],
    ['T4', 'attested', null, false],
    ['T4', 'attested', 'thumb', true],
  ])(
    'of tier %s with a %s proof and the key %s is permitted: %s',
    async (tier, strength, keyThumbprint, isPermitted) => {
      const world = new World()
      const task = await open(world)
      world.change('identities', reader.id, { tier })
      const decision = await world.decide.token(
        world.workload(reader.id, {
          strength: strength as 'bearer',
          possession: keyThumbprint === null ? null : { kind: 'jkt', thumbprint: keyThumbprint },
        }),
        { taskId: task.id, audience },
      )
      expect(decision.outcome).toBe(isPermitted ? 'permit' : 'denial')
      if (isPermitted) return
      expect(decision).toMatchObject({ code: 'proof_missing' })
      expect(decision.reasons[0]?.sentence).toContain(tier)
      expect('ask' in decision && decision.ask?.sentence).toMatch(/DPoP|attests/)
    },
  )

  it('never outlives the static secret that proved its workload: elsewhere nobody is told of that end', async () => {
    const world = new World()
    world.change('identities', reader.id, { tier: 'T0' })
    world.change('bindings', 'bnd_reader', { kind: 'secret', issuer: 'secret', secretEndsMs: startMs + 60_000 })
    const task = await open(world)
    const { grant } = world.take(await world.decide.token(world.workload(), { taskId: task.id, audience }))
    expect(grant.credential.expiresMs).toBe(startMs + 60_000)
  })

  it('of a task that was handed over is for what was approved of the one who takes it', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const { id: taskId } = world.take(await world.decide.delegation(agent, delegationRequest)).grant
    const composition = { model: 'm', promptDigest: 'p', toolsDigest: 't' }
    world.change('identities', reader.id, { composition })
    const other = { taskId, audience, composition: { ...composition, model: 'n' } }
    expect(world.refuse(await world.decide.token(world.workload(), other)).reasons).toEqual([
      { rule: 'law:composition', sentence: `What runs is not what was approved of ${reader.name}, by its model.` },
    ])
    world.take(await world.decide.token(world.workload(), { taskId, audience, composition }))
  })

  it('of a task that was handed over binds it to the binding that took it, once', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const child = world.take(await world.decide.delegation(agent, delegationRequest)).grant
    expect(child.bindingId).toBeNull()
    const [first, second] = await Promise.all(
      [1, 2].map(() => world.decide.token(world.workload(), { taskId: child.id, audience })),
    )
    if (first === undefined || second === undefined) throw new Error('two were asked for')
    expect(world.take(first).grant.task).toMatchObject({ bindingId: 'bnd_reader', version: 2 })
    expect(world.rows.get('tasks', child.id)).toMatchObject({ bindingId: 'bnd_reader', version: 2 })
    expect(() => world.take(second)).toThrow('conflict')
    world.rows.put('bindings', { ...binding(world), id: 'bnd_other' })
    const other = world.workload(reader.id, { binding: { ...binding(world), id: 'bnd_other', version: 1, entry: 0 } })
    expect(await world.decide.token(other, { taskId: child.id, audience })).toMatchObject({
      reasons: [{ rule: 'law:same-binding' }],
    })
  })

  it.each([
    [
      'the parent was completed',
      (world: World, parent: string) => world.change('tasks', parent, { state: 'completed' }),
    ],
    ['the parent was cut off', (world: World, parent: string) => world.cutOff(`task:${parent}`)],
    ['the delegator is suspended', (world: World) => world.change('identities', writer.id, { state: 'suspended' })],
    ['the delegator was cut off', (world: World) => world.cutOff(`identity:${writer.id}`)],
    ['the binding of the delegator was cut off', (world: World) => world.cutOff('binding:bnd_writer')],
  ])('of a child task is denied when %s', async (_, change) => {
    const world = new World()
    const agent = await world.start(writer.id)
    const child = world.take(await world.decide.delegation(agent, delegationRequest)).grant
    change(world, agent.task.id)
    expect(await world.decide.token(world.workload(), { taskId: child.id, audience })).toMatchObject({
      outcome: 'denial',
    })
  })

  it('that was permitted before its task was completed is a conflict when it is written after', async () => {
    const world = new World()
    const task = await open(world)
    const decision = await world.decide.token(world.workload(), { taskId: task.id, audience })
    world.change('tasks', task.id, { state: 'completed' })
    expect(() => world.take(decision)).toThrow('conflict')
  })

  it('tells of the scope of its task what is still granted to everybody in the chain', async () => {
    const world = new World()
    const task = await open(world)
    const ask = { taskId: task.id, audience }
    const told = async () => world.take(await world.decide.token(world.workload(), ask)).grant.task.scope
    expect(await told()).toEqual(task.scope)
    const scope = [{ action: 'docs/*', resource: 'docs:/handbook/public/*' }]
    world.change('entitlements', 'ent_reader', { scope })
    const left = [{ action: 'docs/read_text_file', resource: 'docs:/handbook/public/*' }]
    expect([await told(), (await world.decide.held(task)).scope]).toEqual([left, left])
    expect(world.rows.get('tasks', task.id)?.scope).toEqual(task.scope)
  })

  it.each([
    ['an entitlement that ended', (world: World) => world.change('entitlements', 'ent_reader', { state: 'ended' })],
    ['one of another class now', (world: World) => world.change('entitlements', 'ent_reader', { classes: ['write'] })],
    [
      'a purpose that covers it no more',
      (world: World) => world.change('purposes', 'summarise', { classes: ['write'] }),
    ],
  ])('is none where nothing of its task is granted any more, by %s', async (_what, take) => {
    const world = new World()
    const task = await open(world)
    take(world)
    const denied = world.refuse(await world.decide.token(world.workload(), { taskId: task.id, audience }))
    expect(denied).toMatchObject({ code: 'scope_exceeded', reasons: [{ rule: 'law:granted' }] })
  })

  it.each(['https://remit.example', 'https://remit.example/mcp/docs'])(
    'for %s, where each act is judged anew, is one all the same, and tells that nothing is',
    async (own) => {
      const world = new World()
      const task = await open(world)
      world.change('entitlements', 'ent_reader', { state: 'ended' })
      const { grant } = world.take(await world.decide.token(world.workload(), { taskId: task.id, audience: own }))
      expect(grant.task.scope).toEqual([])
    },
  )

  it('that was permitted before an entitlement of its task ended is a conflict when it is written after', async () => {
    const world = new World()
    const task = await open(world)
    const permitted = await world.decide.token(world.workload(), { taskId: task.id, audience })
    world.change('entitlements', 'ent_reader', { state: 'ended' })
    expect(() => world.take(permitted)).toThrow(expect.objectContaining({ code: 'conflict' }))
  })

  it('ends with the shortest of all tasks above', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const child = world.take(await world.decide.delegation(agent, delegationRequest)).grant
    world.change('tasks', agent.task.id, { endsMs: startMs + hourMs / 60 })
    expect(
      world.take(await world.decide.token(world.workload(), { taskId: child.id, audience })).grant.credential.expiresMs,
    ).toBe(startMs + hourMs / 60)
  })
})

function binding(world: World): Kept<Binding> {
  const row = world.rows.get('bindings', 'bnd_reader')
  if (row === undefined) throw new Error('there is no binding')
  return row
}
