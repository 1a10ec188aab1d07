import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/ground/clock.ts'
import { type House, startHouse } from '../house.ts'
import { datedClaims } from '../issuer/issuer.ts'
import { type MintedKey, mintKey, signClaims } from '../issuer/minted-keys.ts'
import { type Actor, codeOf, furnish, makeReleaser, makeSummariser, openTask, register } from '../scenarios/cast.ts'

let house: House
let actor: Actor
let taskId = 'tsk_none'
beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  actor = makeSummariser(house)
  await register(house, actor)
  await register(house, await makeReleaser(house))
})
afterAll(async () => void (await house.end(30)))

interface Heard {
  readonly status: number
  readonly retryAfter: string | null
  readonly body: { readonly code?: string; readonly error?: string; readonly entry?: number }
}
const hear = async (answer: Response): Promise<Heard> => ({
  status: answer.status,
  retryAfter: answer.headers.get('retry-after'),
  body: (await answer.json()) as Heard['body'],
})

/** The doors that take a workload's assertion. */
const DOORS: Readonly<Record<string, (assertion: string) => Promise<Heard>>> = {
  'POST /api/v1/tasks': async (assertion) =>
    hear(
      await house.fetch(`${house.url}/api/v1/tasks`, {
        method: 'POST',
        headers: { authorization: `Bearer ${assertion}`, 'content-type': 'application/json' },
        body: JSON.stringify(actor.task),
      }),
    ),
  'POST /oauth/token': async (assertion) =>
    hear(
      await house.fetch(`${house.url}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: assertion,
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
          resource: house.url,
          authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: taskId }]),
        }),
      }),
    ),
}

const sizeOf = async (): Promise<number> => (await house.people.lin.client.entries.list({ limit: 1 })).size
const claimsOf = (): Readonly<Record<string, unknown>> => ({ sub: actor.binding.subject, aud: house.url })
const mint = (claims: object = {}, header = {}): Promise<string> =>
  house.issuer.mint({ ...claimsOf(), ...claims }, header)
const svid = (path: string): Promise<string> => house.trust.mint(path, { aud: [house.url], jti: randomUUID() })
const nowSeconds = (): number => Math.floor(systemClock.nowMs() / 1000)
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signs what the issuer would with a key that the issuer does not have. */
async function forge(kid: string, issuer = house.issuer.url): Promise<string> {
  const key: MintedKey = await mintKey('ES256', kid)
  const dated = datedClaims(systemClock.nowMs())
  return signClaims(key, { ...dated, ...claimsOf(), iss: issuer, jti: randomUUID() })
}

async function unsigned(header: object): Promise<string> {
  const claims = { ...datedClaims(systemClock.nowMs()), ...claimsOf(), iss: house.issuer.url, jti: randomUUID() }
  return `${part(header)}.${part(claims)}.`
}

describe('an issuer that is down', () => {
  beforeAll(() => house.issuer.stop())

  it.each(Object.entries(DOORS))('is said to be so at %s, with when to come again', async (_, knock) => {
    const before = await sizeOf()
    const heard = await knock(await mint())
    expect(heard).toMatchObject({ status: 503, retryAfter: '1', body: { code: 'issuer_unavailable' } })
    expect(await sizeOf()).toBe(before) // nobody is known who could stand in the log for it
  })

  it('is asked again when it is up', async () => {
    await house.issuer.start()
    while ((await codeOf(actor.agent.openTask(actor.task))) === 'issuer_unavailable') await systemClock.sleep(200)
    taskId = await openTask(house, actor)
    expect(taskId).toMatch(/^tsk_/)
  })
})

const BAD: readonly (readonly [string, string, () => Promise<string>])[] = [
  ['that has expired', 'assertion_expired', () => mint({ iat: nowSeconds() - 900, exp: nowSeconds() - 600 })],
  ['of the future', 'assertion_not_yet_valid', () => mint({ nbf: nowSeconds() + 600, exp: nowSeconds() + 900 })],
  ['issued in the future', 'assertion_not_yet_valid', () => mint({ iat: nowSeconds() + 600, exp: nowSeconds() + 900 })],
  ['that nobody signed', 'assertion_signature', () => unsigned({ alg: 'ES256', kid: house.issuer.key().kid })],
  ['with the algorithm none', 'assertion_algorithm', () => unsigned({ alg: 'none', typ: 'JWT' })],
  ['signed with another key', 'assertion_signature', () => forge(house.issuer.key().kid)],
  ['for another audience', 'assertion_audience', () => mint({ aud: 'https://elsewhere.example' })],
  ['for nobody', 'assertion_audience', () => mint({ aud: undefined })],
  ['that could be shown for ever', 'assertion_claims', () => mint({ exp: undefined })],
  ['of an issuer that is not trusted', 'issuer_unknown', () => forge('x', 'https://elsewhere.example')],
  ['with a SPIFFE ID that climbs', 'spiffe_id_invalid', () => svid('/ns/release/../sa/release-agent')],
  ['of a SPIFFE ID that has two slashes', 'spiffe_id_invalid', () => svid('//sa/release-agent')],
]

describe.each(Object.entries(DOORS))('at %s an assertion', (door, knock) => {
  it.each(BAD)('%s is refused with %s, which is on record once', async (_, code, make) => {
    const assertion = await make()
    const before = await sizeOf()
    const { status, body } = await knock(assertion)
    expect([status, body.code]).toEqual([door.includes('oauth') ? 400 : 401, code])
    expect([body.entry, await sizeOf()]).toEqual([before, before + 1])
    const { entry } = await house.people.lin.client.entries.show(before)
    expect(entry).toMatchObject({
      kind: 'refusal',
      actor: { kind: 'stranger' },
      subject: { kind: 'door' },
      data: { code },
    })
    expect(JSON.stringify(entry)).not.toContain(assertion.slice(-40))
  })

  it('counts once: shown again, here or at the other door, it is refused, and that is on record each time', async () => {
    const assertion = await mint()
    expect((await knock(assertion)).status).toBeLessThan(300)
    for (const again of Object.values(DOORS)) {
      const before = await sizeOf()
      const { body } = await again(assertion)
      expect(body).toMatchObject({ code: 'assertion_replayed', entry: before })
      expect(await sizeOf()).toBe(before + 1)
    }
  })

  it('shown twenty times at once is taken once, and refused nineteen times', async () => {
    const assertion = await mint()
    const before = await sizeOf()
    const heard = await Promise.all(Array.from({ length: 20 }, () => knock(assertion)))
    const refused = heard.filter(({ body }) => body.code === 'assertion_replayed')
    expect([heard.filter(({ status }) => status < 300).length, refused.length]).toEqual([1, 19])
    const { entries } = await house.people.lin.client.entries.list({ from: before, limit: 200 })
    expect(entries.filter(({ entry }) => entry.data['code'] === 'assertion_replayed')).toHaveLength(19)
  })
})
