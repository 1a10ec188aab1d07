import { describe, expect, it } from 'vitest'
import { delegationRequest, hourMs, read, reader, startMs, World, write, writer } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import { type Approval, newApproval } from '../../contract/approval/approval.ts'
import { insert } from '../../contract/change.ts'
import type { Denial } from '../../contract/decision.ts'
import { TIER_TERMS } from '../../contract/register/tier.ts'
import { digestText } from '../../ground/digest.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { CallRequest } from '../requests.ts'

interface Held {
  readonly world: World
  readonly agent: AgentCaller
}

/** A writer whose every call a person approves. */
async function stage(): Promise<Held> {
  const world = new World()
  world.change('entitlements', 'ent_writer', { approval: 'each-call' })
  return { world, agent: await world.start(writer.id) }
}

const ask = async ({ world, agent }: Held, request: CallRequest = write()): Promise<Denial<'call'>> =>
  world.refuse(await world.decide.call(agent, request))
const idOf = (denial: Denial<'call'>): string => denial.ask?.approvalId ?? ''
/** A question that was put before, for the writer and by it, in another task. */
function putBefore({ world }: Held, at: number, more: Partial<Approval>): void {
  const asked = { subject: 'call', subjectId: 'tsk_before', digest: `d${at}`, asked: {}, requestedBy: [] } as const
  const id = `apr_before_${at}`
  const when = { createdMs: world.nowMs, expiresMs: world.nowMs + hourMs }
  world.rows.put('approvals', { ...newApproval({ id, ...asked, seats: [], asker: writer.id, ...when }), ...more })
}
const text = (at: number): CallRequest => write('handbook/a.md', `text ${at}`)

/** Asks as many questions as a task may have open, and gives the ids of the approvals. */
async function askAll(held: Held): Promise<readonly string[]> {
  const ids: string[] = []
  for (let at = 0; at < LIMITS.pendingCallApprovalsMax; at++) ids.push(idOf(await ask(held, text(at))))
  return ids
}

