import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { canonicalJson } from '../../src/ground/canonical-json.ts'
import { digestBase64url } from '../../src/ground/digest.ts'
import { makeKeyPair } from '../../src/ground/key-pair.ts'
import { send } from '../attacks/intruder.ts'
import type { House } from '../house.ts'
import {
  approve,
  cancel,
  evaluate,
  type Members,
  openAsking,
  question,
  type Standing,
  stand,
  submission,
  submit,
  told,
} from './asking.ts'

let house: House

beforeAll(async () => {
  house = await openAsking()
})
afterAll(async () => {
  vi.restoreAllMocks()
  await house.end()
})

const tokenOf = ({ denied }: Pick<Standing, 'denied'>): string =>
  String(denied.context?.access_request?.['binding_token'])
const bound = (standing: Standing, denial: Members = {}): Members =>
  submission(standing, { denial: { binding_token: tokenOf(standing), ...denial } })
const partsOf = (token: string): Members[] =>
  token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Members)
const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

/** Signs claims as the decision point would, with a key that is not its own. */
function forge(head: object, claims: object, key: KeyObject = makeKeyPair('ES256').privateKey): string {
  const input = `${encode(head)}.${encode(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

describe('a binding token', () => {
  it('is a JWS that anybody verifies with the keys at jwks_uri, and says what the profile wants', async () => {
    const standing = await stand()
    const token = tokenOf(standing)
    const [head = {}, claims = {}] = partsOf(token)
    const metadata = (await send(house, '/.well-known/authzen-configuration')).json as Record<string, unknown>
    const address = String(metadata['jwks_uri']).slice(house.url.length)
    const { keys } = (await send(house, address)).json as unknown as { keys: Record<string, string>[] }
    const jwk = keys.find((each) => each['kid'] === head['kid'])
    const [input, signature = ''] = [token.slice(0, token.lastIndexOf('.')), token.split('.')[2]]
    const key = createPublicKey({ key: jwk ?? {}, format: 'jwk' })
    expect(
      verify('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')),
    ).toBe(true)
    const { subject, action, resource, context } = standing.asked
    expect(claims).toEqual({
      iss: house.url,
      aud: metadata['access_request_endpoint'],
      iat: expect.any(Number),
      exp: Math.ceil(Date.parse(String(standing.denied.context?.access_request?.['expires_at'])) / 1000),
      jti: standing.denied.context?.evaluation_id,
      evaluation_id: standing.denied.context?.evaluation_id,
      denial_expires_at: standing.denied.context?.access_request?.['expires_at'],
      binding_context_members: ['ticket'],
      binding_hash: digestBase64url(canonicalJson({ subject, action, resource, context })),
    })
  })

  it('binds a request by itself, and beside the evaluation and the end that it is of', async () => {
    const alone = await stand()
    expect((await submit(alone.token, bound(alone))).status).toBe(202)
    const beside = await stand()
    const { evaluation_id, access_request } = beside.denied.context ?? {}
    const denial = { evaluation_id, expires_at: access_request?.['expires_at'] }
    expect((await submit(beside.token, bound(beside, denial))).status).toBe(202)
  })

  const rows: readonly (readonly [string, (token: string, standing: Standing) => string])[] = [
    ['is no JWS', () => 'abc'],
    ['has no signature', (token) => `${token.slice(0, token.lastIndexOf('.'))}.`],
    ['was edited', (token) => token.replace(/\.[^.]+\./, `.${encode({ ...partsOf(token)[1], jti: '0' })}.`)],
    ['was signed by somebody else', (token) => forge(partsOf(token)[0] ?? {}, partsOf(token)[1] ?? {})],
    ['names a key that is not there', (token) => forge({ ...partsOf(token)[0], kid: 'k' }, partsOf(token)[1] ?? {})],
    ['names no algorithm', (token) => forge({ ...partsOf(token)[0], alg: 'none' }, partsOf(token)[1] ?? {})],
    ['is another token of ours', (_, { token }) => token.value],
  ]
  it.each(rows)('that %s is refused', async (_, change) => {
    const standing = await stand()
    const token = change(tokenOf(standing), standing)
    const { evaluation_id } = standing.denied.context ?? {}
    const heard = await submit(
      standing.token,
      submission(standing, { denial: { evaluation_id, binding_token: token } }),
    )
    expect([heard.status, told(heard).type]).toEqual([
      400,
      'urn:openid:authzen:access-request:error:invalid_denial_binding',
    ])
  })

  it('of another task, of another evaluation, or with another end is refused', async () => {
    const [one, other] = [await stand(), await stand()]
    const expires_at = '2030-01-01T00:00:00.000Z'
    for (const body of [
      submission(one, { denial: { binding_token: tokenOf(other) } }),
      bound(one, { evaluation_id: other.denied.context?.evaluation_id }),
      bound(one, { expires_at }),
      submission(one, { denial: { evaluation_id: one.denied.context?.evaluation_id, expires_at } }),
      bound({ ...one, asked: { ...one.asked, context: { ticket: 'DOC-2' } } }),
    ])
      expect(told(await submit(one.token, body)).type).toBe(
        'urn:openid:authzen:access-request:error:invalid_denial_binding',
      )
  })

  it('is good for one request: once people have answered it takes another denial', async () => {
    for (const end of ['cancelled', 'denied', 'approved'] as const) {
      const standing = await stand()
      const id = told(await submit(standing.token, bound(standing), 'first')).task?.id ?? ''
      if (end === 'cancelled') await cancel(standing.token, id)
      else if (end === 'approved') await approve(id)
      else await house.people.lin.client.approvals.vote(id, 'deny', 'No')
      const again = await submit(standing.token, bound(standing), 'second')
      expect([again.status, again.json.code]).toEqual([400, 'invalid_denial_binding'])
      const same = told(await submit(standing.token, bound(standing), 'first')).task
      expect([same?.id, same?.status]).toEqual([id, end])
    }
  })

  it('is not given with a denial that nobody can change', async () => {
    const { token } = await stand()
    const asked = question(token.taskId, { resource: { type: 'docs', id: 'confidential/salaries.csv' } })
    expect((await evaluate(token, asked)).context?.access_request).toBeUndefined()
  })
})

describe('who says they ask', () => {
  it('is believed as far as the credential shows it', async () => {
    const standing = await stand()
    const { client } = house.people.lin
    const { task } = await client.tasks.show(standing.token.taskId)
    const id = task.identityId
    const actors: readonly (readonly [object, number])[] = [
      [{ id: 'someone-else' }, 400],
      [{ id, issuer: 'https://elsewhere.example' }, 400],
      [{ id, act: { sub: 'idn_parent', iss: house.url } }, 400],
      [{ id, act: 'x' }, 400],
      [{ id, issuer: house.url, type: 'ai_agent' }, 202],
    ]
    for (const [actor, status] of actors)
      expect((await submit(standing.token, { ...bound(standing), client: { actor } })).status).toBe(status)
  })

  it('may wish for an end and for haste, which people are shown and nothing rests on', async () => {
    const standing = await stand()
    const untilMs = Date.now() + 30 * 86_400_000
    const wish = { requested_until: new Date(untilMs).toISOString(), emergency: true, 'example.org/other': 1 }
    const id = told(await submit(standing.token, { ...bound(standing), requested_access: wish })).task?.id ?? ''
    const { approval } = await house.people.lin.client.approvals.show(id)
    expect(approval.asked).toMatchObject({ requestedUntilMs: untilMs, emergency: true })
    expect(approval.expiresMs).toBeLessThan(untilMs)
    const odd = await submit(standing.token, { ...bound(standing), requested_access: { requested_until: 'soon' } })
    expect([odd.status, odd.json.code]).toEqual([400, 'request_invalid'])
  })

  // the last one: the log does not go back in time
  it('may not wish for an end that has passed, unless it is the same request once more', async () => {
    const standing = await stand()
    const until = Date.now() + 60_000
    const past = { ...bound(standing), requested_access: { requested_until: '2020-01-01T00:00:00Z' } }
    const refused = await submit(standing.token, past)
    expect([refused.status, refused.json.code]).toEqual([400, 'request_invalid'])
    expect(refused.text).toContain('Its requested_until has passed.')
    const body = { ...bound(standing), requested_access: { requested_until: new Date(until).toISOString() } }
    const first = told(await submit(standing.token, body, 'k')).task?.id
    expect(first).toMatch(/^apr_/)
    const realNow = Date.now
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 60_001)
    expect(told(await submit(standing.token, body, 'k')).task?.id).toBe(first)
  })
})
