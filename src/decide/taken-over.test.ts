import { describe, expect, it } from 'vitest'
import { delegationRequest, read, reader, startMs, taskRequest, World, writer } from '../../test/decide/world.ts'
import type { WorkloadCaller } from '../authenticate/caller.ts'
import type { Task } from '../contract/task.ts'

const audience = 'https://remit.test/mcp/docs'

/** A part of a task of the writer, in the hands of the reader. */
async function hand(task: Partial<Task> = {}) {
  const world = new World()
  const agent = await world.start(writer.id)
  const { grant } = world.take(await world.decide.delegation(agent, delegationRequest))
  world.change('tasks', grant.id, task)
  const ask = (more: Partial<Omit<WorkloadCaller, 'kind'>> = {}) =>
    world.decide.token(world.workload(reader.id, more), { taskId: grant.id, audience })
  return { world, agent, grant, ask }
}

describe('a task that was handed over', () => {
  const no = (sentence: string, ask: string) => ({
    code: 'task_not_active',
    reasons: [{ rule: 'law:taken-by', sentence }],
    ask: { sentence: ask },
  })
  const takenBy = { bindingKinds: ['oidc'], issuers: ['https://issuer.test'], minStrength: 'key-bound' } as const

  it('is taken by the workloads that are meant', async () => {
    const { world, ask } = await hand({ takenBy })
    expect(world.take(await ask()).grant.credential.taskId).toBeDefined()
  })

  it.each<[string, Partial<Task>, Partial<Omit<WorkloadCaller, 'kind'>>]>([
    ['of another issuer', { takenBy: { ...takenBy, issuers: ['https://other.test'] } }, {}],
    ['of another kind', { takenBy: { ...takenBy, bindingKinds: ['spiffe'] } }, {}],
    ['of another issuer, with a weaker proof', { takenBy: { ...takenBy, issuers: [] } }, { strength: 'bearer' }],
  ])('is not taken by one %s', async (_, task, caller) => {
    const { world, ask } = await hand(task)
    expect(world.refuse(await ask(caller))).toMatchObject(
      no(
        'The task was handed to other workloads of this identity.',
        'Have the task handed over again, and say in takenBy who takes it.',
      ),
    )
  })

  it('is not taken by one with a weaker proof, which is told what is asked for', async () => {
    const { world, ask } = await hand({ takenBy })
    expect(world.refuse(await ask({ strength: 'bearer' }))).toMatchObject(
      no(
        'The task was handed to those that prove themselves more strongly: key-bound at least, and this proof is bearer.',
        'Prove yourself so, or have it handed over again where takenBy and the grant (remit identity delegate) ask for less.',
      ),
    )
  })

  it('is not taken by another binding than the one that has it', async () => {
    const { world, ask } = await hand({ bindingId: 'bnd_writer' })
    expect(world.refuse(await ask())).toMatchObject({
      reasons: [{ rule: 'law:same-binding', sentence: 'The task was opened by another workload of this identity.' }],
      ask: { sentence: 'Open a task with the binding that will use it.' },
    })
    const [binding] = world.rows.all('bindings').filter(({ id }) => id === 'bnd_reader')
    if (binding === undefined) throw new Error('there is no binding')
    world.change('bindings', 'bnd_reader', { replacesId: 'bnd_writer' })
    expect((await ask({ binding: { ...binding, replacesId: 'bnd_writer' } })).outcome).toBe('permit')
  })
})

describe('a certificate that was given in a task', () => {
  const other = {
    code: 'task_not_active',
    reasons: [
      {
        rule: 'law:own-svid',
        sentence: 'A certificate that was given in a task counts for tokens of that task, and for nothing else.',
      },
    ],
    ask: { sentence: 'Prove yourself by what the identity is bound to.' },
  }

  it('counts for tokens of that task', async () => {
    const { world, ask, grant } = await hand()
    expect(world.take(await ask({ within: { taskId: grant.id, untilMs: startMs } })).outcome).toBe('permit')
  })

  it('counts for no other one, and for no certificate', async () => {
    const { world, ask, grant } = await hand()
    expect(world.refuse(await ask({ within: { taskId: 'tsk_other', untilMs: startMs } }))).toMatchObject(other)
    const caller = world.workload(reader.id, { within: { taskId: grant.id, untilMs: startMs } })
    const certify = { thumbprint: 'x' }
    expect(world.refuse(await world.decide.token(caller, { taskId: grant.id, audience, certify }))).toMatchObject(other)
  })

  it('opens no other task', async () => {
    const world = new World()
    const caller = world.workload(reader.id, { within: { taskId: 'tsk_a', untilMs: startMs } })
    expect(world.refuse(await world.decide.task(caller, taskRequest))).toMatchObject({
      code: 'task_not_active',
      reasons: [
        {
          rule: 'law:own-svid',
          sentence: 'A certificate that was given in a task counts for that task, and opens no other one.',
        },
      ],
      ask: { sentence: 'Prove yourself by what the identity is bound to.' },
    })
  })
})

