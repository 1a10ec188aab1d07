import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonWebKeyPublic } from '../../../src/contract/register/binding.ts'
import { type House, startHouse } from '../../house.ts'
import { type MintedKey, mintKey, signClaims } from '../../issuer/minted-keys.ts'
import { type Actor, furnish, makeReleaser, makeSummariser, openTask, register } from '../../scenarios/cast.ts'
import { encode, type Heard, post, send } from '../intruder.ts'

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const jwtSpiffe = 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe'
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'

let house: House
let key: MintedKey
let tasks: Record<'oidc' | 'spiffe' | 'key', string>
let mint: Record<'oidc' | 'spiffe' | 'key', () => Promise<string>>

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  const [oidc, spiffe] = [makeSummariser(house), await makeReleaser(house)]
  key = await mintKey('ES256', 'k1')
  const keyed: Actor = {
    ...makeSummariser(house, 'keyed'),
    assertion: () => mintKeyed('JWT'),
    binding: { kind: 'key', issuer: 'self', subject: 'keyed', claims: {}, keys: [key.publicJwk as JsonWebKeyPublic] },
  }
  for (const actor of [oidc, spiffe, keyed]) await register(house, actor)
  const taskOf = async (actor: Actor): Promise<string> => {
    const answer = await post(house, '/api/v1/tasks', await actor.assertion(), JSON.stringify(actor.task))
    return answer.json.task?.id ?? answer.text
  }
  tasks = {
    oidc: await openTask(house, oidc),
    spiffe: await openTask(house, spiffe, { scope: spiffe.task.scope.slice(0, 1) }),
    key: await taskOf(keyed),
  }
  mint = { oidc: oidc.assertion, spiffe: spiffe.assertion, key: () => mintKeyed('client-authentication+jwt') }
})
afterAll(async () => void (await house.end()))

function mintKeyed(typ: string): Promise<string> {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss: 'keyed', sub: 'keyed', aud: house.url, iat, exp: iat + 60, jti: randomUUID() }
  return signClaims(key, claims, { typ })
}

const ask = (kind: keyof typeof tasks, form: Readonly<Record<string, string>>): Promise<Heard> =>
  send(house, '/oauth/token', {
    method: 'POST',
    body: new URLSearchParams({
      resource: house.url,
      authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: tasks[kind] }]),
      ...form,
    }),
  })

const subject = (type: string) => (jwt: string) => ({
  grant_type: exchange,
  subject_token: jwt,
  subject_token_type: `urn:ietf:params:oauth:token-type:${type}`,
})
const client = (type: string) => (jwt: string) => ({
  grant_type: 'client_credentials',
  client_assertion: jwt,
  client_assertion_type: type,
})

describe('an assertion that is shown under a name that is not its own', () => {
  const cases: [string, keyof typeof tasks, (jwt: string) => Readonly<Record<string, string>>][] = [
    ['a token of an OIDC issuer as an SVID', 'oidc', client(jwtSpiffe)],
    ['a client assertion as an SVID', 'key', client(jwtSpiffe)],
    ['an SVID as a client assertion of a registered key', 'spiffe', client(jwtBearer)],
    ['an SVID as an ID token', 'spiffe', subject('id_token')],
    ['a client assertion as an ID token', 'key', subject('id_token')],
    ['a client assertion as the subject of an exchange', 'key', subject('jwt')],
  ]
  it.each(cases)('opens nothing: %s', async (_, kind, form) => {
    const heard = await ask(kind, form(await mint[kind]()))
    expect(heard.json).toMatchObject({ code: 'assertion_misplaced' })
    expect(heard.json.access_token).toBeUndefined()
  })

  it('opens no task as a bearer, where it is for clients at the token endpoint', async () => {
    const heard = await post(house, '/api/v1/tasks', await mint.key(), '{}')
    expect([heard.status, heard.json.code]).toEqual([401, 'assertion_misplaced'])
  })

  it.each(['JWT', 'at+jwt'])('is no access token: an ID token of the type %s', async (typ) => {
    const [head = '', claims = '', signature = ''] = (await mint.oidc()).split('.')
    const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as object
    const shown =
      typ === 'JWT' ? `${head}.${claims}.${signature}` : `${encode({ ...header, typ })}.${claims}.${signature}`
    for (const path of [`/mcp/docs`, `/api/v1/tasks/${tasks.oidc}/complete`]) {
      const heard = await post(house, path, shown, '{}')
      expect([heard.status, heard.json.code]).toEqual([401, typ === 'JWT' ? 'authentication_missing' : 'token_invalid'])
    }
  })

  it('is none: an access token of ours, under whatever name', async () => {
    const issued = await ask('oidc', subject('id_token')(await mint.oidc()))
    const token = String(issued.json.access_token)
    const bearer = (jwt: string) => ({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: jwt })
    const names = [
      subject('jwt'),
      subject('id_token'),
      subject('access_token'),
      client(jwtBearer),
      client(jwtSpiffe),
      bearer,
    ]
    for (const form of names) {
      const heard = await ask('oidc', form(token))
      expect(heard.status).toBeGreaterThanOrEqual(400)
      expect(heard.json.access_token).toBeUndefined()
    }
    // nor does somebody else become the actor of it, by a proof beside it
    for (const more of [
      { actor_token: await mint.key(), actor_token_type: 'urn:ietf:params:oauth:token-type:jwt' },
      { actor_token: token },
    ]) {
      const heard = await ask('oidc', { ...subject('jwt')(await mint.oidc()), ...more })
      expect([heard.status, heard.json.code]).toEqual([400, 'request_invalid'])
    }
  })

  it('is spent at whichever door it was shown first', async () => {
    const doors: readonly ((jwt: string) => Promise<Heard>)[] = [
      (jwt) => ask('key', client(jwtBearer)(jwt)),
      ...['introspect', 'revoke'].map(
        (name) => (jwt: string) =>
          send(house, `/oauth/${name}`, {
            method: 'POST',
            body: new URLSearchParams({ token: 'x', client_assertion: jwt, client_assertion_type: jwtBearer }),
          }),
      ),
    ]
    for (const first of doors) {
      const jwt = await mint.key()
      expect((await first(jwt)).status).toBe(200)
      for (const again of doors) expect((await again(jwt)).json).toMatchObject({ code: 'assertion_replayed' })
    }
  })

  it('opens nothing under the client_id of somebody else', async () => {
    const heard = await ask('key', { ...client(jwtBearer)(await mint.key()), client_id: 'docs-summariser' })
    expect([heard.status, heard.json.code]).toEqual([401, 'assertion_claims'])
  })

  it('counts under its own name', async () => {
    expect((await ask('oidc', subject('id_token')(await mint.oidc()))).status).toBe(200)
    expect((await ask('key', client(jwtBearer)(await mint.key()))).status).toBe(200)
    expect((await ask('spiffe', client(jwtSpiffe)(await mint.spiffe()))).json).toMatchObject({ code: 'proof_missing' })
  })
})
