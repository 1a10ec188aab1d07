import { describe, expect, it } from 'vitest'
import { delegationRequest, read, reader, World, write, writer } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import type { Envelope } from '../../contract/approval/envelope.ts'
import type { CallRequest } from '../requests.ts'

const wide: Envelope = {
  usesMax: 3,
  lifeSeconds: 1800,
  terms: [{ name: 'content', any: true }],
  resources: ['docs:/handbook/*'],
  total: null,
}

interface Held {
  readonly world: World
  readonly agent: AgentCaller
  readonly approvalId: string
}

/** A writer whose every write is held, with one that was answered by an envelope. */
async function give(envelope: Envelope = wide, request: CallRequest = write()): Promise<Held> {
  const world = new World()
  world.change('entitlements', 'ent_writer', { approval: 'each-call' })
  const agent = await world.start(writer.id)
  const approvalId = world.refuse(await world.decide.call(agent, request)).ask?.approvalId ?? ''
  world.approve(approvalId)
  const expiresMs = world.nowMs + envelope.lifeSeconds * 1000
  world.change('approvals', approvalId, { envelope, usesMax: envelope.usesMax, expiresMs })
  return { world, agent, approvalId }
}

const codeOn = async ({ world, agent }: Held, request: CallRequest): Promise<string> => {
  const decision = await world.decide.call(agent, request)
  if (decision.outcome === 'denial') return decision.code
  world.take(decision)
  return 'permitted'
}

