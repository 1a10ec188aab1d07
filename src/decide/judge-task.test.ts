import { describe, expect, it } from 'vitest'
import { hourMs, startMs, taskRequest, World, writer, writerRequest } from '../../test/decide/world.ts'
import type { TaskRequest } from './requests.ts'

type Change = (world: World) => void
const nothing: Change = () => {}

describe('a task', () => {
  it('is given inside purpose, entitlement, tier and form, complete and clean', async () => {
    const world = new World()
    const { grant, entry, reasons } = world.take(await world.decide.task(world.workload(), taskRequest))
    expect(grant).toMatchObject({
      identityId: 'idn_reader',
      parentId: null,
      rootId: grant.id,
      purpose: 'summarise',
      state: 'active',
      approvalId: null,
      bindingId: 'bnd_reader',
      labels: { confidentiality: 'public', integrity: 'trusted' },
      delegationDepthLeft: 2,
      createdMs: startMs,
      endsMs: startMs + hourMs,
      chain: [{ identityId: 'idn_reader', name: 'docs-summariser', taskId: grant.id }],
    })
    expect(world.rows.get('tasks', grant.id)).toMatchObject({ goal: taskRequest.goal })
    expect(world.rows.get('task_usage', grant.id)).toMatchObject({ calls: 0, confidentiality: 0, integrity: 0 })
    expect(world.rows.all('seen_proofs')).toHaveLength(1)
    expect(entry).toMatchObject({
      kind: 'decision.permit',
      actor: { kind: 'identity', id: 'idn_reader' },
      subject: { kind: 'task', id: grant.id },
      policy: world.shelf.enforced().version,
      data: {
        decision: 'task',
        outcome: 'permit',
        taskId: grant.id,
        identityId: 'idn_reader',
        scope: taskRequest.scope,
        endsMs: startMs + hourMs,
        purpose: 'summarise',
      },
    })
    expect(reasons.map((reason) => reason.rule)).toEqual(['law:containment', 'base:task'])
  })

  const denials: [string, string, string, Change, Partial<TaskRequest>][] = [
    [
      'the identity is suspended',
      'identity_inactive',
      'law:active',
      (world) => world.change('identities', 'idn_reader', { state: 'suspended' }),
      {},
    ],
    [
      'the identity is only discovered',
      'identity_inactive',
      'law:active',
      (world) => world.change('identities', 'idn_reader', { state: 'discovered' }),
      {},
    ],
    [
      'the owner has left',
      'identity_inactive',
      'law:owner',
      (world) => world.change('persons', 'psn_owner', { state: 'left' }),
      {},
    ],
    [
      'there is no owner',
      'identity_inactive',
      'law:owner',
      (world) => world.change('identities', 'idn_reader', { owner: null }),
      {},
    ],
    [
      'the owner is unknown',
      'identity_inactive',
      'law:owner',
      (world) => world.change('identities', 'idn_reader', { owner: 'psn_nobody' }),
      {},
    ],
    [
      'the binding has ended',
      'identity_inactive',
      'law:binding',
      (world) => world.change('bindings', 'bnd_reader', { endedMs: startMs }),
      {},
    ],
    ['the identity was cut off', 'cut_off', 'law:cutoff', (world) => world.cutOff('identity:idn_reader'), {}],
    ['the binding was cut off', 'cut_off', 'law:cutoff', (world) => world.cutOff('binding:bnd_reader'), {}],
    ['the estate of the owner was cut off', 'cut_off', 'law:cutoff', (world) => world.cutOff('owner:psn_owner'), {}],
    ['the vendor was cut off', 'cut_off', 'law:cutoff', (world) => world.cutOff('vendor:acme'), {}],
    ['the purpose is another than its own', 'purpose_exceeded', 'law:own-purpose', nothing, { purpose: 'release' }],
    [
      'the purpose is unknown',
      'purpose_exceeded',
      'law:known-purpose',
      (world) => world.change('identities', 'idn_reader', { purpose: 'gone' }),
      { purpose: 'gone' },
    ],
    [
      'a named tool is of a class beyond the purpose',
      'purpose_exceeded',
      'law:purpose',
      nothing,
      { scope: [{ action: 'docs/write_file', resource: 'docs:/a' }] },
    ],
    [
      'a star takes in tools beyond the purpose',
      'purpose_exceeded',
      'law:purpose',
      nothing,
      { scope: [{ action: 'docs/*', resource: 'docs:/a' }] },
    ],
    [
      'a tool is unknown',
      'purpose_exceeded',
      'law:purpose',
      nothing,
      { scope: [{ action: 'docs/nobody_knows', resource: 'docs:/a' }] },
    ],
    [
      'everything is asked for',
      'purpose_exceeded',
      'law:purpose',
      nothing,
      { scope: [{ action: '*', resource: '*' }] },
    ],
    [
      'the resource lies outside the entitlement',
      'scope_exceeded',
      'law:containment',
      nothing,
      { scope: [{ action: 'docs/read_text_file', resource: 'hr:/a' }] },
    ],
    [
      'the resource is wider than the entitlement',
      'scope_exceeded',
      'law:containment',
      nothing,
      { scope: [{ action: 'docs/read_text_file', resource: '*' }] },
    ],
    [
      'one of two grants lies outside',
      'scope_exceeded',
      'law:containment',
      nothing,
      { scope: [...taskRequest.scope, { action: 'docs/read_text_file', resource: 'hr:/a' }] },
    ],
    [
      'the entitlement has ended',
      'scope_exceeded',
      'law:containment',
      (world) => world.change('entitlements', 'ent_reader', { endsMs: startMs }),
      {},
    ],
    [
      'the entitlement has not begun',
      'scope_exceeded',
      'law:containment',
      (world) => world.change('entitlements', 'ent_reader', { startsMs: startMs + 1 }),
      {},
    ],
    [
      'the entitlement is only proposed',
      'scope_exceeded',
      'law:containment',
      (world) => world.change('entitlements', 'ent_reader', { state: 'proposed' }),
      {},
    ],
    [
      'the entitlement is for another class',
      'scope_exceeded',
      'law:containment',
      (world) => world.change('entitlements', 'ent_reader', { classes: ['write'] }),
      {},
    ],
    ['the ceiling is above the entitlement', 'ceiling_exceeded', 'law:ceiling', nothing, { ceiling: 'restricted' }],
    [
      'the ceiling is above the purpose',
      'ceiling_exceeded',
      'law:ceiling',
      (world) => world.change('purposes', 'summarise', { ceiling: 'public' }),
      {},
    ],
    ['it lasts longer than the tier allows', 'end_exceeded', 'law:tier-end', nothing, { lifeSeconds: 8 * 3600 + 1 }],
    [
      'it would outlive its entitlement',
      'end_exceeded',
      'law:entitlement-end',
      (world) => world.change('entitlements', 'ent_reader', { endsMs: startMs + 1000 }),
      {},
    ],
    ['the goal is empty', 'request_invalid', 'law:form', nothing, { goal: '  ' }],
    ['the goal is too long', 'request_invalid', 'law:form', nothing, { goal: 'x'.repeat(2001) }],
    ['the goal is not well-formed', 'request_invalid', 'law:form', nothing, { goal: '\ud800' }],
    ['the ticket is too long', 'request_invalid', 'law:form', nothing, { ticket: 'x'.repeat(101) }],
    ['the scope is empty', 'request_invalid', 'law:form', nothing, { scope: [] }],
    [
      'the scope is too long',
      'request_invalid',
      'law:form',
      nothing,
      { scope: Array.from({ length: 101 }, () => ({ action: 'docs/a', resource: 'docs:/a' })) },
    ],
    [
      'the scope has too much text',
      'request_invalid',
      'law:form',
      nothing,
      { scope: Array.from({ length: 50 }, () => ({ action: 'docs/a', resource: 'x'.repeat(500) })) },
    ],
    [
      'a pattern has a star inside',
      'request_invalid',
      'law:form',
      nothing,
      { scope: [{ action: 'docs/*/x', resource: 'docs:/a' }] },
    ],
    ['the life is nothing', 'request_invalid', 'law:form', nothing, { lifeSeconds: 0 }],
    ['the life is negative', 'request_invalid', 'law:form', nothing, { lifeSeconds: -1 }],
    ['the life is no number', 'request_invalid', 'law:form', nothing, { lifeSeconds: Number.NaN }],
    ['the life is a fraction', 'request_invalid', 'law:form', nothing, { lifeSeconds: 1.5 }],
    ['the life is endless', 'request_invalid', 'law:form', nothing, { lifeSeconds: Number.POSITIVE_INFINITY }],
    [
      'the budget is negative',
      'request_invalid',
      'law:form',
      nothing,
      { budget: { callsMax: -1, writesMax: 0, bytesMax: 0 } },
    ],
    [
      'the budget is endless',
      'request_invalid',
      'law:form',
      nothing,
      { budget: { callsMax: 1, writesMax: 0, bytesMax: Number.MAX_VALUE } },
    ],
    ['the ceiling is no sensitivity', 'request_invalid', 'law:form', nothing, { ceiling: 'cosmic' as 'public' }],
  ]
  it.each(denials)('is denied when %s', async (_, code, rule, change, more) => {
    const world = new World()
    change(world)
    const denial = world.refuse(await world.decide.task(world.workload(), { ...taskRequest, ...more }))
    expect(denial).toMatchObject({
      code,
      reasons: [{ rule }],
      entry: { kind: 'decision.denial', data: { outcome: 'denial', code } },
    })
    expect(denial.reasons[0]?.sentence).not.toBe('')
    expect(denial.ask?.sentence).not.toBe('')
    expect(world.rows.all('tasks')).toEqual([])
    expect(world.rows.all('seen_proofs')).toHaveLength(1)
    expect(world.errors).toEqual([])
  })

  it('for another purpose than its identity has is told which one that is, where there is one', async () => {
    const world = new World()
    const ask = async (): Promise<string | undefined> =>
      world.refuse(await world.decide.task(world.workload(), { ...taskRequest, purpose: 'release' })).ask?.sentence
    expect(await ask()).toBe('Name the purpose summarise.')
    world.change('identities', 'idn_reader', { purpose: null })
    expect(await ask()).toBe('Name the purpose that the identity was approved for.')
  })

  it('that was denied names the nearest scope, which is then given', async () => {
    const world = new World()
    const denial = world.refuse(
      await world.decide.task(world.workload(), {
        ...taskRequest,
        scope: [
          { action: 'docs/*', resource: 'docs:/handbook/*' },
          { action: 'docs/*', resource: 'hr:*' },
        ],
      }),
    )
    expect(denial.nearest.map((grant) => grant.action)).toEqual([
      'docs/changed',
      'docs/fetch_page',
      'docs/read_many',
      'docs/read_text_file',
    ])
    expect(new Set(denial.nearest.map((grant) => grant.resource))).toEqual(new Set(['docs:/handbook/*']))
    world.take(await world.decide.task(world.workload(), { ...taskRequest, scope: denial.nearest }))
  })

  it('of an identity that came back after a cutoff is given again', async () => {
    const world = new World()
    world.cutOff('identity:idn_reader', startMs - hourMs)
    expect(await world.decide.task(world.workload(), taskRequest)).toMatchObject({ code: 'cut_off' })
    world.change('identities', 'idn_reader', { activatedMs: startMs })
    world.take(await world.decide.task(world.workload(), taskRequest))
  })

  const races: [string, Change][] = [
    ['the identity is suspended', (world) => world.change('identities', 'idn_reader', { state: 'suspended' })],
    ['the owner leaves', (world) => world.change('persons', 'psn_owner', { state: 'left' })],
    ['the binding ends', (world) => world.change('bindings', 'bnd_reader', { endedMs: startMs })],
    ['the entitlement ends', (world) => world.change('entitlements', 'ent_reader', { state: 'ended' })],
    ['the purpose is narrowed', (world) => world.change('purposes', 'summarise', { classes: [] })],
    ['the identity is cut off', (world) => world.cutOff('identity:idn_reader')],
    ['the binding is cut off', (world) => world.cutOff('binding:bnd_reader')],
    ['the owner is cut off', (world) => world.cutOff('owner:psn_owner')],
    ['the vendor is cut off', (world) => world.cutOff('vendor:acme')],
  ]
  it.each(races)('that was permitted before %s is a conflict when it is written after', async (_, change) => {
    const world = new World()
    const decision = await world.decide.task(world.workload(), taskRequest)
    change(world)
    expect(() => world.take(decision)).toThrow('conflict')
    expect(world.rows.all('tasks')).toEqual([])
  })

  it('with a proof that was seen meanwhile is a conflict', async () => {
    const world = new World()
    const caller = world.workload()
    world.take(await world.decide.task(caller, taskRequest))
    const again = await world.decide.task(caller, taskRequest)
    expect(() => world.take(again)).toThrow('conflict')
    expect(world.rows.all('tasks')).toHaveLength(1)
  })

  it('of an operator waits for a person of security who did not ask, bound to exactly what was asked', async () => {
    const world = new World()
    world.change('identities', writer.id, { tier: 'T3' })
    const { grant } = world.take(await world.decide.task(world.workload(writer.id), writerRequest))
    expect(grant.state).toBe('waiting')
    const approval = world.rows.get('approvals', grant.approvalId ?? '')
    expect(approval).toMatchObject({
      subject: 'task',
      subjectId: grant.id,
      seats: ['security'],
      requestedBy: ['idn_writer', 'psn_asker'],
      state: 'pending',
      usesMax: 1,
      expiresMs: grant.endsMs,
      asked: { scope: grant.scope, goal: 'Release it', ceiling: 'confidential', budget: grant.budget },
    })
    expect(world.rows.get('approval_uses', grant.approvalId ?? '')).toMatchObject({ uses: 0 })
    const other = world.take(
      await world.decide.task(world.workload(writer.id), { ...writerRequest, goal: 'Release more' }),
    )
    expect(world.rows.get('approvals', other.grant.approvalId ?? '')?.digest).not.toBe(approval?.digest)
  })

  it('of a critical identity is active, needs an attested proof, and is denied without one', async () => {
    const world = new World()
    world.change('identities', writer.id, { tier: 'T4' })
    const asked = { ...writerRequest, lifeSeconds: 60 }
    expect(await world.decide.task(world.workload(writer.id), asked)).toMatchObject({
      code: 'proof_missing',
      reasons: [{ rule: 'law:attested' }],
    })
    expect(
      world.take(await world.decide.task(world.workload(writer.id, { strength: 'attested' }), asked)).grant,
    ).toMatchObject({ state: 'active', delegationDepthLeft: 0 })
  })

  it('costs the same number of reads with a thousand identities as with two', async () => {
    const world = new World()
    world.take(await world.decide.task(world.workload(), taskRequest))
    const few = world.reads
    for (let at = 0; at < 1000; at++) world.rows.put('identities', { ...writer, id: `idn_${at}`, name: `other-${at}` })
    world.take(await world.decide.task(world.workload(), taskRequest))
    expect(world.reads).toBe(few * 2)
  })

  it('with a scope as large as allowed fits into one entry, whole', async () => {
    const world = new World()
    const scope = Array.from({ length: 100 }, (_, at) => ({
      action: 'docs/read_text_file',
      resource: `docs:/${at}/${'x'.repeat(120)}`,
    }))
    const { entry } = world.take(
      await world.decide.task(world.workload(), { ...taskRequest, scope, goal: '日'.repeat(2000) }),
    )
    expect(entry.data['scope']).toHaveLength(100)
    expect(Buffer.byteLength(JSON.stringify(entry))).toBeLessThan(60_000)
  })
})

describe('an identity with a hundred thousand entitlements', () => {
  it('is decided as any other, whoever let it have so many', async () => {
    const world = new World()
    const kept = world.rows.get('entitlements', 'ent_reader')
    if (kept === undefined) throw new Error('there is no entitlement')
    for (let at = 0; at < 100_000; at++) {
      const scope = [{ action: 'docs/read_text_file', resource: `docs:/other/${at}/*` }]
      world.rows.put('entitlements', { ...kept, id: `ent_${at}`, scope })
    }
    expect(await world.decide.task(world.workload(), taskRequest)).toMatchObject({ outcome: 'permit' })
    const scope = [{ action: 'docs/read_text_file', resource: 'mail:/*' }]
    expect(await world.decide.task(world.workload(), { ...taskRequest, scope })).toMatchObject({
      outcome: 'denial',
      code: 'scope_exceeded',
    })
  })
})
