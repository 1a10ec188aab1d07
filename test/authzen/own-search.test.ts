import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { type House, startHouse } from '../house.ts'
import { sendRaw } from '../http/raw.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'

describe('a search among the decisions of the house itself', () => {
  let house: House
  let actor: Actor
  let token: AccessToken
  let second: string

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    const { catalogue } = house.people.ada.client
    await catalogue.classifyResource({ pattern: 'docs:public/handbook.md', sensitivity: 'public' })
    await catalogue.classifyResource({ pattern: 'docs:confidential/salaries.csv', sensitivity: 'confidential' })
    actor = makeSummariser(house)
    await register(house, actor)
    token = await actor.agent.exchange(await openTask(house, actor), house.url)
    second = await openTask(house, actor)
    const stranger = makeSummariser(house, 'other-summariser')
    await register(house, stranger)
    await openTask(house, stranger)
  })
  afterAll(async () => {
    await house.end(30)
  })

  const find = async (what: string, body: object, by = token.value): Promise<readonly string[]> => {
    const answer = await sendRaw(house.url, {
      method: 'POST',
      path: `/access/v1/search/${what}`,
      headers: { authorization: `Bearer ${by}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(answer.status).toBe(200)
    const results = answer.json['results'] as readonly { readonly id?: string; readonly name?: string }[]
    return results.map(({ id, name }) => id ?? name ?? '')
  }
  const evaluate = async (question: object): Promise<unknown> => {
    const answer = await sendRaw(house.url, {
      method: 'POST',
      path: '/access/v1/evaluation',
      headers: { authorization: `Bearer ${token.value}`, 'content-type': 'application/json' },
      body: JSON.stringify(question),
    })
    return answer.json['decision']
  }
  const read = { name: 'docs/read_text_file' }
  const handbook = { type: 'resource', id: 'docs:public/handbook.md' }

  it('finds what a task may do to a resource, and evaluations say the same', async () => {
    const subject = { type: 'task', id: token.taskId }
    const found = await find('action', { subject, resource: handbook })
    expect(found).toEqual(['docs/read_text_file'])
    for (const name of ['docs/read_text_file', 'docs/write_file', 'read', 'write', 'administer'])
      expect([name, await evaluate({ subject, action: { name }, resource: handbook })]).toEqual([
        name,
        found.includes(name),
      ])
  })

  it('finds the resources that a rule names, and not those above the ceiling', async () => {
    const subject = { type: 'task', id: token.taskId }
    expect(await find('resource', { subject, action: read, resource: { type: 'resource' } })).toEqual([handbook.id])
    expect(await find('resource', { subject, action: read, resource: { type: 'docs' } })).toEqual([
      'public/handbook.md',
    ])
    expect(await find('resource', { subject, action: read, resource: { type: 'spaceship' } })).toEqual([])
  })

  it('finds the living tasks that may: an agent its own, a person all of them', async () => {
    const body = { subject: { type: 'task' }, action: read, resource: handbook }
    expect(await find('subject', body)).toEqual([token.taskId, second].sort())
    expect(await find('subject', body, house.people.lin.session)).toHaveLength(3)
    const identity = { ...body, subject: { type: 'identity' }, context: { task: token.taskId } }
    expect(await find('subject', identity)).toHaveLength(1)
    expect(await find('subject', { ...identity, context: {} })).toEqual([])
  })

  it('goes on where a page ended', async () => {
    const body = { subject: { type: 'task' }, action: read, resource: handbook }
    const { searchSubjects } = house.people.lin.client.evaluation
    const found: string[] = []
    let page: { readonly token?: string; readonly limit?: number } = { limit: 1 }
    for (let parts = 0; parts < 5; parts += 1) {
      const part = await searchSubjects({ ...body, page })
      found.push(...part.results.map(({ id }) => id))
      if (part.page.next_token === '') break
      page = { token: part.page.next_token }
    }
    expect(found).toEqual(await find('subject', body, house.people.lin.session))
  })

  it('is on record with what was told', async () => {
    await find('action', { subject: { type: 'task', id: token.taskId }, resource: handbook })
    const { size } = await house.people.lin.client.entries.list({ limit: 1 })
    const { entry } = await house.people.lin.client.entries.show(size - 1)
    expect([entry.kind, entry.data['found'], entry.data['isLast']]).toEqual([
      'search.answered',
      ['docs/read_text_file'],
      true,
    ])
  })
})
