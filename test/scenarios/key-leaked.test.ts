import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../../sdk/agent.ts'
import { isProblem } from '../../sdk/problem.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeSummariser, openTask, register } from './cast.ts'

describe('a key that signs tokens and is replaced by hand', () => {
  let house: House
  let reader: Actor
  let taskId: string

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    reader = makeSummariser(house)
    await register(house, reader)
    taskId = await openTask(house, reader)
  })
  afterAll(async () => {
    await house.end(30)
  })

  const takeToken = async (): Promise<string> => {
    const agent = createAgent({ baseUrl: house.url, assertion: reader.assertion, fetch: house.fetch })
    return (await agent.exchange(taskId, house.url)).value
  }
  const published = async (): Promise<readonly string[]> => {
    const answer = await house.fetch(`${house.url}/oauth/jwks`)
    expect(answer.headers.get('cache-control')).toBe(`public, max-age=${LIMITS.keySetSeconds}`)
    return ((await answer.json()) as { readonly keys: readonly { readonly kid: string }[] }).keys.map(({ kid }) => kid)
  }
  const isActive = async (token: string): Promise<boolean> =>
    (await house.people.sam.client.tokens.introspect(token)).active
  const kidOf = (token: string): string =>
    (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { readonly kid: string }).kid

  it('is published with its successor before that signs, and what it signed lives on', async () => {
    const before = await takeToken()
    const made = await house.people.sam.client.keys.rotate({ reason: 'Our rule is a week' })
    expect(made).toMatchObject({ key: { algorithm: 'ES256' }, retired: [], entry: expect.any(Number) })
    expect(made.key.activatesMs).toBeGreaterThan(Date.now())
    expect(await published()).toEqual(expect.arrayContaining([kidOf(before), made.key.id]))
    expect(kidOf(await takeToken())).toBe(kidOf(before))
    expect(await isActive(before)).toBe(true)
  })

  it('takes everything with it that it signed, where it leaked', async () => {
    const before = await takeToken()
    const keys = createRemoteJWKSet(new URL(`${house.url}/oauth/jwks`))
    const list = async (): Promise<string> => (await house.fetch(`${house.url}/oauth/status/0`)).text()
    await list() // which is kept for a while
    const made = await house.people.sam.client.keys.rotate({ reason: 'It lay in a backup', leaked: true })
    expect(kidOf(await list())).toBe(made.key.id)
    expect((await jwtVerify(await list(), keys, { typ: 'statuslist+jwt' })).payload.sub).toMatch(/status\/0$/)
    expect(made.retired).toContain(kidOf(before))
    expect(await published()).toEqual([made.key.id])
    expect(await isActive(before)).toBe(false)
    const asked = await house.fetch(`${house.url}/api/v1/tasks/${taskId}`, {
      headers: { authorization: `Bearer ${before}` },
    })
    expect([asked.status, await asked.json()]).toEqual([401, expect.objectContaining({ code: 'token_invalid' })])
    const after = await takeToken()
    expect(kidOf(after)).toBe(made.key.id)
    expect((await jwtVerify(after, keys, { issuer: house.url, typ: 'at+jwt' })).payload['jti']).toMatch(/^crd_/)
    const { entry } = await house.people.lin.client.entries.show(made.entry)
    expect(entry).toMatchObject({
      kind: 'key.rotated',
      actor: { kind: 'person', id: house.people.sam.id },
      data: { retired: made.retired, because: 'It lay in a backup' },
    })
  })

  it('is still gone after a restart', async () => {
    const [only, ...more] = await published()
    await house.stop()
    await house.start()
    expect([await published(), more]).toEqual([[only], []])
  })

  it('is replaced by an administrator or a responder only', async () => {
    const refused = await house.people.lin.client.keys
      .rotate({ reason: 'x', leaked: true })
      .catch((error: unknown) => error)
    expect(isProblem(refused, 'role_missing')).toBe(true)
  })
})
