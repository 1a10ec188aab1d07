import { join } from 'node:path'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AcrossCast, castAcross, ZOE } from '../across/cast.ts'
import { claimsOf, EXCHANGE, typeOf } from './acting.ts'
import { type Actor, codeOf, connect, makeReleaser, makeSummariser, register, verdictOf } from './cast.ts'

const scope = [{ action: 'docs/read_text_file', resource: 'docs:public/*' }]
const wish = {
  type: 'urn:remit:task-wish',
  goal: 'Read the handbook to me',
  ticket: 'HR-7',
  scope,
  ceiling: 'public',
  life_seconds: 600,
}
const letting = { scope, classes: ['read'], ceiling: 'public', depthMax: 0, reason: 'It reads to me', days: 7 } as const

describe('an agent that acts for a person for whom their identity provider vouches', () => {
  let cast: AcrossCast
  let server: oauth.AuthorizationServer
  let agent: Actor
  let id: string
  const client: oauth.Client = { client_id: 'any' }
  const options = () => ({
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: (url: string, init: object) => cast.house.fetch(url, init),
  })

  beforeAll(async () => {
    cast = await castAcross()
    agent = makeSummariser(cast.house)
    id = await register(cast.house, agent)
    const issuer = new URL(cast.house.url)
    server = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...options() }),
    )
  })
  afterAll(async () => {
    await cast.end()
  })

  const idToken = (): Promise<string> => cast.idp.mint({ sub: ZOE, aud: cast.house.url, nonce: 'n' })
  async function take(more: Readonly<Record<string, string>> = {}): Promise<oauth.TokenEndpointResponse> {
    const parameters = {
      subject_token: await idToken(),
      subject_token_type: typeOf('id_token'),
      actor_token: await agent.assertion(),
      actor_token_type: typeOf('jwt'),
      resource: `${cast.house.url}/mcp/docs`,
      authorization_details: JSON.stringify([wish]),
      ...more,
    }
    const answer = await oauth.genericTokenEndpointRequest(
      server,
      client,
      oauth.None(),
      EXCHANGE,
      parameters,
      options(),
    )
    return await oauth.processGenericTokenEndpointResponse(server, client, answer)
  }

  it('gets nothing before the person has let it, whatever token it has of them', async () => {
    await expect(take()).rejects.toMatchObject({ error: 'actor_unauthorized' })
  })

  it('gets a task and a token in it, inside what both may do, and stays itself', async () => {
    const { grant, cautions } = await cast.zoe.client.acting.let({ to: agent.name, ...letting })
    expect(cautions).toEqual([])
    const { lin } = cast.house.people
    const without = await lin.client.acting.let({ to: agent.name, ...letting })
    expect(without.cautions).toEqual([expect.stringContaining('no right to anything yourself')])
    const answer = await take()
    expect(answer).toMatchObject({
      issued_token_type: typeOf('access_token'),
      authorization_details: [{ type: 'urn:remit:task', on_behalf_of: cast.zoe.id, goal: wish.goal, ticket: 'HR-7' }],
    })
    expect(claimsOf(answer.access_token)).toMatchObject({ sub: id, client_id: id })
    expect(claimsOf(answer.access_token)).not.toHaveProperty('act')
    const taskId = answer.authorization_details?.[0]?.['task_id'] as string
    const { task } = await cast.house.people.lin.client.tasks.show(taskId)
    expect(task).toMatchObject({ onBehalfOf: cast.zoe.id, grantId: grant.id, state: 'active', delegationDepthLeft: 0 })
    const resource = `${cast.house.url}/mcp/docs`
    const token = {
      value: answer.access_token,
      type: 'Bearer',
      taskId,
      resource,
      expiresMs: Infinity,
      entry: 0,
    } as const
    const gateway = await connect(agent, token)
    const path = join(cast.house.documents, 'public/handbook.md')
    expect(verdictOf(await gateway.call('read_text_file', { path }))).toBe('permitted')
    await gateway.close()
    // she sees it, and ends it
    expect((await cast.zoe.client.acting.list()).tasks.map((row) => row.id)).toContain(taskId)
    await cast.zoe.client.acting.end(taskId, 'I read it myself')
    expect(await cast.house.people.lin.client.tokens.introspect(answer.access_token)).toEqual({ active: false })
  })

  it('does what the person may do and has let it, and no more', async () => {
    const wider = (more: object): Record<string, string> => ({
      authorization_details: JSON.stringify([{ ...wish, ...more }]),
    })
    // she may read what is public, and it is entitled to more than that
    await cast.zoe.client.acting.let({
      ...letting,
      to: agent.name,
      scope: [{ action: 'docs/*', resource: 'docs:*' }],
      ceiling: 'internal',
    })
    const internal = { scope: [{ action: 'docs/read_text_file', resource: 'docs:internal/*' }], ceiling: 'internal' }
    await expect(take(wider(internal))).rejects.toMatchObject({ error: 'invalid_scope' })
    await expect(take(wider({ purpose: 'publish' }))).rejects.toMatchObject({ error: 'access_denied' })
    await expect(take(wider({ life_seconds: 8 * 3_600 }))).resolves.toMatchObject({ token_type: 'bearer' })
  })

  it('waits for whoever approves where its tier asks for that', async () => {
    const releaser = await makeReleaser(cast.house)
    await register(cast.house, releaser)
    await cast.zoe.client.acting.let({ to: releaser.name, ...letting })
    const form = {
      grant_type: EXCHANGE,
      subject_token: await idToken(),
      subject_token_type: typeOf('id_token'),
      actor_token: await releaser.assertion(),
      actor_token_type: typeOf('jwt'),
      resource: `${cast.house.url}/mcp/docs`,
      authorization_details: JSON.stringify([wish]),
    }
    const ask = async (nonce?: string): Promise<Response> =>
      cast.house.fetch(`${cast.house.url}/oauth/token`, {
        method: 'POST',
        headers: { dpop: (await releaser.key?.prove('POST', `${cast.house.url}/oauth/token`, undefined, nonce)) ?? '' },
        body: new URLSearchParams(form),
      })
    const answer = await ask((await ask()).headers.get('dpop-nonce') ?? '')
    const said = (await answer.json()) as { readonly error: string; readonly task_id: string }
    expect(said.error).toBe('authorization_pending')
    const { task } = await cast.house.people.lin.client.tasks.show(said.task_id)
    await cast.house.people.lin.client.approvals.vote(task.approvalId ?? '', 'approve', 'She asked for it')
    const token = await releaser.agent.exchange(said.task_id, releaser.agent.gatewayUrl('docs'))
    expect(claimsOf(token.value)).toMatchObject({
      cnf: { jkt: releaser.key?.thumbprint },
      authorization_details: [{ on_behalf_of: cast.zoe.id }],
    })
  })

  it('acts no more, with all that it did, once the person lets it no longer', async () => {
    const { grants } = await cast.zoe.client.acting.grants()
    const answer = await take()
    for (const grant of grants.filter((row) => row.to === id && row.state === 'granted'))
      await cast.zoe.client.acting.endLet(grant.id, 'It is enough')
    expect(await cast.house.people.lin.client.tokens.introspect(answer.access_token)).toEqual({ active: false })
    await expect(take()).rejects.toMatchObject({ error: 'actor_unauthorized' })
    const living = (await cast.zoe.client.acting.list()).tasks.filter((task) => task.identityId === id)
    expect(living).toEqual([])
    expect(await codeOf(cast.zoe.client.acting.endLet(grants[0]?.id ?? '', 'Again'))).toBe('not_found')
  })
})
