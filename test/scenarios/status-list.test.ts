import { inflateSync } from 'node:zlib'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from './cast.ts'

interface Place {
  readonly idx: number
  readonly uri: string
}

/** How long a server of others may believe a list, beside its `ttl`. */
const patience = { interval: 250 }

describe('a server of others that reads the status list', () => {
  let house: House
  let actor: Actor
  let id: string

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    actor = makeSummariser(house)
    id = await register(house, actor)
  })
  afterAll(async () => {
    await house.end(60)
  })

  const placeIn = (token: string): Place => (decodeJwt(token)['status'] as { readonly status_list: Place }).status_list
  /** Reads a token's bit as the draft has it read: the list is verified, and its subject is where it came from. */
  async function statusOf(token: string): Promise<number> {
    const { idx, uri } = placeIn(token)
    const answer = await house.fetch(uri, { headers: { accept: 'application/statuslist+jwt' } })
    expect(answer.headers.get('content-type')).toBe('application/statuslist+jwt')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=15')
    const keys = createRemoteJWKSet(new URL(`${house.url}/oauth/jwks`))
    const { payload } = await jwtVerify(await answer.text(), keys, {
      typ: 'statuslist+jwt',
      subject: uri,
      issuer: house.url,
    })
    const { bits, lst } = payload['status_list'] as { readonly bits: number; readonly lst: string }
    expect(bits).toBe(1)
    const bytes = inflateSync(Buffer.from(lst, 'base64url'), { maxOutputLength: 2 ** 20 })
    return ((bytes[idx >> 3] ?? expect.unreachable('no such place')) >> (idx & 7)) & 1
  }
  async function begin(more: Partial<Actor['task']> = {}): Promise<{ readonly task: string; readonly token: string }> {
    const task = await openTask(house, actor, more)
    return { task, token: (await actor.agent.exchange(task, actor.agent.gatewayUrl('docs'))).value }
  }

  const ends: readonly (readonly [
    string,
    (begun: { readonly task: string; readonly token: string }) => Promise<unknown>,
  ])[] = [
    ['it was revoked', ({ token }) => house.people.sam.client.tokens.revoke(token)],
    ['its task was taken back', ({ task }) => house.people.sam.client.tasks.revoke(task, 'It is not needed')],
    ['its task is done', ({ task }) => actor.agent.complete(task)],
    [
      'the server that it is for was cut off',
      () => house.people.sam.client.cutoffs.make({ target: 'upstream', targetId: 'docs', because: 'A drill' }),
    ],
    ['the key that signed it leaked', () => house.people.sam.client.keys.rotate({ reason: 'A drill', leaked: true })],
    ['its identity was suspended', () => house.people.ada.client.identities.suspend(id, 'A drill')],
  ]
  it('sees that every token of a crowd counts, each at a place of its own', async () => {
    const crowd = await Promise.all(Array.from({ length: 8 }, () => begin()))
    expect(new Set(crowd.map(({ token }) => placeIn(token).idx)).size).toBe(crowd.length)
    for (const { token } of crowd) expect(await statusOf(token)).toBe(0)
  })

  it.each(ends)('learns that a token counts no more since %s', async (_, end) => {
    const begun = await begin()
    expect(await statusOf(begun.token)).toBe(0)
    await end(begun)
    await expect.poll(() => statusOf(begun.token), patience).toBe(1)
  })

  it.each([
    ['/oauth/status/7', 404, 'not_found'],
    ['/oauth/status/-1', 404, 'not_found'],
    ['/oauth/status/1e3', 404, 'not_found'],
    ['/oauth/status/99999999999999999999', 404, 'not_found'],
    ['/oauth/status/0?time=1700000000', 501, 'history_unsupported'],
    ['/oauth/status/0?time=yesterday', 400, 'request_invalid'],
  ])('is refused at %s', async (path, status, code) => {
    const answer = await house.fetch(`${house.url}${path}`)
    expect([answer.status, await answer.json()]).toEqual([status, expect.objectContaining({ code })])
  })
})

describe('a house that does not speak the draft', () => {
  it('names no list in its tokens, and has none', async () => {
    const house = await startHouse({ drafts: { 'status-list': false } })
    await furnish(house)
    const actor = makeSummariser(house)
    await register(house, actor)
    const token = await actor.agent.exchange(await openTask(house, actor), house.url)
    expect(decodeJwt(token.value)).not.toHaveProperty('status')
    expect((await house.fetch(`${house.url}/oauth/status/0`)).status).toBe(404)
    await house.end(20)
  })
})