describe('a question about a call', () => {
  it('names the approval, how many people it takes, and of whom', async () => {
    const denial = await ask(await stage())
    expect(denial.ask?.sentence).toMatch(/^A person with the role approver can approve exactly this call \(apr_/)
    expect(idOf(denial)).toMatch(/^apr_/)
  })

  it('is found again among as many as a task may have open', async () => {
    const held = await stage()
    const ids = await askAll(held)
    expect(idOf(await ask(held, text(0)))).toBe(ids[0])
    const more = await ask(held, text(-1))
    expect(more.ask?.sentence).toBe('Too many questions of this task are open; wait until they are answered.')
    expect(more.ask).not.toHaveProperty('approvalId')
  })

  it('that is late is put anew, and makes room for another', async () => {
    const held = await stage()
    const ids = await askAll(held)
    held.world.change('approvals', ids[0] ?? '', { expiresMs: held.world.nowMs })
    const again = idOf(await ask(held, text(0)))
    expect(again).not.toBe('')
    expect(ids).not.toContain(again)
  })

  it('that a person has said no to is put no more in this task, while these policies decide', async () => {
    const held = await stage()
    const id = idOf(await ask(held, text(0)))
    held.world.change('approvals', id, { state: 'denied' })
    const again = await ask(held, text(0))
    expect(again.ask).toEqual({
      sentence: `A person has said no to exactly this (${id}), and nobody is asked again for this task.`,
    })
    expect(again.changes.filter((change) => change.op === 'insert' && change.table === 'approvals')).toEqual([])
    expect(idOf(await ask(held, text(1)))).toMatch(/^apr_/)
    expect(idOf(await ask({ ...held, agent: await held.world.start(writer.id) }, text(0)))).toMatch(/^apr_/)
    held.world.shelf.put({ enforced: held.world.shelf.enforced(), shadow: null, guards: [], publication: 3 })
    expect(idOf(await ask(held, text(0)))).toMatch(/^apr_/)
  })

  it('is put no more once people have said no to so much of the task, while those that wait are found', async () => {
    const held = await stage()
    const ids = await askAll(held)
    for (const id of ids.slice(1)) held.world.change('approvals', id, { state: 'denied' })
    const last = idOf(await ask(held, text(-1)))
    expect(last).toMatch(/^apr_/)
    held.world.change('approvals', last, { state: 'denied' })
    const stopped = await ask(held, text(-2))
    expect(stopped.ask).toEqual({
      sentence: expect.stringContaining('nobody is asked about it any more. Open another'),
    })
    expect(stopped.changes.filter(({ table }) => table === 'approvals')).toEqual([])
    expect(idOf(await ask(held, text(0)))).toBe(ids[0])
    held.world.approve(ids[0] ?? '')
    held.world.take(await held.world.decide.call(held.agent, text(0)))
    expect(idOf(await ask({ ...held, agent: await held.world.start(writer.id) }, text(1)))).toMatch(/^apr_/)
  })

  it('that people have said no to in several tasks is put in no other one for a day, while these policies decide', async () => {
    const held = await stage()
    const elsewhere = async (): Promise<Held> => ({ ...held, agent: await held.world.start(writer.id) })
    for (let at = 0; at < LIMITS.deniedAlikeMax; at++)
      held.world.change('approvals', idOf(await ask(await elsewhere(), text(0))), { state: 'denied' })
    const again = await ask(await elsewhere(), text(0))
    expect(again.ask).toEqual({
      sentence:
        'People have said no to exactly this in 3 tasks within 24 hours, and nobody is asked about it in another one meanwhile. Whoever answers for the identity, or an approver, can let it ask again (remit identity hear).',
    })
    expect(again.changes.filter(({ table }) => table === 'approvals')).toEqual([])
    expect(idOf(await ask(await elsewhere(), text(1)))).toMatch(/^apr_/)
    held.world.shelf.put({ enforced: held.world.shelf.enforced(), shadow: null, guards: [], publication: 3 })
    expect(idOf(await ask(await elsewhere(), text(0)))).toMatch(/^apr_/)
  })

  it('is put no more in any task once people have said no to so much that the identity asked, for a day', async () => {
    const held = await stage()
    const { world } = held
    for (let at = 0; at < LIMITS.deniedPerAskerMax; at++) putBefore(held, at, { state: 'denied' })
    const stopped = await ask(held, text(0))
    expect(stopped.ask).toEqual({ sentence: expect.stringContaining('nobody is asked meanwhile, whatever the task.') })
    expect(stopped.changes.filter(({ table }) => table === 'approvals')).toEqual([])
    world.change('approvals', 'apr_before_0', { createdMs: world.nowMs - LIMITS.deniedHours * hourMs - 1 })
    expect(idOf(await ask(held, text(0)))).toMatch(/^apr_/)
  })

  it('is put again, whatever people said no to, once somebody lets the identity ask again', async () => {
    const held = await stage()
    const { world } = held
    world.change('approvals', idOf(await ask(held, text(0))), { state: 'denied' })
    for (let at = 0; at < LIMITS.deniedPerAskerMax; at++)
      putBefore(held, at, { state: 'denied', ...(at < LIMITS.deniedCallsMax ? { subjectId: held.agent.task.id } : {}) })
    expect(idOf(await ask(held, text(0)))).toBe('')
    world.nowMs += 1_000
    world.change('identities', writer.id, { heardMs: world.nowMs })
    const again = idOf(await ask(held, text(0)))
    expect(again).toMatch(/^apr_/)
    world.change('approvals', again, { state: 'denied' })
    expect((await ask(held, text(0))).ask?.sentence).toContain(`said no to exactly this (${again})`)
    for (let at = 1; at < LIMITS.deniedCallsMax; at++)
      world.change('approvals', idOf(await ask(held, text(at))), { state: 'denied' })
    expect((await ask(held, text(-1))).ask?.sentence).toContain('People have said no to 20 calls of this task')
  })

  it('is put no more while so much waits of the identity, in whichever task', async () => {
    const held = await stage()
    for (let at = 0; at < LIMITS.pendingPerAskerMax; at++) putBefore(held, at, { state: 'pending' })
    const full = await ask(held, text(0))
    expect(full.ask).toEqual({
      sentence: '100 questions that were put for this identity are open in its tasks; wait until they are answered.',
    })
    held.world.change('approvals', 'apr_before_0', { state: 'expired' })
    const id = idOf(await ask(held, text(0)))
    expect(id).toMatch(/^apr_/)
    expect(idOf(await ask(held, text(0)))).toBe(id)
  })

  it('takes the last room alone, of those that are put at the same moment in other tasks', async () => {
    const held = await stage()
    const { world } = held
    for (let at = 1; at < LIMITS.pendingPerAskerMax; at++) putBefore(held, at, { state: 'pending' })
    const agents = [held.agent, await world.start(writer.id), await world.start(writer.id)]
    const [one, other, third] = await Promise.all(agents.map((agent) => world.decide.call(agent, text(0))))
    if (one === undefined || other === undefined || third === undefined) throw new Error('they are three')
    world.rows.commit(one.changes)
    for (const { changes } of [other, third]) expect(() => world.rows.commit(changes)).toThrow('conflict')
    const again = await ask({ world, agent: agents[1] ?? held.agent }, text(0))
    expect(again.ask?.sentence).toContain('100 questions that were put for this identity are open')
    world.change('approvals', 'apr_before_1', { state: 'expired' })
    const [last, late] = await Promise.all(agents.slice(1).map((agent) => world.decide.call(agent, text(0))))
    world.rows.commit(last?.changes ?? [])
    expect(() => world.rows.commit(late?.changes ?? [])).toThrow('conflict')
  })

  it.each(['denied', 'pending'] as const)(
    'is put though what somebody else asked for the identity is %s',
    async (state) => {
      const held = await stage()
      const asker = `${writer.id} psn_owner`
      for (let at = 0; at < LIMITS.pendingPerAskerMax; at++) putBefore(held, at, { state, asker })
      expect(idOf(await ask(held, text(0)))).toMatch(/^apr_/)
    },
  )

  it.each(['denied', 'pending'] as const)(
    'is put though what somebody else asked about the task is %s',
    async (state) => {
      const held = await stage()
      const [subjectId, asker] = [held.agent.task.id, `${writer.id} psn_owner`]
      for (let at = 0; at < LIMITS.pendingCallApprovalsMax; at++) putBefore(held, at, { state, asker, subjectId })
      const id = idOf(await ask(held, text(0)))
      expect(held.world.rows.get('approvals', id)).toMatchObject({ asker: writer.id })
    },
  )

  const moved: [string, (held: Held, id: string) => void][] = [
    [
      'its policies were replaced and brought back',
      ({ world }) => world.shelf.put({ enforced: world.shelf.enforced(), shadow: null, guards: [], publication: 3 }),
    ],
    ['it takes more people by now', ({ world }) => world.change('entitlements', 'ent_writer', { approvers: 2 })],
    [
      'it does not say what it is around',
      ({ world }, id) => {
        const { call: _call, ...bare } = world.rows.get('approvals', id) ?? fail()
        world.rows.put('approvals', bare)
      },
    ],
  ]
  it.each(moved)('is put anew where %s', async (_, move) => {
    const held = await stage()
    const id = idOf(await ask(held))
    move(held, id)
    const again = idOf(await ask(held))
    expect(again).not.toBe('')
    expect(again).not.toBe(id)
    expect(held.world.errors).toEqual([])
  })

  it('ends after an hour, or with the first task of the chain that ends', async () => {
    const held = await stage()
    const of = (denial: Denial<'call'>): number | undefined => held.world.rows.get('approvals', idOf(denial))?.expiresMs
    held.world.change('tasks', held.agent.task.id, { endsMs: startMs + 3 * hourMs })
    expect(of(await ask(held))).toBe(startMs + LIMITS.callApprovalSeconds * 1000)
    held.world.change('tasks', held.agent.task.id, { endsMs: startMs + 60_000 })
    expect(of(await ask(held, text(1)))).toBe(startMs + 60_000)
  })

  it('of a helper shows the whole chain, and what each argument is known by', async () => {
    const held = await stage()
    const { grant } = held.world.take(await held.world.decide.delegation(held.agent, delegationRequest))
    const helper = await held.world.enter(grant, reader.id)
    const request = { ...read(), arguments: { path: 'handbook/a.md', lines: 5 } }
    const approval = held.world.rows.get('approvals', idOf(await ask({ ...held, agent: helper }, request)))
    expect(approval?.asked).toMatchObject({ chain: [writer.name, reader.name], arguments: request.arguments })
    expect(approval?.call?.arguments).toEqual([
      { name: 'path', digest: digestText('"handbook/a.md"') },
      { name: 'lines', digest: digestText('5'), number: 5 },
    ])
  })

  const framed = 2 // quotation marks
  it.each([
    ['as long as there is room', LIMITS.textCharsMax - framed, null],
    ['longer by one', LIMITS.textCharsMax - framed + 1, Math.floor((LIMITS.textCharsMax - 1) / 2)],
    ['much longer', 10 * LIMITS.textCharsMax, LIMITS.textCharsMax / 2],
  ])('shows a text that is %s whole, or its beginning', async (_, chars, begins) => {
    const held = await stage()
    const content = 'x'.repeat(chars)
    const shown = held.world.rows.get('approvals', idOf(await ask(held, write('handbook/a.md', content))))?.asked
    const part = { begins: 'x'.repeat(begins ?? 0), characters: chars, sha256: digestText(content) }
    expect(shown).toMatchObject({ arguments: { content: begins === null ? content : part } })
  })

  it('shows an argument whose name is as long as people oversee', async () => {
    const name = 'n'.repeat(LIMITS.nameCharsMax)
    const request = { ...write(), arguments: { ...write().arguments, [name]: 1 } }
    expect(idOf(await ask(await stage(), request))).not.toBe('')
  })
})

describe('a pivot that a person may approve', () => {
  const narrow = { scope: [{ action: 'docs/read_text_file', resource: 'docs:/handbook/*' }] }
  const pivotsOf = ({ world, agent }: Held): number | undefined => world.rows.get('task_usage', agent.task.id)?.pivots
  const stagePivot = async (): Promise<Held> => {
    const held = await stage()
    held.world.change('tasks', held.agent.task.id, narrow)
    return held
  }

  it('is counted where a person looks at it for something else too', async () => {
    const held = await stagePivot()
    const denial = await ask(held)
    expect(denial.reasons.map(({ rule }) => rule)).toEqual(['law:pivot', 'law:each-call'])
    expect(pivotsOf(held)).toBe(1)
  })

  it('is not counted again when it is repeated with a proof that is seen for the first time', async () => {
    const held = await stagePivot()
    await ask(held)
    const seen = insert('seen_proofs', { id: 'proof-of-call', expiresMs: startMs + hourMs })
    await ask({ ...held, agent: { ...held.agent, changes: [seen] } })
    expect(pivotsOf(held)).toBe(1)
    expect(held.world.rows.get('seen_proofs', 'proof-of-call')).toBeDefined()
  })

  it('is counted where nobody can be asked any more', async () => {
    const held = await stage()
    await askAll(held)
    held.world.change('tasks', held.agent.task.id, narrow)
    const denial = await ask(held, text(-1))
    expect(denial.ask?.sentence).toContain('Too many questions')
    expect(pivotsOf(held)).toBe(1)
  })

  it('that is the last one says to open another task', async () => {
    const held = await stagePivot()
    held.world.change('task_usage', held.agent.task.id, { pivots: TIER_TERMS.T2.pivotsMax - 1 })
    const denial = await ask(held)
    expect(denial).toMatchObject({ code: 'scope_exceeded', spent: [held.agent.task.id] })
    expect(denial.ask?.sentence).toBe('Open a task whose scope has what it needs.')
    expect(denial.entry.data).toMatchObject({ taskId: held.agent.task.id, questions: { needs: expect.any(Array) } })
  })
})

function fail(): never {
  throw new Error('there is none')
}
