import { describe, expect, it } from 'vitest'
import {
  hourMs,
  read,
  reader,
  startMs,
  taskRequest,
  World,
  write,
  writer,
  writerRequest,
} from '../../../test/decide/world.ts'
import { type AgentCaller, type PersonCaller, proveCaller } from '../../authenticate/caller.ts'
import type { PersonRight } from '../../contract/register/person-right.ts'
import type { TaskRequest } from '../requests.ts'

const right: PersonRight = {
  id: 'rgt_1',
  personId: 'psn_asker',
  scope: [{ action: 'docs/read_text_file', resource: 'docs:/*' }],
  classes: ['read'],
  ceiling: 'confidential',
  reason: 'It is their work',
  grantedBy: 'psn_owner',
  startsMs: startMs - hourMs,
  endsMs: startMs + 10 * hourMs,
  state: 'granted',
}

function personOf(world: World, id = 'psn_asker'): PersonCaller {
  const person = world.rows.get('persons', id)
  if (person === undefined) throw new Error(`there is no ${id}`)
  return proveCaller<PersonCaller>({
    kind: 'person',
    person,
    sessionId: 's',
    guards: [],
    changes: [],
  })
}

function worldWith(more: Partial<PersonRight> = {}): World {
  const world = new World()
  world.rows.put('person_rights', { ...right, ...more })
  return world
}

async function open(world: World, identityId = reader.id, request: TaskRequest = taskRequest): Promise<AgentCaller> {
  const opened = world.take(await world.decide.behalfTask(personOf(world), identityId, request))
  expect(opened.grant).toMatchObject({ onBehalfOf: 'psn_asker', bindingId: null, state: 'active' })
  return await world.enter(opened.grant, identityId)
}

describe('a task that a person opens on their own behalf', () => {
  it('is taken over by the workload, and does what both may', async () => {
    const world = worldWith()
    const agent = await open(world)
    const permitted = world.take(await world.decide.call(agent, read()))
    expect(permitted.entry.data).toMatchObject({ task: { onBehalfOf: 'psn_asker' } })
    expect(permitted.changes).toContainEqual(expect.objectContaining({ op: 'require', table: 'person_rights' }))
  })

  it('is named in its entry, with the rights that it rests on', async () => {
    const world = worldWith()
    const { entry } = world.take(await world.decide.behalfTask(personOf(world), reader.id, taskRequest))
    expect(entry).toMatchObject({
      kind: 'decision.permit',
      actor: { kind: 'person', id: 'psn_asker' },
      data: { onBehalfOf: 'psn_asker', rights: ['rgt_1'], entitlements: ['ent_reader'], identityId: reader.id },
    })
  })

  it.each([
    ['none', { personId: 'psn_voter' }],
    ['none any more', { state: 'ended' }],
    ['none yet', { startsMs: startMs + 1 }],
    ['one that ends before the task does', { endsMs: startMs + 60_000 }],
    ['one to something else', { scope: [{ action: 'docs/read_text_file', resource: 'docs:/board/*' }] }],
    ['one to another class', { classes: ['write'] }],
    ['one to less sensitive data', { ceiling: 'public' }],
  ] as const)('is denied to a person with %s', async (_, more) => {
    const world = worldWith(more)
    const denied = world.refuse(await world.decide.behalfTask(personOf(world), reader.id, taskRequest))
    expect(denied).toMatchObject({ code: 'scope_exceeded', reasons: [{ rule: 'law:behalf-rights' }] })
  })

  it('says the nearest that would be allowed', async () => {
    const world = worldWith({ scope: [{ action: 'docs/*', resource: 'docs:/handbook/a*' }] })
    const denied = world.refuse(await world.decide.behalfTask(personOf(world), reader.id, taskRequest))
    expect(denied.nearest).toEqual([{ action: 'docs/read_text_file', resource: 'docs:/handbook/a*' }])
  })

  it('is bounded by the identity as much: its entitlements, purpose and state', async () => {
    const world = worldWith({
      scope: [{ action: '*', resource: '*' }],
      classes: ['read', 'write'],
      ceiling: 'restricted',
    })
    const ask = async (request: TaskRequest): Promise<string> =>
      world.refuse(await world.decide.behalfTask(personOf(world), reader.id, request)).code
    expect(await ask({ ...taskRequest, purpose: 'release' })).toBe('purpose_exceeded')
    expect(await ask({ ...taskRequest, ceiling: 'restricted' })).toBe('ceiling_exceeded')
    expect(await ask({ ...taskRequest, scope: [{ action: 'docs/read_text_file', resource: 'crm:*' }] })).toBe(
      'scope_exceeded',
    )
    world.change('identities', reader.id, { state: 'suspended' })
    expect(await ask(taskRequest)).toBe('identity_inactive')
  })

  it('is denied to a person who has left, and for an identity that is not there', async () => {
    const world = worldWith()
    const person = personOf(world)
    world.change('persons', 'psn_asker', { state: 'left' })
    expect(world.refuse(await world.decide.behalfTask(person, reader.id, taskRequest)).code).toBe('identity_inactive')
    expect(world.refuse(await world.decide.behalfTask(person, 'idn_nobody', taskRequest)).code).toBe('store_damaged')
  })
})

