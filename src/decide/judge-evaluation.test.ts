import { describe, expect, it } from 'vitest'
import { personOf, read, reader, startMs, taskRequest, World, writer, writerRequest } from '../../test/decide/world.ts'
import type { AgentCaller, Caller } from '../authenticate/caller.ts'
import { meter } from '../contract/change.ts'
import type { EvaluationRequest } from './requests.ts'

const ask = (
  more: { subject?: object; action?: object; resource?: object; context?: Record<string, unknown> } = {},
): EvaluationRequest => ({
  subject: { type: 'task', id: 'tsk_unknown', properties: {}, ...more.subject },
  action: { name: 'read', properties: {}, ...more.action },
  resource: { type: 'docs', id: '/handbook/a.md', properties: {}, ...more.resource },
  context: more.context ?? {},
})

/** A world in which the reader has a task that names the plain action `read` too. */
async function stage(): Promise<{ world: World; agent: AgentCaller; by: Caller; subject: object }> {
  const world = new World()
  world.change('entitlements', 'ent_reader', { scope: [{ action: '*', resource: 'docs:/*' }] })
  const agent = await world.start(reader.id, {
    ...taskRequest,
    scope: [
      { action: 'read', resource: 'docs:/handbook/*' },
      { action: 'docs/read_text_file', resource: 'docs:/handbook/*' },
      { action: 'docs/fetch_page', resource: 'docs:/handbook/*' },
    ],
  })
  return { world, agent, by: personOf(world), subject: { type: 'task', id: agent.task.id } }
}