describe('an envelope', () => {
  it('lets as many calls through as it says, of other arguments too, and tells each time how many are left', async () => {
    const held = await give()
    const uses: unknown[] = []
    for (const request of [write(), write('handbook/b.md', 'two'), write('handbook/c.md', 'three')]) {
      const { entry } = held.world.take(await held.world.decide.call(held.agent, request))
      expect(entry.data).toMatchObject({ approvalId: held.approvalId, approvedBy: ['psn_voter'] })
      uses.push((entry.data['envelope'] as { uses: unknown }).uses)
    }
    expect(uses).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
    ])
    expect(held.world.rows.get('approvals', held.approvalId)?.state).toBe('used')
    expect(await codeOn(held, write())).toBe('approval_required')
  })

  const outside: [string, CallRequest, string][] = [
    ['another place', write('board/a.md'), 'ceiling_exceeded'],
    ['a place outside of its resources', write('a.md'), 'approval_required'],
    ['more sensitive data', write('handbook/secret/a.md'), 'approval_required'],
    ['another tool', { ...read(), tool: 'read_text_file' }, 'approval_required'],
    ['one more argument', { ...write(), arguments: { ...write().arguments, mode: 'x' } }, 'approval_required'],
    ['one argument less', { ...write(), arguments: { path: 'handbook/a.md' } }, 'approval_required'],
  ]
  it.each(outside)('does not let %s through', async (_, request, code) => {
    expect(await codeOn(await give(), request)).toBe(code)
  })

  it('says of a call beside it which part it does not cover, and asks a person', async () => {
    const held = await give()
    const denial = held.world.refuse(await held.world.decide.call(held.agent, write('a.md')))
    expect(denial.ask?.sentence).toContain(`The envelope ${held.approvalId} does not cover it: resource.`)
    expect(denial.ask?.approvalId).not.toBe(held.approvalId)
  })

  const gone: [string, (held: Held) => void][] = [
    ['it is late', ({ world, approvalId }) => world.change('approvals', approvalId, { expiresMs: world.nowMs })],
    ['who gave it has left', ({ world }) => world.change('persons', 'psn_voter', { state: 'left' })],
    ['who gave it is no approver any more', ({ world }) => world.change('persons', 'psn_voter', { roles: ['owner'] })],
    ['the tool was reviewed anew', ({ world }) => world.change('tool_rules', 'docs/write_file', {})],
    [
      'the tool has another definition',
      ({ world }) => world.change('tool_rules', 'docs/write_file', { definitionDigest: '1'.repeat(64) }),
    ],
    [
      'the data counts as more sensitive by now',
      ({ world }) => world.change('resource_rules', 'docs:/*', { sensitivity: 'confidential' }),
    ],
    ['it was taken back', ({ world, approvalId }) => world.change('approvals', approvalId, { state: 'denied' })],
    [
      'its policies were replaced and brought back',
      ({ world }) => world.shelf.put({ enforced: world.shelf.enforced(), shadow: null, guards: [], publication: 3 }),
    ],
    ['its task is another one', ({ world, approvalId }) => world.change('approvals', approvalId, { subjectId: 'x' })],
    ['it was given by the person the task acts for', ({ world, agent }) => world.actFor(agent.task.id, 'psn_voter')],
    ['it does not say what it is around', ({ world, approvalId }) => dropCall(world, approvalId)],
    [
      'it was given under another policy',
      ({ world, approvalId }) => {
        const { call } = world.rows.get('approvals', approvalId) ?? {}
        if (call !== undefined) world.change('approvals', approvalId, { call: { ...call, policyVersion: 'another' } })
      },
    ],
    ['a critical identity acts by now', ({ world }) => world.change('identities', writer.id, { tier: 'T4' })],
  ]
  it.each(gone)('counts nowhere once %s', async (_, change) => {
    const held = await give()
    expect(await codeOn(held, write('handbook/b.md'))).toBe('permitted')
    change(held)
    expect(await codeOn(held, write('handbook/b.md'))).toBe('approval_required')
  })

  const ended: [string, (held: Held) => void, string][] = [
    ['the identity was cut off', ({ world }) => world.cutOff(`identity:${writer.id}`), 'cut_off'],
    ['the chain was cut off', ({ world, agent }) => world.cutOff(`chain:${agent.task.rootId}`), 'cut_off'],
    ['the server was cut off', ({ world }) => world.cutOff('upstream:docs'), 'cut_off'],
    [
      'the entitlement has ended',
      ({ world }) => world.change('entitlements', 'ent_writer', { state: 'ended' }),
      'scope_exceeded',
    ],
    [
      'the tool is quarantined',
      ({ world }) => world.change('tool_rules', 'docs/write_file', { state: 'quarantined' }),
      'tool_quarantined',
    ],
    [
      'the task has ended',
      ({ world, agent }) => world.change('tasks', agent.task.id, { state: 'revoked' }),
      'task_not_active',
    ],
  ]
  it.each(ended)('gives nothing that the laws do not give once %s', async (_, change, code) => {
    const held = await give()
    change(held)
    expect(await codeOn(held, write())).toBe(code)
  })

  it('is no yes to a flow out: that needs one to exactly this', async () => {
    const held = await give()
    held.world.change('task_usage', held.agent.task.id, { confidentiality: 2, integrity: 1 })
    const denial = held.world.refuse(await held.world.decide.call(held.agent, write('handbook/b.md')))
    expect(denial).toMatchObject({ code: 'approval_required' })
    expect(denial.reasons.map(({ rule }) => rule)).toContain('law:flow')
    held.world.approve(denial.ask?.approvalId ?? '')
    expect(await codeOn(held, write('handbook/b.md'))).toBe('permitted')
  })

  it('holds a write that is decided while the task reads what taints it', async () => {
    const held = await give()
    const writing = await held.world.decide.call(held.agent, write('handbook/b.md'))
    held.world.change('task_usage', held.agent.task.id, { confidentiality: 2, integrity: 1 })
    expect(() => held.world.take(writing)).toThrow('conflict')
  })

  it('that is used up is told to be, and does not stand in the way of another one', async () => {
    const held = await give({ ...wide, usesMax: 1 })
    held.world.change('approval_uses', held.approvalId, { uses: 1 })
    const denial = held.world.refuse(await held.world.decide.call(held.agent, write('handbook/b.md')))
    expect(denial.ask?.sentence).toContain(`The envelope ${held.approvalId} does not cover it: it is used up`)
    const otherId = denial.ask?.approvalId ?? ''
    held.world.approve(otherId)
    held.world.change('approvals', otherId, { envelope: wide, usesMax: 3 })
    expect(await codeOn(held, write('handbook/c.md'))).toBe('permitted')
    expect(held.world.rows.get('approval_uses', otherId)).toMatchObject({ uses: 1 })
    expect(held.world.rows.get('approval_uses', held.approvalId)).toMatchObject({ uses: 1 })
    held.world.change('approval_uses', otherId, { uses: 3 })
    held.world.change('approvals', held.approvalId, { envelope: wide, usesMax: 3 })
    expect(await codeOn(held, write('handbook/d.md'))).toBe('permitted')
    expect(held.world.rows.get('approval_uses', held.approvalId)).toMatchObject({ uses: 2 })
  })

  const reasons: [string, (held: Held) => void][] = [
    ['its time is over', ({ world, approvalId }) => world.change('approvals', approvalId, { expiresMs: world.nowMs })],
    ['it is used up', ({ world, approvalId }) => world.change('approval_uses', approvalId, { uses: wide.usesMax })],
    ['somebody who gave it has left', ({ world }) => world.change('persons', 'psn_voter', { state: 'left' })],
    [
      'somebody who gave it has left, or has not held the role',
      ({ world }) => world.change('persons', 'psn_voter', { roles: [] }),
    ],
  ]
  it.each(reasons)('that counts no more is told with why: %s', async (why, end) => {
    const held = await give()
    end(held)
    const { ask } = held.world.refuse(await held.world.decide.call(held.agent, write('handbook/b.md')))
    expect(ask?.sentence).toContain(`The envelope ${held.approvalId} does not cover it: ${why}`)
  })

  it('is told not to cover a call, whatever else was approved for its task since', async () => {
    const held = await give()
    const exact = held.world.refuse(await held.world.decide.call(held.agent, write('a.md'))).ask?.approvalId ?? ''
    held.world.approve(exact)
    const denial = held.world.refuse(await held.world.decide.call(held.agent, write('b.md')))
    expect(denial.ask?.sentence).toContain(`The envelope ${held.approvalId} does not cover it`)
  })

  it('does not count for a helper of the task', async () => {
    const held = await give()
    const child = held.world.take(await held.world.decide.delegation(held.agent, delegationRequest)).grant
    const helper = await held.world.enter(child, reader.id)
    expect(await held.world.decide.call(helper, read())).toMatchObject({ code: 'approval_required' })
  })

  it('is not passed by those who decide at the same moment, and its last use closes it', async () => {
    const held = await give({ ...wide, usesMax: 3 })
    expect(await codeOn(held, write())).toBe('permitted') // the first act of its kind in a chain is alone
    const paths = ['a', 'b', 'c', 'd'].map((name) => write(`handbook/${name}.md`))
    const decisions = await Promise.all(paths.map((request) => held.world.decide.call(held.agent, request)))
    expect(decisions.map(({ outcome }) => outcome)).toEqual(['permit', 'permit', 'permit', 'permit'])
    const taken = decisions.filter((decision) => {
      try {
        held.world.rows.commit(decision.changes)
        return true
      } catch {
        return false
      }
    })
    expect(taken).toHaveLength(1) // the last is decided on alone
    expect(held.world.rows.get('approvals', held.approvalId)?.state).toBe('approved')
    expect(await codeOn(held, write('handbook/e.md'))).toBe('permitted')
    expect(held.world.rows.get('approval_uses', held.approvalId)?.uses).toBe(3)
    expect(held.world.rows.get('approvals', held.approvalId)?.state).toBe('used')
  })

  it('does not count for a call that was decided before one of those who gave it left', async () => {
    const held = await give()
    const decision = await held.world.decide.call(held.agent, write('handbook/b.md'))
    held.world.change('persons', 'psn_voter', { state: 'left' })
    expect(() => held.world.take(decision)).toThrow('conflict')
  })
})

