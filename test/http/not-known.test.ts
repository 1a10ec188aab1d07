import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { codeOf } from '../scenarios/cast.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
})
afterAll(async () => {
  await house.end()
})

const json = { 'content-type': 'application/json' }
const purpose = { code: 'known', title: 'Known', classes: ['read'], ceiling: 'public' }
const question = { subject: { type: 'identity', id: 'x' }, action: { name: 'x' }, resource: { type: 'x', id: 'y' } }

/** What docs/api.md says of what a door does not know: where it stands, the request, and the status. */
const CASES: readonly (readonly [string, string, RequestInit, number])[] = [
  [
    'a JSON body',
    '/api/v1/purposes',
    { method: 'POST', headers: json, body: JSON.stringify({ ...purpose, colour: 1 }) },
    400,
  ],
  ['a query that the row names', '/api/v1/people?colour=1', {}, 400],
  ['any other query', '/api/v1/me?colour=1', {}, 200],
  [
    'an AuthZEN question',
    '/access/v1/evaluation',
    { method: 'POST', headers: json, body: JSON.stringify({ ...question, colour: 1 }) },
    200,
  ],
  ['a form', '/oauth/introspect', { method: 'POST', body: new URLSearchParams({ token: 'x', colour: '1' }) }, 200],
]

describe('what a door does not know', () => {
  it.each(CASES)('is taken as the manual says, in %s', async (_, path, init, status) => {
    const authorization = `Bearer ${house.people.lin.session}`
    const admin = `Bearer ${house.people.ada.session}`
    const headers = {
      ...(init.headers as Record<string, string>),
      authorization: path.includes('purposes') ? admin : authorization,
    }
    expect((await house.fetch(`${house.url}${path}`, { ...init, headers })).status).toBe(status)
  })
})

describe('a refusal of the decision point', () => {
  it('is the sentence alone, as JSON', async () => {
    const answer = await house.fetch(`${house.url}/access/v1/evaluation`, { method: 'POST', headers: json, body: '{}' })
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await answer.json()).toEqual(expect.any(String))
  })
})

describe('evidence about what nobody knows', () => {
  it.each(['identity', 'task'])('is refused, and no pack is told of: %s', async (kind) => {
    const { lin, sam } = house.people
    const about = { kind, id: `${kind === 'task' ? 'tsk' : 'idn'}_nobody` }
    expect(await codeOf(lin.client.evidence.pack(about))).toBe('not_found')
    expect(await codeOf(sam.client.evidence.pack(about))).toBe('role_missing')
    const { entries } = await lin.client.entries.list()
    expect(entries.map(({ entry }) => entry.kind)).not.toContain('evidence.packed')
  })
})