describe('a part that is handed to the workload that is there', () => {
  const taker = { identityId: reader.id, bindingId: 'bnd_reader' }
  it('is its alone, whatever its identity is called', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const request = { ...delegationRequest, to: 'no such name' }
    const { grant } = world.take(await world.decide.delegation(agent, request, taker))
    expect(grant).toMatchObject({
      identityId: reader.id,
      bindingId: 'bnd_reader',
      takenBy: { bindingKinds: ['oidc'], issuers: ['https://issuer.test'] },
    })
  })

  it('is its, though its identity proves itself in other ways too', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const [binding] = world.rows.all('bindings').filter(({ id }) => id === 'bnd_reader')
    if (binding === undefined) throw new Error('there is no binding')
    world.rows.put('bindings', { ...binding, id: 'bnd_more', kind: 'spiffe', issuer: 'acme.example' })
    expect(world.refuse(await world.decide.delegation(agent, delegationRequest))).toMatchObject({
      reasons: [{ rule: 'law:taken-by-one' }],
    })
    const { grant } = world.take(await world.decide.delegation(agent, delegationRequest, taker))
    expect(grant.takenBy).toMatchObject({ bindingKinds: ['oidc'], issuers: ['https://issuer.test'] })
    const nobody = { ...taker, bindingId: 'bnd_none' }
    expect(world.refuse(await world.decide.delegation(agent, delegationRequest, nobody))).toMatchObject({
      reasons: [{ rule: 'law:taken-by-someone' }],
    })
  })

  it('goes to nobody who is not there', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const nobody = { identityId: 'idn_none', bindingId: 'bnd_reader' }
    expect(world.refuse(await world.decide.delegation(agent, delegationRequest, nobody))).toMatchObject({
      code: 'actor_unauthorized',
      reasons: [{ rule: 'law:may-act' }],
    })
  })
})

describe('a chain that was in another domain and came back', () => {
  it('is not handed to who acted in it before', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const act = (iss: string) => ({ foreignAct: { iss, sub: reader.id } })
    world.change('tasks', agent.task.id, act('https://remit.example'))
    expect(
      world.refuse(await world.decide.delegation(world.agent(agent.task, agent.credential), delegationRequest)),
    ).toMatchObject({
      code: 'chain_invalid',
      reasons: [{ rule: 'law:acyclic', sentence: 'docs-summariser is in this chain already.' }],
      ask: { sentence: 'Hand the task to somebody who is not in the chain.' },
    })
    world.change('tasks', agent.task.id, act('https://other.example'))
    const again = world.agent(agent.task, agent.credential)
    expect((await world.decide.delegation(again, delegationRequest)).outcome).toBe('permit')
  })
})

describe('what the other doors of a decision say', () => {
  it('is a no under a domain that is not there, and under one that nobody keeps', async () => {
    const world = new World()
    const agent = await world.start(reader.id)
    const question = {
      subject: { type: 'task', id: agent.task.id, properties: {} },
      action: { name: 'read', properties: {} },
      resource: { type: 'x', id: 'y', properties: {} },
      context: {},
    }
    for (const decided of [
      await world.decide.mapped(question, agent, 'crm'),
      await world.decide.unreadable('It has no action.', agent, 'crm'),
      await world.decide.unreadable('It has no action.', agent),
    ])
      expect(decided.outcome).toBe('denial')
    expect((await world.decide.call(agent, read())).outcome).toBe('permit')
  })
})
