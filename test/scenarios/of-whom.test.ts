import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, type Somebody, startHouse } from '../house.ts'
import { type Actor, furnish, makeReleaser, makeSummariser, openTask, register } from './cast.ts'
import { sayAs } from './say-as.ts'

describe('of whom an entry is', () => {
  let house: House
  let summariser: Actor
  let id: string

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    summariser = makeSummariser(house)
    id = await register(house, summariser)
    await register(house, await makeReleaser(house))
  })
  afterAll(async () => {
    await house.end(40)
  })

  async function say(who: Somebody, ...words: readonly string[]): Promise<string> {
    const { code, said } = await sayAs(house, who, words, 200)
    expect([words.join(' '), code]).toEqual([words.join(' '), 0])
    return said
  }

  /** What is said of the newest entry of a kind, to people and to machines. */
  async function whyLast(kind: string): Promise<{ readonly text: string; readonly json: string }> {
    const { lin } = house.people
    const { entries } = await lin.client.entries.list({ limit: 200 })
    const index = String(entries.findLast(({ entry }) => entry.kind === kind)?.index)
    const { explanation } = JSON.parse(await say(lin, 'why', index, '--json')) as {
      explanation: { sentences: readonly string[] }
    }
    return { text: await say(lin, 'why', index), json: explanation.sentences.join('\n') }
  }

  async function waiting(): Promise<string> {
    const { approvals } = await house.people.grace.client.approvals.list({ state: 'pending' })
    return approvals[0]?.id ?? ''
  }

  it('is said of a grant to act for somebody, of each vote on it and of its end', async () => {
    const { ada, grace } = house.people
    const terms = [
      '--allow',
      'docs/read_text_file@docs:*',
      '--class',
      'read',
      '--ceiling',
      'internal',
      '--reason',
      'Help',
    ]
    const asked = await say(ada, 'identity', 'delegate', 'release-agent', '--to', 'docs-summariser', ...terms)
    const [approval = ''] = /apr_\w+/.exec(asked) ?? []
    await say(grace, 'approve', approval, '--reason', 'It helps')
    const both = /It is about the identity docs-summariser acting for the identity release-agent\./
    const withIds =
      /It is about the identity docs-summariser \(idn_\w+\) acting for the identity release-agent \(idn_\w+\)\./
    for (const kind of ['approval.voted', 'delegation.granted']) {
      const { text, json } = await whyLast(kind)
      expect([kind, text]).toEqual([kind, expect.stringMatching(both)])
      expect([kind, json]).toEqual([kind, expect.stringMatching(withIds)])
    }
    const [grant = ''] = /dlg_\w+/.exec(await say(ada, 'identity', 'delegates', 'release-agent')) ?? []
    await say(ada, 'identity', 'undelegate', 'release-agent', grant, '--reason', 'It helps no more')
    expect((await whyLast('delegation.ended')).text).toMatch(both)
  })

  it('is said of an answer that it is to a question', async () => {
    const subject = { type: 'task', id: await openTask(house, summariser) }
    const resource = { type: 'resource', id: 'docs:public/handbook.md' }
    await house.people.ada.client.evaluation.evaluate({ subject, resource, action: { name: 'docs/read_text_file' } })
    expect((await whyLast('decision.permit')).text).toContain('It is the answer to a question: ')
  })

  it('is said of a cutoff', async () => {
    const { ada, sam } = house.people
    const said = await say(sam, 'cutoff', 'owner', ada.id, '--reason', 'Her laptop is lost')
    expect(said).toMatch(/ is cut off, in \d+ ms; 1 task and 0 open streams ended\./)
    expect(said).toContain('each gets nothing before it is suspended, submitted and approved again')
    const { text, json } = await whyLast('cutoff.made')
    expect(text).toMatch(/What was cut off: every identity that person "First administrator" owns; nothing /)
    expect(json).toContain(`person "First administrator" (${ada.id}) owns; nothing that was given to it until 2`)
    await expect(openTask(house, summariser)).rejects.toThrow('cut_off')
    expect((await whyLast('decision.denial')).text).toContain(
      'What had been cut off: every identity that person "First administrator" owns.',
    )
    await say(sam, 'cutoff', 'identity', 'docs-summariser', '--reason', 'It looks wrong')
    expect((await whyLast('cutoff.made')).text).toContain('What was cut off: the identity docs-summariser; nothing ')
    expect((await whyLast('cutoff.made')).json).toContain(`the identity docs-summariser (${id}); nothing `)
    expect((await whyLast('cutoff.made')).text).toMatch(/docs-summariser is active, .*, active since 2/)
    expect((await whyLast('identity.suspended')).text).toMatch(/docs-summariser is suspended, .*, last activated 2/)
  })

  it('is said where the cutoffs are listed, and over each identity over which one stands', async () => {
    const { ada, lin } = house.people
    const listed = await say(lin, 'cutoff', 'list')
    expect(listed).toMatch(new RegExp(`owner +First administrator \\(${ada.id}\\) +sam +"Her laptop is lost"`))
    expect(listed).toMatch(new RegExp(`identity +docs-summariser \\(${id}\\) +sam +"It looks wrong"`))
    expect(await say(lin, 'identity', 'list')).toMatch(/release-agent +active, cut off /)
    const owner =
      /with all that First administrator owns, at [-\d]+ [:\d]+Z by sam: "Her laptop is lost"; nothing is given to it before it is suspended, /
    expect(await say(lin, 'identity', 'show', 'release-agent')).toMatch(owner)
    expect(await say(lin, 'access', 'release-agent')).toMatch(owner)
    const { cutoffs } = JSON.parse(await say(lin, 'access', 'docs-summariser', '--json')) as { cutoffs: object[] }
    expect(cutoffs).toMatchObject([{ target: 'identity', targetId: id }, { target: 'owner' }])
    const again = /by sam: "It looks wrong"; nothing is given to it before it is (.*) again/
    expect(await say(lin, 'identity', 'show', 'docs-summariser')).toMatch(again)
    expect(again.exec(await say(lin, 'access', 'docs-summariser'))?.[1]).toBe('submitted and approved')
    await ada.client.identities.submit(id)
    expect(again.exec(await say(lin, 'identity', 'show', 'docs-summariser'))?.[1]).toBe('approved')
    await house.people.grace.client.approvals.vote(await waiting(), 'approve', 'It is well again')
    expect(await say(lin, 'identity', 'show', 'docs-summariser')).not.toContain('cut off')
    expect(await say(lin, 'identity', 'list')).toMatch(/docs-summariser +active +T/)
  })

  it('is said of a person who leaves', async () => {
    const { ada, grace } = house.people
    await say(ada, 'person', 'leave', grace.id)
    const { text, json } = await whyLast('person.left')
    expect(text).toContain('It is about person grace.')
    expect(json).toContain(`It is about person grace (${grace.id}).`)
  })
})