describe('an evaluation', () => {
  it('about a task is permitted inside it, and recorded', async () => {
    const { world, by, subject, agent } = await stage()
    const { entry, grant, reasons } = world.take(await world.decide.evaluation(ask({ subject }), by))
    expect(grant).toBeNull()
    expect(reasons.map((reason) => reason.rule)).toEqual(['law:scope', 'base:call'])
    expect(entry).toMatchObject({
      actor: { kind: 'person', id: 'psn_voter' },
      subject: { kind: 'task', id: agent.task.id },
      data: {
        decision: 'evaluation',
        taskId: agent.task.id,
        identityId: reader.id,
        resources: [{ id: 'docs:/handbook/a.md', sensitivity: 'internal' }],
      },
    })
  })

  it.each([
    ['a tool whose results are trusted', 'docs/read_text_file', 0],
    ['a tool whose results are not trusted', 'docs/fetch_page', 1],
    ['an action that nobody reviewed', 'read', 1],
  ])('of %s counts what the task will have read in both labels, and spends nothing', async (_, name, integrity) => {
    const { world, subject, agent } = await stage()
    world.take(await world.decide.evaluation(ask({ subject, action: { name } }), agent))
    expect(world.rows.get('task_usage', agent.task.id)).toMatchObject({ calls: 0, confidentiality: 1, integrity })
  })

  it('of a change is decided again where the task reads untrusted secrets at the same moment', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const subject = { type: 'task', id: agent.task.id }
    const change = await world.decide.evaluation(ask({ subject, action: { name: 'docs/write_file' } }), agent)
    expect(change.outcome).toBe('permit')
    const read = { confidentiality: 2, integrity: 1 }
    world.rows.commit([meter('task_usage', agent.task.id, { add: {}, raise: read, atMost: {} })])
    expect(() => world.take(change)).toThrow(/conflict/)
    const again = await world.decide.evaluation(ask({ subject, action: { name: 'docs/write_file' } }), agent)
    expect(again.reasons.map((reason) => reason.rule)).toEqual(['law:flow', 'guardrail:untrusted-outflow'])
  })

  it('that a person asks changes nothing of the task', async () => {
    const { world, by, subject, agent } = await stage()
    const before = world.rows.get('task_usage', agent.task.id)
    world.take(await world.decide.evaluation(ask({ subject }), by))
    expect(world.rows.get('task_usage', agent.task.id)).toEqual(before)
  })

  it.each([
    ['an identity by id', { type: 'identity', id: reader.id }],
    ['an identity by name', { type: 'identity', id: 'docs-summariser' }],
    ['an agent by name', { type: 'agent', id: 'docs-summariser' }],
  ])('about %s is permitted where it names the task, and denied where it does not', async (_, subject) => {
    const { world, by, agent } = await stage()
    expect(await world.decide.evaluation(ask({ subject, context: { task: agent.task.id } }), by)).toMatchObject({
      outcome: 'permit',
    })
    expect(
      await world.decide.evaluation(ask({ subject: { ...subject, properties: { task: agent.task.id } } }), by),
    ).toMatchObject({ outcome: 'permit' })
    expect(await world.decide.evaluation(ask({ subject }), by)).toMatchObject({
      code: 'task_not_active',
      reasons: [{ rule: 'law:task' }],
      nearest: [{ action: 'read', resource: 'docs:/handbook/a.md' }],
    })
    expect(await world.decide.evaluation(ask({ subject, context: { task: 'tsk_other' } }), by)).toMatchObject({
      code: 'task_not_active',
    })
  })

  it('does not lend the task of one identity to another', async () => {
    const { world, by, agent } = await stage()
    expect(
      await world.decide.evaluation(
        ask({ subject: { type: 'identity', id: writer.id }, context: { task: agent.task.id } }),
        by,
      ),
    ).toMatchObject({ code: 'task_not_active' })
  })

  const denials: [string, string, string, Parameters<typeof ask>[0]][] = [
    ['the subject is unknown', 'denied', 'law:subject', { subject: { type: 'identity', id: 'idn_nobody' } }],
    ['the task is unknown', 'denied', 'law:subject', { subject: { type: 'task', id: 'tsk_nothing' } }],
    ['the type of the subject is unknown', 'denied', 'law:subject', { subject: { type: 'user', id: reader.id } }],
    ['the subject has a prototype name', 'denied', 'law:subject', { subject: { type: 'identity', id: '__proto__' } }],
    ['the subject is endless', 'denied', 'law:subject', { subject: { type: 'identity', id: 'x'.repeat(100_000) } }],
    ['the subject is not well-formed', 'denied', 'law:subject', { subject: { type: 'identity', id: '\ud800' } }],
    ['the action is unknown', 'denied', 'law:tool', { action: { name: 'fly' } }],
    ['the action is of another class', 'scope_exceeded', 'law:scope', { action: { name: 'write' } }],
    ['the tool is quarantined', 'tool_quarantined', 'law:tool-quarantined', { action: { name: 'docs/changed' } }],
    ['the resource lies outside', 'scope_exceeded', 'law:scope', { resource: { type: 'docs', id: '/board/a.md' } }],
    [
      'the type of the resource is another',
      'scope_exceeded',
      'law:scope',
      { resource: { type: 'crm', id: '/handbook/a.md' } },
    ],
    [
      'the resource is above the ceiling',
      'ceiling_exceeded',
      'law:ceiling',
      { resource: { type: 'docs', id: '/handbook/secret/a.md' } },
    ],
    [
      'the resource is endless',
      'request_invalid',
      'law:target',
      { resource: { type: 'docs', id: `/handbook/${'x'.repeat(100_000)}` } },
    ],
    [
      'the resource is not well-formed',
      'request_invalid',
      'law:target',
      { resource: { type: 'docs', id: '/handbook/\ud800' } },
    ],
  ]
  it('that lies outside is told of no pivot, as questions count none', async () => {
    const { world, by, subject } = await stage()
    const outside = ask({ subject, resource: { type: 'docs', id: '/board/a.md' } })
    const denial = world.refuse(await world.decide.evaluation(outside, by))
    expect(denial.reasons[0]?.sentence).toMatch(/ lies outside the scope of the task\.$/)
  })

  it.each(denials)('is denied and recorded when %s', async (_, code, rule, more) => {
    const { world, by, subject } = await stage()
    const denial = world.refuse(await world.decide.evaluation(ask({ subject, ...more }), by))
    expect(denial).toMatchObject({ code, reasons: [{ rule }], entry: { kind: 'decision.denial' } })
    expect(denial.reasons[0]?.sentence).not.toBe('')
    expect(JSON.stringify(denial.entry).length).toBeLessThan(8 * 1024)
    expect(world.errors).toEqual([])
  })

  it('judges a tool by its rule, and a resource of type resource by its id', async () => {
    const { world, by, subject } = await stage()
    const resource = { type: 'resource', id: 'docs:/handbook/a.md' }
    expect(
      await world.decide.evaluation(ask({ subject, resource, action: { name: 'docs/read_text_file' } }), by),
    ).toMatchObject({ outcome: 'permit' })
  })

  it.each([
    [
      'properties that nobody declared',
      {
        subject: { properties: { department: 'sales', level: 7, on: true } },
        resource: { properties: { owner: 'x', nested: { a: [1] } } },
        action: { properties: { method: 'GET' } },
      },
    ],
    ['a time that is no RFC 3339', { context: { time: '2025-06-27T18:03-07:00' } }],
    [
      'names that clash with the schema',
      {
        resource: { properties: { name: 'docs:/other', sensitivity: 'public', uid: 1 } },
        context: { now: 'yesterday', approved: true, task: 7 },
      },
    ],
    [
      'odd values',
      {
        context: {
          a: null,
          b: Number.NaN,
          c: [1],
          d: '\ud800',
          e: 'x'.repeat(100_000),
          __extn: { fn: 'ip', arg: 'x' },
          __entity: 'x',
        },
      },
    ],
    [
      'prototype names',
      { context: JSON.parse('{"__proto__":{"task":"x"},"constructor":"y"}') as Record<string, unknown> },
    ],
    [
      'hundreds of properties',
      { context: Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`p${at}`, 'x'])) },
    ],
  ] as [string, Parameters<typeof ask>[0]][])('is not changed by %s', async (_, more) => {
    const { world, by, subject } = await stage()
    const request = ask({ ...more, subject: { ...subject, ...more?.subject } })
    expect(await world.decide.evaluation(request, by)).toMatchObject({ outcome: 'permit' })
    expect(
      await world.decide.evaluation({ ...request, resource: { ...request.resource, id: '/board/a.md' } }, by),
    ).toMatchObject({ code: 'scope_exceeded' })
    expect(world.errors).toEqual([])
  })

  it.each([
    [
      'the state of an identity',
      { subject: { properties: { state: 'active' } } },
      (world: World) => world.change('identities', reader.id, { state: 'suspended' }),
    ],
    [
      'the tier of an identity',
      { subject: { properties: { tier: 'T2' } } },
      (world: World) => world.change('identities', reader.id, { tier: 'T0' }),
    ],
    [
      'the sensitivity of a resource',
      { resource: { properties: { sensitivity: 'public' } } },
      (world: World) => world.change('resource_rules', 'docs:/*', { sensitivity: 'restricted' }),
    ],
    [
      'the class of an action',
      { action: { name: 'docs/read_text_file', properties: { class: 'read' } } },
      (world: World) => world.change('tool_rules', 'docs/read_text_file', { actionClass: 'administer' }),
    ],
    [
      'an approval',
      { context: { approved: true } },
      (world: World) => world.change('entitlements', 'ent_reader', { approval: 'each-call' }),
    ],
  ] as [string, Parameters<typeof ask>[0], (world: World) => void][])(
    'takes no word of the request for %s',
    async (_, more, change) => {
      const { world, by, subject } = await stage()
      change(world)
      expect(
        await world.decide.evaluation(ask({ ...more, subject: { ...subject, ...more?.subject } }), by),
      ).toMatchObject({ outcome: 'denial' })
    },
  )

  it('by an agent is about itself, and about others only with leave to read domain:remit', async () => {
    const { world, agent, subject } = await stage()
    const other = await world.start(writer.id)
    expect(await world.decide.evaluation(ask({ subject }), agent)).toMatchObject({ outcome: 'permit' })
    const refused = await world.decide.evaluation(ask({ subject }), other)
    expect(refused).toMatchObject({
      code: 'asker_refused',
      reasons: [{ rule: 'law:asker' }, { rule: 'law:scope' }],
    })
    expect(
      await world.decide.evaluation(ask({ subject: { type: 'identity', id: 'idn_nobody' } }), other),
    ).toMatchObject({ reasons: refused.reasons })
    const leave = [{ action: 'read', resource: 'domain:remit' }]
    world.rows.put('resource_rules', { pattern: 'domain:*', sensitivity: 'internal' })
    world.change('entitlements', 'ent_writer', { scope: [...leave, ...writerRequest.scope] })
    const asker = await world.start(writer.id, { ...writerRequest, scope: leave })
    const decision = await world.decide.evaluation(ask({ subject }), asker)
    expect(decision).toMatchObject({ outcome: 'permit' })
    world.change('entitlements', 'ent_writer', { state: 'ended' })
    expect(() => world.take(decision)).toThrow('conflict')
    expect(await world.decide.evaluation(ask({ subject }), asker)).toMatchObject({
      code: 'asker_refused',
      reasons: [{ rule: 'law:asker' }, { rule: 'law:entitlement' }],
    })
  })

  it.each(['docs:/*', 'docs:/handbook/a.md'])(
    'that was permitted before %s is classified is a conflict when it is written after',
    async (pattern) => {
      const { world, by, subject } = await stage()
      const decision = await world.decide.evaluation(ask({ subject }), by)
      world.classify({ pattern, sensitivity: 'restricted' })
      expect(() => world.take(decision)).toThrow('conflict')
      expect(await world.decide.evaluation(ask({ subject }), by)).toMatchObject({ code: 'ceiling_exceeded' })
    },
  )

  it('follows the chain: what falls above denies', async () => {
    const { world, by, subject, agent } = await stage()
    world.cutOff(`chain:${agent.task.rootId}`)
    expect(await world.decide.evaluation(ask({ subject }), by)).toMatchObject({ code: 'cut_off' })
  })

  it('and a call of the same thing answer alike', async () => {
    const { world, by, subject, agent } = await stage()
    for (const path of ['/handbook/a.md', '/board/a.md', '/handbook/secret/a.md']) {
      const evaluation = await world.decide.evaluation(
        ask({ subject, action: { name: 'docs/read_text_file' }, resource: { type: 'docs', id: path } }),
        by,
      )
      const call = await world.decide.call(agent, read(path.slice(1)))
      expect({ outcome: evaluation.outcome, code: 'code' in evaluation ? evaluation.code : null }).toEqual({
        outcome: call.outcome,
        code: 'code' in call ? call.code : null,
      })
    }
    expect(world.nowMs).toBe(startMs)
  })
})