describe('the total of an envelope', () => {
  const pay = (amount: unknown): CallRequest => ({ ...write(), arguments: { ...write().arguments, amount } })
  const capped: Envelope = {
    ...wide,
    usesMax: 50,
    terms: [...wide.terms, { name: 'amount', atMost: 500 }],
    total: { name: 'amount', atMost: 600 },
  }

  it('is spent by each call, and none goes beyond it', async () => {
    const held = await give(capped, pay(100))
    expect(await codeOn(held, pay(500))).toBe('permitted')
    expect(await codeOn(held, pay(100.01))).toBe('approval_required')
    const { entry } = held.world.take(await held.world.decide.call(held.agent, pay(99.99)))
    expect(entry.data['envelope']).toMatchObject({ total: { name: 'amount', before: 500, by: 99.99, atMost: 600 } })
    expect(held.world.rows.get('approval_uses', held.approvalId)).toMatchObject({ uses: 2, spent: 599_990_000 })
    expect(await codeOn(held, pay(0.01))).toBe('permitted')
    expect(await codeOn(held, pay(0.01))).toBe('approval_required')
    expect(await codeOn(held, pay(0))).toBe('permitted')
  })

  it('is not passed by two that decide at the same moment', async () => {
    const held = await give(capped, pay(100))
    expect(await codeOn(held, pay(0))).toBe('permitted') // the first act of its kind in a chain is alone
    const [first, second] = await Promise.all([400, 300].map((sum) => held.world.decide.call(held.agent, pay(sum))))
    if (first === undefined || second === undefined) throw new Error('two were asked')
    held.world.take(first)
    expect(() => held.world.take(second)).toThrow('conflict')
  })

  it.each(['100', [100], { amount: 100 }, null, -100, Number.POSITIVE_INFINITY])(
    'is not spent by %j',
    async (amount) => {
      expect(await codeOn(await give(capped, pay(100)), pay(amount))).not.toBe('permitted')
    },
  )
})

function dropCall(world: World, approvalId: string): void {
  const row = world.rows.get('approvals', approvalId)
  if (row === undefined) throw new Error('there is no such approval')
  const { call: _call, ...rest } = row
  world.rows.put('approvals', rest)
}

it('an envelope ends with its time', async () => {
  const held = await give({ ...wide, lifeSeconds: 60 })
  held.world.nowMs += 59_999
  expect(await codeOn(held, write('handbook/b.md'))).toBe('permitted')
  held.world.nowMs += 1
  expect(await codeOn(held, write('handbook/b.md'))).toBe('approval_required')
})
