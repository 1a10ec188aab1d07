import { describe, expect, it } from 'vitest'
import { hourMs, startMs, World, write, writer } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import type { Envelope } from '../../contract/approval/envelope.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { CallRequest, CallWish } from '../requests.ts'

const envelope: Envelope = {
  usesMax: 3,
  lifeSeconds: 600,
  terms: [{ name: 'content', any: true }],
  resources: [],
  total: null,
}

/** A task whose every call waits for a person. */
async function stage(): Promise<{ readonly world: World; readonly agent: AgentCaller }> {
  const world = new World()
  world.change('entitlements', 'ent_writer', { approval: 'each-call' })
  return { world, agent: await world.start(writer.id) }
}

async function ask(world: World, agent: AgentCaller, wish: CallWish, request: CallRequest = write()) {
  const decided = await world.decide.call(agent, { ...request, wish })
  const denial = world.refuse(decided)
  const id = denial.ask?.approvalId ?? ''
  const tables = decided.changes.filter(({ op }) => op !== 'require').map(({ op, table }) => `${op} ${table}`)
  return { denial, id, tables, sentence: denial.ask?.sentence, row: world.rows.get('approvals', id) }
}

describe('what an asker proposes to the people who are asked', () => {
  it('is shown to them with the question, and told in the log', async () => {
    const { world, agent } = await stage()
    const { denial, row, sentence } = await ask(world, agent, { envelope, justification: 'It is long.' })
    expect(row).toMatchObject({ proposed: envelope, asked: { justification: 'It is long.' }, state: 'pending' })
    expect(denial.entry.data).toMatchObject({ approvalId: row?.id, proposed: { usesMax: 3 } })
    expect(sentence).toBe(
      `A person with the role approver can approve exactly this call, or the envelope that you propose (${row?.id}); then send it again, unchanged.`,
    )
  })

  it('is nothing where nothing is proposed, and the asker is told that it could be', async () => {
    const { world, agent } = await stage()
    const { denial, row, sentence } = await ask(world, agent, {})
    expect(row).not.toHaveProperty('proposed')
    expect(row?.asked).not.toHaveProperty('justification')
    expect(denial.entry.data).not.toHaveProperty('proposed')
    expect(sentence).toBe(
      `A person with the role approver can approve exactly this call (${row?.id}); then send it again, unchanged. To ask for more than one, send it with an envelope in _meta dev.remit/envelope.`,
    )
  })

  it('is not offered where people are asked for each exact call', async () => {
    const { world, agent } = await stage()
    world.change('identities', writer.id, { tier: 'T4' })
    const { sentence, row } = await ask(world, agent, {})
    expect(row).toBeDefined()
    expect(sentence).not.toContain('envelope')
    const { sentence: refused, tables } = await ask(world, agent, { envelope }, write('handbook/b.md'))
    expect(refused).toContain('People cannot give the envelope that you propose:')
    expect(refused).toContain('Propose another, or none.')
    expect(tables).not.toContain('insert approvals')
  })

  it('is shortened to what people read', async () => {
    const { world, agent } = await stage()
    const { row } = await ask(world, agent, { justification: 'x'.repeat(LIMITS.textCharsMax + 1) })
    const said = String(row?.asked['justification'])
    expect(said.startsWith('xxx')).toBe(true)
    expect(said.length).toBeLessThan(LIMITS.textCharsMax + 40)
    expect(said).not.toBe('x'.repeat(LIMITS.textCharsMax + 1))
  })

  it('may be said anew until the first of them has answered', async () => {
    const { world, agent } = await stage()
    const first = await ask(world, agent, {})
    expect(first.tables).toContain('insert approvals')
    const words = await ask(world, agent, { justification: 'Now I know why.' })
    expect([words.id, words.tables]).toEqual([first.id, expect.arrayContaining(['update approvals'])])
    expect(words.row).toMatchObject({ asked: { justification: 'Now I know why.', goal: 'Release it' } })
    expect(words.row).not.toHaveProperty('proposed')
    const proposed = await ask(world, agent, { envelope })
    expect(proposed.row).toMatchObject({ proposed: envelope, asked: { justification: 'Now I know why.' } })
    expect(proposed.denial.entry.data).toHaveProperty('proposed')
  })

  it('changes nothing where it is said again', async () => {
    const { world, agent } = await stage()
    const wish = { envelope, justification: 'It is long.' }
    const first = await ask(world, agent, wish)
    const again = await ask(world, agent, wish)
    expect([again.id, again.row?.version]).toEqual([first.id, first.row?.version])
    expect(again.tables).not.toContain('update approvals')
    expect(again.denial.entry.data).not.toHaveProperty('proposed')
    const silent = await ask(world, agent, {})
    expect([silent.row?.proposed, silent.tables]).toEqual([envelope, again.tables])
  })

  it('may become less, and never more than people were shown', async () => {
    const { world, agent } = await stage()
    await ask(world, agent, { envelope })
    const less = await ask(world, agent, { envelope: { ...envelope, usesMax: 2 } })
    expect([less.row?.proposed?.usesMax, less.sentence?.startsWith('A person')]).toEqual([2, true])
    const more = await ask(world, agent, { envelope, justification: 'More.' })
    expect(more.row?.proposed?.usesMax).toBe(2)
    expect(more.row?.asked).not.toHaveProperty('justification')
    expect(more.sentence).toContain(
      'People were shown less than you propose now, and that stands: 2 uses were proposed, not 3. A person',
    )
  })

  it('is what it was once one of them has answered', async () => {
    const { world, agent } = await stage()
    const { id } = await ask(world, agent, {})
    const vote = { personId: 'psn_voter', seat: 'security', verdict: 'approve', reason: 'fine', atMs: startMs } as const
    world.change('approvals', id, { votes: [vote] })
    const late = await ask(world, agent, { envelope, justification: 'Now.' })
    expect(late.id).toBe(id)
    expect(late.row).not.toHaveProperty('proposed')
    expect(late.row?.asked).not.toHaveProperty('justification')
  })

  it('is told what is wrong with it, and nobody is asked', async () => {
    const { world, agent } = await stage()
    const wrong = { ...envelope, terms: [{ name: 'volume', any: true as const }] }
    const { sentence, tables, id } = await ask(world, agent, { envelope: wrong })
    expect(sentence).toMatch(
      /^People cannot give the envelope that you propose: The call that was asked about has no argument .*volume.*\. Propose another, or none\.$/,
    )
    expect([tables.includes('insert approvals'), id, world.rows.all('approvals')]).toEqual([false, '', []])
  })

  it('is told what is wrong with it too where people were shown another', async () => {
    const { world, agent } = await stage()
    await ask(world, agent, { envelope })
    const wrong = { ...envelope, usesMax: 9, terms: [{ name: 'volume', any: true as const }] }
    const { sentence } = await ask(world, agent, { envelope: wrong })
    expect(sentence).toContain('People cannot give the envelope that you propose:')
    expect(world.rows.all('approvals')).toMatchObject([{ proposed: envelope }])
  })

  it('is put anew where the question has ended', async () => {
    const { world, agent } = await stage()
    const { id } = await ask(world, agent, {})
    world.change('approvals', id, { expiresMs: world.nowMs })
    const next = await ask(world, agent, { envelope })
    expect(next.id).not.toBe(id)
    expect(next.row).toMatchObject({ proposed: envelope, expiresMs: startMs + hourMs })
    expect(world.rows.get('approvals', id)).not.toHaveProperty('proposed')
  })
})