describe('acting on behalf of a person', () => {
  it('stops where the right does, at once', async () => {
    const world = worldWith()
    const agent = await open(world)
    const permitted = await world.decide.call(agent, read())
    world.change('person_rights', right.id, { state: 'ended' })
    expect(() => world.take(permitted)).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(world.refuse(await world.decide.call(agent, read()))).toMatchObject({
      code: 'task_not_active',
      reasons: [{ rule: 'law:behalf-ground' }],
    })
  })

  it('stops where the login ends on whose word the task was opened, at once', async () => {
    const world = worldWith()
    const agent = await open(world)
    const known = { personId: 'psn_asker', issuer: 'https://idp.example', subject: 'asker' }
    world.rows.put('person_logins', { id: 'lgn_1', ...known, createdMs: startMs, endedMs: null })
    world.change('tasks', agent.task.id, { loginId: 'lgn_1' })
    const permitted = await world.decide.call(agent, read())
    world.change('person_logins', 'lgn_1', { endedMs: startMs })
    expect(() => world.take(permitted)).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(world.refuse(await world.decide.call(agent, read()))).toMatchObject({
      code: 'task_not_active',
      reasons: [{ rule: 'law:behalf-login' }],
    })
  })

  it('never gets by approval what the person may not do', async () => {
    const world = worldWith()
    const narrow = { ...writerRequest, scope: [{ action: 'docs/read_text_file', resource: 'docs:/handbook/*' }] }
    const agent = await open(world, writer.id, narrow)
    const denied = world.refuse(await world.decide.call(agent, write()))
    expect(denied).toMatchObject({ code: 'scope_exceeded', reasons: [{ rule: 'law:behalf-rights' }] })
    expect(world.rows.all('approvals')).toEqual([])
  })

  it('is handed on to helpers: the same person bounds them', async () => {
    const world = worldWith()
    const agent = await open(world, writer.id, {
      ...writerRequest,
      scope: [{ action: 'docs/read_text_file', resource: 'docs:/handbook/*' }],
    })
    const handed = world.take(
      await world.decide.delegation(agent, {
        to: 'docs-summariser',
        goal: 'Read it',
        scope: taskRequest.scope,
        ceiling: 'internal',
        budget: { callsMax: 2, writesMax: 0, bytesMax: 10 },
        lifeSeconds: 60,
      }),
    )
    expect(handed.grant.onBehalfOf).toBe('psn_asker')
    const helper = await world.enter(handed.grant, reader.id)
    world.take(await world.decide.call(helper, read()))
    world.change('person_rights', right.id, { scope: [] })
    expect(world.refuse(await world.decide.call(helper, read())).reasons[0]?.rule).toBe('law:behalf-rights')
  })

  it('asks nothing of tasks on nobody’s behalf', async () => {
    const world = new World()
    expect((await world.decide.call(await world.start(), read())).outcome).toBe('permit')
  })
})
