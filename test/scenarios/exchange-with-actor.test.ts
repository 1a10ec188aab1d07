import { join } from 'node:path'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { type House, startHouse } from '../house.ts'
import { actorForm, claimsOf, EXCHANGE, readingWish, typeOf } from './acting.ts'
import {
  type Actor,
  codeOf,
  connect,
  furnish,
  letAct,
  makeReleaser,
  makeSummariser,
  openTask,
  register,
  verdictOf,
} from './cast.ts'

describe('a helper that takes a part of a task by an exchange with its own proof as the actor', () => {
  let house: House
  let server: oauth.AuthorizationServer
  let relay: Actor
  let summariser: Actor
  let third: Actor
  let releaser: Actor
  let parent: string
  const ids = new Map<string, string>()
  const client: oauth.Client = { client_id: 'any' }
  const options = () => ({
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: (url: string, init: object) => house.fetch(url, init),
  })

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    relay = makeSummariser(house, 'relay')
    summariser = makeSummariser(house)
    third = makeSummariser(house, 'third')
    releaser = await makeReleaser(house)
    for (const actor of [relay, summariser, third, releaser]) ids.set(actor.name, await register(house, actor))
    await letAct(house, 'relay', 'docs-summariser')
    await letAct(house, 'docs-summariser', 'third')
    await letAct(house, 'release-agent', 'docs-summariser')
    await letAct(house, 'relay', 'release-agent')
    parent = await openTask(house, relay)
    const issuer = new URL(house.url)
    server = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options() }),
    )
  })
  afterAll(async () => {
    await house.end(60)
  })

  const ask = (form: Readonly<Record<string, string>>): Promise<Response> =>
    oauth.genericTokenEndpointRequest(server, client, oauth.None(), EXCHANGE, { ...form }, options())
  const take = async (form: Readonly<Record<string, string>>): Promise<oauth.TokenEndpointResponse> =>
    oauth.processGenericTokenEndpointResponse(server, client, await ask(form))
  const asToken = (answer: oauth.TokenEndpointResponse, resource: string): AccessToken => {
    const [details] = answer.authorization_details ?? []
    return {
      value: answer.access_token,
      type: 'Bearer',
      taskId: details?.['task_id'] as string,
      resource,
      expiresMs: Date.now() + 60_000,
      entry: 0,
    }
  }

  it('gets the task and a token in it in one request, with the chain of its delegator, whole', async () => {
    const subject = await relay.agent.apiToken(parent)
    const answer = await take(await actorForm(house, subject, summariser))
    expect(answer).toMatchObject({
      issued_token_type: typeOf('access_token'),
      token_type: 'bearer',
      authorization_details: [{ type: 'urn:remit:task', goal: readingWish.goal, scope: readingWish.scope }],
    })
    const claims = claimsOf(answer.access_token)
    expect(claims).toMatchObject({
      sub: ids.get('relay'),
      client_id: ids.get('docs-summariser'),
      act: { iss: house.url, sub: ids.get('docs-summariser'), sub_profile: 'ai_agent' },
      chain: [{ name: 'relay', task: parent }, { name: 'docs-summariser' }],
    })
    const { task } = await house.people.lin.client.tasks.show(asToken(answer, '').taskId)
    expect(task).toMatchObject({ parentId: parent, state: 'active', takenBy: { issuers: [house.issuer.url] } })
    expect(task.bindingId).not.toBeNull()
    const gateway = await connect(summariser, asToken(answer, `${house.url}/mcp/docs`))
    const at = (name: string): string => join(house.documents, name)
    expect(verdictOf(await gateway.call('read_text_file', { path: at('internal/plans.md') }))).toBe('permitted')
    expect(verdictOf(await gateway.call('read_text_file', { path: at('public/handbook.md') }))).toBe('scope_exceeded')
    await gateway.close()
  })

  it('hands on in turn, each hop on the one before, verbatim, and all of it falls with the first', async () => {
    const root = await openTask(house, relay)
    const first = await take(
      await actorForm(house, await relay.agent.apiToken(root), summariser, { resource: house.url }),
    )
    const short = JSON.stringify([{ ...readingWish, life_seconds: 300 }])
    const second = await take(
      await actorForm(house, { value: first.access_token }, third, { authorization_details: short }),
    )
    const [outer, inner] = [second, first].map((answer) => claimsOf(answer.access_token))
    expect(outer?.['act']).toEqual({
      iss: house.url,
      sub: ids.get('third'),
      sub_profile: 'ai_agent',
      act: inner?.['act'],
    })
    expect(outer?.['sub']).toBe(ids.get('relay'))
    const { tokens } = house.people.lin.client
    expect(await tokens.introspect(second.access_token)).toMatchObject({ active: true, act: outer?.['act'] as object })
    await relay.agent.complete(root)
    for (const { access_token: token } of [first, second])
      expect(await tokens.introspect(token)).toEqual({ active: false })
  })

  it('is one call for each side with the SDK, of a token that is bound to a key too', async () => {
    const { type: _, life_seconds: lifeSeconds, ...wish } = readingWish
    const bound = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 2) })
    for (const [from, task] of [
      [relay, parent],
      [releaser, bound],
    ] as const) {
      const handed = await from.agent.handOver(task)
      const token = await summariser.agent.takePart(handed, { ...wish, lifeSeconds }, `${house.url}/mcp/docs`)
      expect(claimsOf(token.value)).toMatchObject({ sub: ids.get(from.name), client_id: ids.get('docs-summariser') })
      const { task: child } = await house.people.lin.client.tasks.show(token.taskId)
      expect(child).toMatchObject({ parentId: task })
    }
  })

  it('gets what the task has left where it says no budget, by exchange, at the address of delegations and with the SDK', async () => {
    const { type: _, life_seconds: lifeSeconds, budget: __, ...wish } = readingWish
    const task = await openTask(house, relay, { budget: { callsMax: 7, writesMax: 0, bytesMax: 5_000 } })
    const left = { callsMax: 7, writesMax: 0, bytesMax: 5_000 }
    const details = JSON.stringify([{ ...readingWish, budget: undefined }])
    const subject = await relay.agent.apiToken(task)
    const taken = asToken(
      await take(await actorForm(house, subject, summariser, { authorization_details: details })),
      '',
    )
    const handed = await relay.agent.handOver(task)
    const token = await summariser.agent.takePart(handed, { ...wish, lifeSeconds }, `${house.url}/mcp/docs`)
    const { task: third } = await relay.agent.delegate(task, { to: 'docs-summariser', ...wish, lifeSeconds })
    for (const id of [taken.taskId, token.taskId, third.id])
      expect((await house.people.lin.client.tasks.show(id)).task.budget).toEqual(left)
  })

  it('takes a token that is bound to a key with a proof of that key, made for this by who hands on', async () => {
    const task = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 2) })
    const subject = await releaser.agent.apiToken(task)
    const proof = await releaser.key?.prove('POST', `${house.url}/oauth/token`, subject.value)
    const answer = await take(await actorForm(house, subject, summariser, { subject_token_proof: proof ?? '' }))
    expect(claimsOf(answer.access_token)).toMatchObject({ sub: ids.get('release-agent') })
    expect(claimsOf(answer.access_token)).not.toHaveProperty('cnf')
  })

  it('waits for a person where its tier asks for one, and is told for which task', async () => {
    const subject = await relay.agent.apiToken(parent)
    const wish = { ...readingWish, life_seconds: 300 }
    const form = await actorForm(house, subject, releaser, { authorization_details: JSON.stringify([wish]) })
    const dpop = await releaser.key?.prove('POST', `${house.url}/oauth/token`)
    const send = (more: object, headers: object): Promise<Response> =>
      house.fetch(`${house.url}/oauth/token`, {
        method: 'POST',
        headers: { ...headers },
        body: new URLSearchParams({ grant_type: EXCHANGE, ...form, ...more }),
      })
    const first = await send({}, { dpop })
    const nonce = first.headers.get('dpop-nonce') ?? ''
    const again = await releaser.key?.prove('POST', `${house.url}/oauth/token`, undefined, nonce)
    const answer = await send({}, { dpop: again })
    const said = (await answer.json()) as { readonly error: string; readonly task_id: string }
    expect([answer.status, said.error]).toEqual([400, 'authorization_pending'])
    expect(await codeOf(releaser.agent.exchange(said.task_id, releaser.agent.gatewayUrl('docs')))).toBe(
      'approval_required',
    )
    const { task } = await house.people.lin.client.tasks.show(said.task_id)
    await house.people.lin.client.approvals.vote(task.approvalId ?? '', 'approve', 'It is planned')
    const token = await releaser.agent.exchange(said.task_id, releaser.agent.gatewayUrl('docs'))
    expect(claimsOf(token.value)).toMatchObject({ sub: ids.get('relay'), cnf: { jkt: releaser.key?.thumbprint } })
  })

  it('leaves no task behind where no token can be made in it', async () => {
    const weak = makeSummariser(house, 'weak')
    const id = await register(house, weak)
    await letAct(house, 'relay', 'weak', { minStrength: 'key-bound' })
    const subject = await relay.agent.apiToken(parent)
    const living = async (): Promise<readonly string[]> => {
      const { tasks } = await house.people.lin.client.tasks.list({ identity: id })
      return tasks.filter(({ state }) => ['active', 'waiting'].includes(state)).map((task) => task.id)
    }
    const { length } = (await house.people.lin.client.tasks.list({ identity: id })).tasks
    await expect(take(await actorForm(house, subject, weak))).rejects.toMatchObject({ error: 'invalid_grant' })
    expect(await living()).toEqual([])
    // nothing is opened at all for a target that nobody knows
    const elsewhere = await actorForm(house, subject, weak, { resource: 'https://elsewhere.example' })
    await expect(take(elsewhere)).rejects.toMatchObject({ error: 'invalid_target' })
    expect((await house.people.lin.client.tasks.list({ identity: id })).tasks).toHaveLength(length + 1)
  })

  it('reads what it may say from the metadata (OAuth RAR Metadata), and is held to just that', async () => {
    const url = server['authorization_details_types_metadata_endpoint'] as string
    const { authorization_details_types_metadata: told } = (await (await house.fetch(url)).json()) as {
      readonly authorization_details_types_metadata: Readonly<Record<string, { readonly schema: object }>>
    }
    expect(Object.keys(told)).toEqual(server.authorization_details_types_supported)
    expect(told['urn:remit:task-wish']?.schema).toMatchObject({
      type: 'object',
      properties: { type: { const: 'urn:remit:task-wish' }, life_seconds: { type: 'integer' } },
      required: expect.arrayContaining(['type', 'goal', 'scope', 'ceiling', 'life_seconds']),
      additionalProperties: false,
    })
  })
})
