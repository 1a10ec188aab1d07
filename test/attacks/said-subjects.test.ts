import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPackLines } from '../../sdk/pack-lines.ts'
import { verifyPack } from '../../sdk/verify-pack.ts'
import { publishDomain } from '../authzen/certification.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { send } from './intruder.ts'

/** What a question is about, its subject, is in the words of who asks: it may be called what it is not. */
describe('a question', () => {
  let house: House
  let victim: string
  let ended: string
  let token: string

  const make = async (name: string): Promise<Actor & { readonly id: string; readonly taskId: string }> => {
    const actor = makeSummariser(house, name)
    const id = await register(house, actor)
    return { ...actor, id, taskId: await openTask(house, actor) }
  }

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    const [one, asker] = [await make('victim'), await make('asker')]
    await make('bystander')
    ;[victim, ended] = [one.id, one.taskId]
    await house.people.ada.client.tasks.revoke(ended, 'It is over')
    token = (await asker.agent.apiToken(asker.taskId)).value
    const text = '@id("crm:reads") @sentence("It may be read.") permit (principal, action == Action::"read", resource);'
    await publishDomain(house, 'crm', { schema: null, entities: null, files: [{ name: 'crm.cedar', text }] })
  })
  afterAll(async () => void (await house.end(30)))

  /** Asked by an agent that has no leave to ask about others. */
  async function askUnlet(subject: object, resource: string): Promise<number> {
    const asked = { subject, action: { name: 'docs/read_text_file' }, resource: { type: 'resource', id: resource } }
    const { json } = await send(house, '/access/v1/evaluation', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    })
    expect(json).toMatchObject({ decision: false, context: { code: 'asker_refused' } })
    return Number((json as { readonly context?: { readonly entry?: number } }).context?.entry)
  }

  async function packOf(id: string | null) {
    const { client } = house.people.lin
    const pack = await client.evidence.pack(...(id === null ? [] : [{ kind: 'identity', id } as const]))
    return verifyPack(readPackLines(pack), await client.log.key())
  }

  it('of another application about what it calls a task permits nothing in ours, be that one ended', async () => {
    const { client } = house.people.lin
    const asked = { action: { name: 'read' }, resource: { type: 'customer', id: 'one' } }
    const answer = await client.domains.of('crm').evaluate({ ...asked, subject: { type: 'task', id: ended } })
    expect(answer.decision).toBe(true)
    expect(await packOf(null)).toMatchObject({ ok: true, failures: [] })
  })

  it('brings nothing of others into the evidence about whom it names, by calling them a grant', async () => {
    const before = await packOf(victim)
    for (const id of [
      house.people.ada.id,
      'remit',
      'docs/read_text_file',
      (await house.people.lin.client.identities.show('bystander')).identity.id,
    ])
      await askUnlet({ type: 'delegation', id }, victim)
    const after = await packOf(victim)
    expect(after.identities.map(({ name }) => name)).not.toContain('bystander')
    expect(after.entries - before.entries).toBeLessThan(10)
  })

  it('of who may not ask is explained by who asked, and not as of the task that it names', async () => {
    const entry = await askUnlet({ type: 'task', id: ended }, 'docs:public/handbook.md')
    const { explanation } = await house.people.lin.client.entries.why(entry)
    expect(explanation).toMatchObject({ chain: [{ identity: { name: 'asker' } }] })
  })
})
