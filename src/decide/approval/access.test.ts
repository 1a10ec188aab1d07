import { describe, expect, it } from 'vitest'
import { type Asking, ask, asking, evaluate, type Stage, stage } from '../../../test/decide/access.ts'
import { personOf, read, reader, startMs } from '../../../test/decide/world.ts'
import { UNBOUND_CONTEXT } from '../../contract/approval/access-request.ts'
import type { Envelope } from '../../contract/approval/envelope.ts'
import { LIMITS } from '../../ground/limits.ts'
import { bindQuestion, withContext } from './evaluated.ts'

/** A person has said yes to what was asked. */
async function give(): Promise<Stage & { readonly id: string }> {
  const held = await stage()
  const { id } = await ask(held)
  held.world.approve(id)
  return { ...held, id }
}

describe('an evaluation that a person has to approve', () => {
  it('is denied with the way to ask, and nobody is asked yet', async () => {
    const held = await stage()
    const denial = held.world.refuse(await evaluate(held))
    expect(denial).toMatchObject({
      code: 'approval_required',
      reasons: [{ rule: 'law:each-call' }],
      ask: { sentence: expect.stringContaining('Ask for access') },
    })
    expect(denial.ask).not.toHaveProperty('approvalId')
    expect(denial.entry.data).toMatchObject({
      taskId: held.agent.task.id,
      access: {
        binding: bindQuestion(asking(held)).binding,
        members: ['place'],
        expiresMs: startMs + LIMITS.requestableSeconds * 1000,
      },
    })
    expect(denial.entry.data).not.toHaveProperty('shown')
    expect(held.world.rows.all('approvals')).toEqual([])
  })

  it('can be asked for until its task ends at the latest', async () => {
    const held = await stage()
    held.world.nowMs = held.agent.task.endsMs - 1000
    held.world.change('credentials', held.agent.credential.id, { expiresMs: held.agent.task.endsMs })
    const { entry } = held.world.refuse(await evaluate(held))
    expect(entry.data).toMatchObject({ access: { expiresMs: held.agent.task.endsMs } })
  })

  it('is permitted with the approval of exactly it, once', async () => {
    const { id, ...held } = await give()
    const shown = { context: { place: 'here', approval: { id } } }
    const { entry } = held.world.take(await evaluate(held, shown))
    expect(entry.data).toMatchObject({ approvalId: id, approvedBy: ['psn_voter'] })
    expect(held.world.rows.get('approvals', id)?.state).toBe('used')
    expect(await evaluate(held, shown)).toMatchObject({
      code: 'approval_required',
      entry: { data: { shown: { id, reason: 'approval_expired' } } },
    })
  })

  it('is permitted with an envelope that is shown, however much else of the task people have said yes to since', async () => {
    const { id, ...held } = await give()
    const envelope: Envelope = { usesMax: 2, lifeSeconds: 60, terms: [], resources: [], total: null }
    held.world.change('approvals', id, { envelope, usesMax: 2 })
    const kept = held.world.rows.get('approvals', id)
    for (let at = 0; at < LIMITS.openEnvelopesMax && kept !== undefined; at++)
      held.world.rows.put('approvals', { ...kept, id: `apr_z${at}`, digest: `d${at}` })
    const shown = { context: { place: 'here', approval: { id } } }
    expect(held.world.take(await evaluate(held, shown)).entry.data).toMatchObject({ approvalId: id })
  })

  it('is not permitted, and uses nothing up, where the approval is not shown or a person shows it', async () => {
    const { id, ...held } = await give()
    expect(await evaluate(held)).toMatchObject({ code: 'approval_required' })
    const shown = asking(held, { context: { approval: { id } } })
    const decision = await held.world.decide.evaluation(shown, personOf(held.world))
    expect(decision).toMatchObject({ code: 'approval_required' })
    expect(held.world.rows.get('approvals', id)?.state).toBe('approved')
  })

  const bound: [string, Asking][] = [
    ['of another resource', { resource: { id: '/handbook/b.md' } }],
    ['with another property of the resource', { resource: { properties: { owner: 'y' } } }],
    ['with another property of the subject', { subject: { properties: { department: 'hr' } } }],
    ['with another property of the action', { action: { properties: { amount: 6 } } }],
    ['in another context', { context: { place: 'there' } }],
    ['with more of a context', { context: { more: true } }],
  ]
  it.each(bound)('is not permitted with the approval of one %s', async (_, more) => {
    const { id, ...held } = await give()
    const context = { place: 'here', ...more.context, approval: { id } }
    expect(await evaluate(held, { ...more, context })).toMatchObject({
      code: 'approval_required',
      entry: { data: { shown: { id } } },
    })
  })

  it('is permitted whoever speaks for the subject, and whatever is said about the asking', async () => {
    const { id, ...held } = await give()
    const machinery = Object.fromEntries(UNBOUND_CONTEXT.map((name) => [name, `other ${name}`]))
    const subject = { properties: { department: 'sales', act: { sub: 'somebody' } } }
    expect(await evaluate(held, { subject, context: { ...machinery, approval: { id } } })).toMatchObject({
      outcome: 'permit',
    })
  })

  const faults: [string, string, (held: Stage, id: string) => unknown][] = [
    ['none that there is', 'approval_unverifiable', () => ({ id: 'apr_nothing' })],
    ['no approval at all', 'approval_unverifiable', () => 'yes'],
    ['nothing', 'approval_unverifiable', () => null],
    ['one without an id', 'approval_unverifiable', () => ({})],
    ['one whose id is no text', 'approval_unverifiable', (_, id) => ({ id: [id] })],
    ['one whose id is endless', 'approval_unverifiable', () => ({ id: 'x'.repeat(LIMITS.nameCharsMax + 1) })],
    [
      'one that still waits',
      'approval_unverifiable',
      ({ world }, id) => {
        world.change('approvals', id, { state: 'pending' })
        return { id }
      },
    ],
    [
      'one that was a no',
      'approval_unverifiable',
      ({ world }, id) => {
        world.change('approvals', id, { state: 'denied' })
        return { id }
      },
    ],
    [
      'one that is late',
      'approval_expired',
      ({ world }, id) => {
        world.change('approvals', id, { expiresMs: world.nowMs })
        return { id }
      },
    ],
    [
      'one that was used',
      'approval_expired',
      ({ world }, id) => {
        world.change('approvals', id, { state: 'used' })
        return { id }
      },
    ],
    [
      'one that was used for something else',
      'out_of_scope',
      ({ world }, id) => {
        world.change('approvals', id, { state: 'used', digest: 'f'.repeat(64) })
        return { id }
      },
    ],
    [
      'one of another task',
      'approval_unverifiable',
      ({ world }, id) => {
        world.change('approvals', id, { subjectId: 'tsk_other' })
        return { id }
      },
    ],
    [
      'one that is of no call',
      'approval_unverifiable',
      ({ world }, id) => {
        world.change('approvals', id, { subject: 'task' })
        return { id }
      },
    ],
    [
      'one of somebody who has left',
      'approval_expired',
      ({ world }, id) => {
        world.change('persons', 'psn_voter', { state: 'left' })
        return { id }
      },
    ],
    [
      'an envelope that is used up',
      'approval_expired',
      ({ world }, id) => {
        const envelope: Envelope = { usesMax: 1, lifeSeconds: 60, terms: [], resources: [], total: null }
        world.change('approvals', id, { envelope, state: 'used' })
        return { id }
      },
    ],
    [
      'an envelope that is late',
      'approval_expired',
      ({ world }, id) => {
        const envelope: Envelope = { usesMax: 1, lifeSeconds: 60, terms: [], resources: [], total: null }
        world.change('approvals', id, { envelope, expiresMs: world.nowMs })
        return { id }
      },
    ],
    [
      'an envelope around something else',
      'out_of_scope',
      ({ world }, id) => {
        const envelope: Envelope = { usesMax: 2, lifeSeconds: 60, terms: [], resources: ['docs:/x'], total: null }
        world.change('approvals', id, { envelope, usesMax: 2, digest: 'another' })
        return { id }
      },
    ],
    [
      'an envelope around exactly it that is used up',
      'out_of_scope',
      ({ world }, id) => {
        const envelope: Envelope = { usesMax: 1, lifeSeconds: 60, terms: [], resources: [], total: null }
        world.change('approvals', id, { envelope })
        world.change('approval_uses', id, { uses: 1 })
        return { id }
      },
    ],
  ]
  it.each(faults)('is told why it is still denied with %s: %s', async (_, reason, show) => {
    const { id, ...held } = await give()
    const denial = held.world.refuse(await evaluate(held, { context: { approval: show(held, id) } }))
    expect(denial).toMatchObject({ code: 'approval_required', entry: { data: { shown: { reason } } } })
    expect(held.world.errors).toEqual([])
  })

  const ids: [string, unknown, string][] = [
    ['an id', { id: 'apr_1' }, 'apr_1'],
    ['an id as long as one can be', { id: 'x'.repeat(LIMITS.nameCharsMax) }, 'x'.repeat(LIMITS.nameCharsMax)],
    ['an endless id', { id: 'x'.repeat(LIMITS.nameCharsMax + 1) }, ''],
    ['an id that is no text', { id: 7 }, ''],
    ['a text', 'apr_1', ''],
  ]
  it.each(ids)('is told which approval was shown, if it was one: %s', async (_, approval, id) => {
    const denial = await evaluate(await stage(), { context: { approval } })
    expect(denial.entry.data).toMatchObject({ shown: { id } })
  })

  it('of which the approval is one of several is told about the one that was shown', async () => {
    const { id, ...held } = await give()
    const other = await ask(held, { context: { place: 'there' } })
    held.world.approve(other.id)
    const shows = async (shown: string): Promise<unknown> =>
      (await evaluate(held, { context: { place: 'here', approval: { id: shown } } })).entry.data['shown']
    expect(await shows(other.id)).toMatchObject({ reason: 'out_of_scope' })
    held.world.change('approvals', id, { state: 'used' })
    const again = await ask(held)
    held.world.approve(again.id, reader.id)
    expect(await shows(again.id)).toMatchObject({ reason: 'approval_expired' })
  })

  it('of a plain action that nobody reviewed is permitted with its approval', async () => {
    const held = await stage()
    held.world.change('entitlements', 'ent_reader', { scope: [{ action: '*', resource: 'docs:/*' }] })
    held.world.change('tasks', held.agent.task.id, { scope: [{ action: 'read', resource: 'docs:/*' }] })
    const plain: Asking = { action: { name: 'read' } }
    const { id } = await ask(held, plain)
    held.world.approve(id)
    const context = { place: 'here', approval: { id } }
    expect(await evaluate(held, { ...plain, context })).toMatchObject({ outcome: 'permit' })
  })

  it('is told that the approval of another evaluation is out of its scope', async () => {
    const { id, ...held } = await give()
    const envelope: Envelope = { usesMax: 2, lifeSeconds: 60, terms: [], resources: [], total: null }
    held.world.change('approvals', id, { envelope, usesMax: 2 })
    const denial = await evaluate(held, { resource: { id: '/handbook/b.md' }, context: { approval: { id } } })
    expect(denial).toMatchObject({ entry: { data: { shown: { id, reason: 'out_of_scope' } } } })
  })

  it('is permitted as often as an envelope says that is shown each time', async () => {
    const { id, ...held } = await give()
    const terms = [{ name: 'amount', atMost: 10 }]
    const envelope: Envelope = { usesMax: 2, lifeSeconds: 60, terms, resources: [], total: null }
    held.world.change('approvals', id, { envelope, usesMax: 2 })
    const of = (amount: number): Asking => ({ action: { properties: { amount } }, context: { approval: { id } } })
    expect(await evaluate(held, of(11))).toMatchObject({ entry: { data: { shown: { reason: 'out_of_scope' } } } })
    for (const amount of [1, 10]) held.world.take(await evaluate(held, of(amount)))
    expect(await evaluate(held, of(2))).toMatchObject({ code: 'approval_required' })
  })

  it('is held for its change like any other while the task reads what taints it', async () => {
    const { id, ...held } = await give()
    const decision = await evaluate(held, { context: { approval: { id } } })
    held.world.change('task_usage', held.agent.task.id, { confidentiality: 2, integrity: 1 })
    expect(held.world.take(decision).outcome).toBe('permit')
  })
})

describe('a call and an evaluation of the same thing', () => {
  it('need an approval each', async () => {
    const { id, ...held } = await give()
    expect(await held.world.decide.call(held.agent, read())).toMatchObject({ code: 'approval_required' })
    expect(held.world.rows.get('approvals', id)?.state).toBe('approved')
  })
})

describe('what an approval of an evaluation is bound to', () => {
  it('is what the request keeps of its context, whatever else was said about the asking', async () => {
    const held = await stage()
    const request = asking(held, { context: { reason: 'x', evaluation_id: 1 } })
    const { binding, members } = bindQuestion(request)
    expect(members).toEqual(['place'])
    const more = { ...request, context: { ...request.context, reason: 'y', later: 1 } }
    expect(withContext(more, members).context).toEqual({ place: 'here' })
    expect(bindQuestion(withContext(more, members)).binding).toBe(binding)
    expect(bindQuestion(more).binding).not.toBe(binding)
  })
})
