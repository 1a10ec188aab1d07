import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { createAssertionKeys, createKeyAssertion } from '../../sdk/key-assertion.ts'
import { TokenRefused } from '../../sdk/resource-server/refused.ts'
import {
  type AcceptedToken,
  createResourceServer,
  type ResourceServer,
} from '../../sdk/resource-server/resource-server.ts'
import { createTokenFetch } from '../../sdk/token-fetch.ts'
import { ROOT } from '../../tools/read-tree.ts'
import { type House, startHouse } from '../house.ts'
import {
  type Actor,
  approveIdentity,
  codeOf,
  enter,
  furnish,
  letAct,
  makeReleaser,
  makeSummariser,
  openTask,
  prepare,
  problemOf,
  readingPart,
  register,
} from './cast.ts'

const audience = 'https://api.partner.example/v1'
const drafted = 'https://api.drafted.example'
const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** How long a server of others may believe a list that was read just before, with some air. */
const patience = { interval: 250 }

/** A server of others: Node.js, the verifier, and what it found. */
interface Served {
  readonly url: string
  readonly stop: () => Promise<unknown>
}

async function serve(verifier: ResourceServer): Promise<Served> {
  const server: Server = createServer((request, response) => {
    const { authorization, dpop } = request.headers
    const shown = { method: request.method ?? '', url: `${audience}${request.url}`, authorization }
    verifier
      .accept({ ...shown, dpop: Array.isArray(dpop) ? dpop.join(', ') : dpop })
      .then((accepted) => response.end(JSON.stringify(accepted)))
      .catch((error: unknown) => {
        const refused = error instanceof TokenRefused ? error : new TokenRefused('temporarily_unavailable', 'x', error)
        response.writeHead(refused.status, { 'www-authenticate': verifier.challenge(refused) }).end(refused.message)
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
}

describe('a server of others that takes our tokens', () => {
  let house: House
  let releaser: Actor
  let summariser: Actor
  let served: Served
  let asking: Served
  const ids = { releaser: '', summariser: '' }

  beforeAll(async () => {
    house = await startHouse({
      resourceServers: [
        { resource: audience, identity: 'partner-api' },
        { resource: drafted, identity: 'drafted-api' },
      ],
    })
    await furnish(house)
    releaser = await makeReleaser(house)
    summariser = makeSummariser(house)
    ids.releaser = await register(house, releaser)
    ids.summariser = await register(house, summariser)
    await letAct(house, 'release-agent', 'docs-summariser')
    const { privateJwk, publicJwk } = await createAssertionKeys()
    const partner = makeSummariser(house, 'partner-api')
    const binding = { kind: 'key', issuer: 'self', subject: 'partner-api', claims: {}, keys: [publicJwk] } as const
    await register(house, { ...partner, binding })
    const assertion = createKeyAssertion({ name: 'partner-api', audience: house.url, privateJwk })
    served = await serve(createResourceServer({ issuer: house.url, audience }))
    const standing = { by: 'introspection', assertion } as const
    asking = await serve(createResourceServer({ issuer: house.url, audience, standing }))
  })
  afterAll(async () => {
    await Promise.all([served.stop(), asking.stop()])
    await house.end(60)
  })

  const readWith = async (at: Served, token: AccessToken, actor: Actor): Promise<string> => {
    const key = actor.key === undefined ? {} : { key: actor.key }
    // the proof is for the public address, as a proxy before the server would have it
    const send = createTokenFetch({
      token: async () => token,
      ...key,
      fetch: (url, init) => fetch(String(url).replace(audience, at.url), init),
    })
    const answer = await send(`${audience}/docs`)
    return answer.ok ? 'accepted' : `${answer.status} ${await answer.text()}`
  }
  const acceptedBy = async (at: Served, token: AccessToken): Promise<AcceptedToken> =>
    (await fetch(at.url, { headers: { authorization: `Bearer ${token.value}` } })).json() as Promise<AcceptedToken>

  it('takes one that is bound to a key, by a proof of it, and nothing else', async () => {
    const task = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 1) })
    const token = await releaser.agent.exchange(task, audience)
    expect(token.type).toBe('DPoP')
    expect(await readWith(served, token, releaser)).toBe('accepted')
    expect(await readWith(asking, token, releaser)).toBe('accepted')
    const asBearer = { ...token, type: 'Bearer' } as const
    expect(await readWith(served, asBearer, releaser)).toMatch(/^401 invalid_token/)
    expect(await codeOf(house.people.sam.client.tokens.revoke(token.value))).toBe('answered')
    expect(await readWith(asking, token, releaser)).toMatch(/^401 invalid_token: The token counts no more/)
  })

  it('sees the chain whole: who acts, for whom, and what for', async () => {
    const parent = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 2) })
    const { task } = await releaser.agent.delegate(parent, readingPart)
    const token = await summariser.agent.exchange(task.id, audience)
    expect(await acceptedBy(served, token)).toMatchObject({
      subject: ids.releaser,
      clientId: ids.summariser,
      actors: [{ issuer: house.url, subject: ids.summariser, claims: { sub_profile: 'ai_agent' } }],
      details: [{ type: 'urn:remit:task', task_id: task.id, scope: readingPart.scope }],
      boundTo: null,
    })
    await jwtVerify(token.value, createRemoteJWKSet(new URL(`${house.url}/oauth/jwks`)), {
      typ: 'at+jwt',
      issuer: house.url,
      audience,
      algorithms: ['ES256'],
    })
    await releaser.agent.complete(parent)
    expect(await readWith(asking, token, summariser)).toMatch(/^401 invalid_token/)
    await expect.poll(() => readWith(served, token, summariser), patience).toMatch(/^401 invalid_token/)
  })

  it('is written in a minute: the server of the manual does the same', async () => {
    const [, code = ''] = /```ts\n(.*?)```/s.exec(readFileSync(join(ROOT, 'docs/resource-servers.md'), 'utf8')) ?? []
    const folder = mkdtempSync(join(tmpdir(), 'remit-manual-'))
    const file = join(folder, 'server.ts')
    const placed = code.replaceAll("'../sdk/", `'${ROOT}/sdk/`).replaceAll('https://remit.example.org', house.url)
    writeFileSync(file, placed)
    const { handle } = (await import(pathToFileURL(file).href)) as { handle: (request: Request) => Promise<Response> }
    const task = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 1) })
    const token = await releaser.agent.exchange(task, audience)
    const { key } = releaser
    const send = createTokenFetch({
      token: async () => token,
      ...(key === undefined ? {} : { key }),
      fetch: (url, init) => handle(new Request(url, init)),
    })
    const answer = await send(`${audience}/docs?page=2`)
    expect([answer.status, await answer.json()]).toMatchObject([200, { acts: ids.releaser, task: [{ task_id: task }] }])
    const bare = await handle(new Request(`${audience}/docs`))
    expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    rmSync(folder, { recursive: true })
  })

  it('takes none that are for others, and theirs open no door of ours', async () => {
    const task = await openTask(house, summariser)
    for (const resource of [house.url, summariser.agent.gatewayUrl('docs')]) {
      const token = await summariser.agent.exchange(task, resource)
      expect(await readWith(served, token, summariser)).toMatch(/^401 invalid_token: The token is for another audience/)
    }
    const theirs = await summariser.agent.exchange(task, audience)
    for (const path of [`/api/v1/tasks/${task}`, '/mcp/docs', '/access/v1/evaluation']) {
      const headers = { authorization: `Bearer ${theirs.value}` }
      const answer = await fetch(`${house.url}${path}`, { headers, method: path.startsWith('/api') ? 'GET' : 'POST' })
      expect([path, answer.status]).toEqual([path, 401])
    }
  })

  it('is asked about by nobody but the identity that is named for it', async () => {
    const task = await openTask(house, summariser)
    const theirs = await summariser.agent.exchange(task, audience)
    const form = new URLSearchParams({
      token: theirs.value,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe',
      client_assertion: await releaser.assertion(),
    })
    const answer = await fetch(`${house.url}/oauth/introspect`, { method: 'POST', body: form })
    expect(await answer.json()).toEqual({ active: false })
    const ours = await summariser.agent.exchange(task, house.url)
    const forOurs = { ...ours, resource: audience }
    expect(await readWith(asking, forOurs, summariser)).toMatch(/another audience/)
  })

  it('is asked about by nobody who was not approved, or is suspended, whatever they are called', async () => {
    const { privateJwk, publicJwk } = await createAssertionKeys()
    const binding = { kind: 'key', issuer: 'self', subject: 'drafted', claims: {}, keys: [publicJwk] } as const
    await prepare(house, { ...makeSummariser(house, 'drafted-api'), binding })
    const assertion = createKeyAssertion({ name: 'drafted', audience: house.url, privateJwk })
    const token = await summariser.agent.exchange(await openTask(house, summariser), drafted)
    const ask = async (): Promise<unknown> => {
      const form = { token: token.value, client_assertion_type: jwtBearer, client_assertion: await assertion() }
      const body = new URLSearchParams(form)
      return (await fetch(`${house.url}/oauth/introspect`, { method: 'POST', body })).json()
    }
    expect(await ask()).toEqual({ active: false })
    const [{ id } = { id: '' }] = (await house.people.ada.client.identities.list({ state: 'draft' })).identities
    await approveIdentity(house, id)
    expect(await ask()).toMatchObject({ active: true, aud: drafted })
    await house.people.sam.client.identities.suspend(id, 'It looks odd')
    expect(await ask()).toEqual({ active: false })
  })

  it('hears by asking what was read since a token was made, and by a token what was read before', async () => {
    const labelsOf = async (token: AccessToken) => {
      const [told, said] = await Promise.all([acceptedBy(asking, token), acceptedBy(served, token)])
      return [told.labels['confidentiality'], said.labels['confidentiality']]
    }
    const reader = makeSummariser(house, 'partner-teller')
    await register(house, reader)
    const task = await openTask(house, reader)
    const before = await reader.agent.exchange(task, audience)
    expect(await labelsOf(before)).toEqual(['public', 'public'])
    const { gateway } = await enter(reader, task)
    await gateway.call('read_text_file', { path: 'internal/plans.md' })
    await gateway.close()
    expect(await labelsOf(before)).toEqual(['internal', 'public'])
    expect(await labelsOf(await reader.agent.exchange(task, audience))).toEqual(['internal', 'internal'])
  })

  it('hears of what is granted no more by asking, and by no token that is made after that', async () => {
    const { catalogue, identities } = house.people.ada.client
    await catalogue.classifyResource({ pattern: audience, sensitivity: 'internal' })
    const reader = makeSummariser(house, 'partner-reader')
    const scope = [{ action: 'read', resource: audience }]
    const more = reader.entitlements.map((each) => ({ ...each, scope }))
    const id = await register(house, { ...reader, entitlements: [...reader.entitlements, ...more] })
    const both = [...reader.task.scope, ...scope]
    const task = await openTask(house, reader, { scope: both })
    const before = await reader.agent.exchange(task, audience)
    const scopeOf = async (token: AccessToken) => (await acceptedBy(asking, token)).details[0]?.['scope']
    expect(await scopeOf(before)).toEqual(both)
    const { entitlements } = await identities.show(id)
    const there = entitlements.find((each) => each.scope[0]?.resource === audience)
    await identities.endEntitlement(id, there?.id ?? '', 'It reads elsewhere')
    expect(await scopeOf(before)).toEqual(reader.task.scope)
    const after = await reader.agent.exchange(task, audience)
    expect((await acceptedBy(served, after)).details).toMatchObject([{ scope: reader.task.scope }])
  })

  it('is no target for an audience that nobody configured', async () => {
    const task = await openTask(house, summariser)
    for (const resource of [`${audience}/`, 'https://api.partner.example', `${house.url}/mcp/none`])
      expect(await codeOf(summariser.agent.exchange(task, resource))).toBe('target_invalid')
  })

  it('is named in the record where it is none: whoever tries one after the other is found', async () => {
    const resource = 'https://payroll.internal.example'
    const { entry = -1 } =
      (await problemOf(summariser.agent.exchange(await openTask(house, summariser), resource))) ?? {}
    const shown = await house.people.lin.client.entries.show(entry)
    expect(shown.entry).toMatchObject({ kind: 'refusal', data: { code: 'target_invalid', target: resource } })
  })
})
