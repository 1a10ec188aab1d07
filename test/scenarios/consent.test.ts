import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectGateway } from '../../cli/demo/gateway.ts'
import { readPackLines } from '../../sdk/pack-lines.ts'
import { createTokenFetch } from '../../sdk/token-fetch.ts'
import { verifyPack } from '../../sdk/verify-pack.ts'
import { openBrowser, readForm } from '../consent/browser.ts'
import { allow, BACK, type ConsentCast, castConsent, codeIn, makeRequest, redeem } from '../consent/cast.ts'
import { type House, startHouse } from '../house.ts'
import { furnish, verdictOf } from './cast.ts'

describe('a person who lets an application act on their behalf', () => {
  let house: House
  let cast: ConsentCast

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    cast = await castConsent(house)
  })
  afterAll(async () => {
    await house.end(40)
  })

  const livingTasks = async (): Promise<number> =>
    (await house.people.ada.client.tasks.list({ identity: cast.identityId, state: 'living' })).tasks.length

  it('is led to sign-in and back to the same question, and nowhere else', async () => {
    const browser = openBrowser(house, null)
    const { url, query } = makeRequest(house, cast.clientId)
    const asked = await browser.visit(url)
    expect(asked.page).toContain('one-time sign-in link')
    expect(asked.page).not.toContain(cast.clientId.toUpperCase())
    const { link } = await house.people.ada.client.people.link(cast.zoe.id)
    const back = await browser.send('/oauth/sign-in', { ...readForm(asked.page), link })
    expect([back.status, back.location?.pathname]).toEqual([303, '/oauth/authorize'])
    expect(Object.fromEntries(back.location?.searchParams ?? [])).toEqual(query)
    expect((await browser.visit(back.location?.href ?? '')).page).toContain('May <code>reading-app</code> act for you')
  })

  it('reads in plain words who asks, what it could do, on what, how often, until when, and what it could not', async () => {
    const { page, headers } = await openBrowser(house, cast.zoe).visit(makeRequest(house, cast.clientId).url)
    const words = page.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ')
    for (const sentence of [
      'May reading-app act for you at docs?',
      'You are Zoe. Who asks is the application reading-app.',
      'The answer goes to app.example.',
      'Read with read_text_file on docs:public/….',
      'Internal data at most: nothing confidential, nothing restricted.',
      'At most 1000 calls.',
      'For at most 15 minutes1 hour4 hours8 hours',
      'Use write_file: the purpose does not cover it.',
      'Be you: it acts in its own name, and each call stands in the log.',
    ])
      expect(words).toContain(sentence)
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' https:\/\/app\.example$/,
    )
    expect(headers.get('x-frame-options')).toBe('DENY')
  })

  it('is told what there is nothing of, how to come by it, and where that is on record', async () => {
    const { status, page } = await openBrowser(house, house.people.grace).visit(makeRequest(house, cast.clientId).url)
    expect([status, page.includes('read_text_file: you have no right to it yourself')]).toEqual([403, true])
    expect(page).toContain('Ask an administrator for a right to it: remit person entitle gives one.')
    expect(page).toMatch(/It stands in the log, entry \d+\./)
  })

  it('is told who can review the tools of a server of which nobody has reviewed any', async () => {
    const client = await castConsent(house, { name: 'jobs-app', server: 'everything' })
    const resource = `${house.url}/mcp/everything`
    const asked = makeRequest(house, client.clientId, { resource })
    const { status, page } = await openBrowser(house, client.zoe).visit(asked.url)
    expect([status, page.includes('No tool of it was reviewed.')]).toEqual([403, true])
    expect(page).toContain(
      'Ask an administrator to review what it offers: remit tool list shows it, remit tool classify',
    )
  })

  it('says yes, and the application gets a token with a client that we did not write', async () => {
    const insecure = { [oauth.allowInsecureRequests]: true } as const
    const withFetch = { ...insecure, [oauth.customFetch]: (url: string, init: object) => house.fetch(url, init) }
    const issuer = new URL(house.url)
    const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...withFetch })
    const server = await oauth.processDiscoveryResponse(issuer, found)
    expect(server.code_challenge_methods_supported).toEqual(['S256'])
    const client: oauth.Client = { client_id: cast.clientId }
    const request = makeRequest(house, cast.clientId, { state: 'xyz' })
    expect(request.url.startsWith(server.authorization_endpoint ?? 'none')).toBe(true)
    const { location } = await allow(house, cast.zoe, request)
    const answer = oauth.validateAuthResponse(server, client, location ?? new URL(BACK), 'xyz')
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      answer,
      BACK,
      request.verifier,
      { ...withFetch, additionalParameters: { resource: `${house.url}/mcp/docs` } },
    )
    const token = await oauth.processAuthorizationCodeResponse(server, client, response)
    expect(token).toMatchObject({ token_type: 'bearer', scope: 'read' })
    const value = { value: token.access_token, type: 'Bearer', resource: `${house.url}/mcp/docs` } as const
    const gateway = await connectGateway(
      `${house.url}/mcp/docs`,
      'reading-app',
      createTokenFetch({ token: async () => ({ ...value, expiresMs: Number.MAX_SAFE_INTEGER }) as never }),
    )
    expect(verdictOf(await gateway.call('read_text_file', { path: 'public/handbook.md' }))).toBe('permitted')
    expect(verdictOf(await gateway.call('read_text_file', { path: 'internal/plans.md' }))).toBe('scope_exceeded')
    await gateway.close()
    const told = await house.people.lin.client.tokens.introspect(token.access_token)
    expect(told).toMatchObject({
      active: true,
      authorization_details: [{ on_behalf_of: cast.zoe.id, ceiling: 'internal' }],
    })
  })

  it('takes tools out, and chooses for how long', async () => {
    const { page } = await openBrowser(house, cast.zoe).visit(
      makeRequest(house, cast.clientId, { prompt: 'consent' }).url,
    )
    expect(readForm(page)).toMatchObject({ tool_0: 'docs/read_text_file', life: '3600' })
    const none = await allow(house, cast.zoe, makeRequest(house, cast.clientId, { prompt: 'consent' }), (form) => {
      const { tool_0: _, ...rest } = form
      return { ...rest, life: '900' }
    })
    expect([none.status, none.page.includes('Choose at least one of the tools')]).toEqual([400, true])
    // who hears the page notices that it is another one than before, and why
    expect(none.page).toContain('<title>Once more: may reading-app act for you? · Remit</title>')
    expect(none.page).toContain('<p class="warning" role="alert">Choose at least one of the tools')
    expect(none.page).toContain('name="tool_0"') // the question again, to be answered there, as they had left it
    expect(readForm(none.page)).not.toHaveProperty('tool_0')
    expect(readForm(none.page)).toMatchObject({ life: '900' })
    const request = makeRequest(house, cast.clientId, { state: 'short', prompt: 'consent' })
    const { body } = await redeem(house, {
      client_id: cast.clientId,
      code: codeIn(await allow(house, cast.zoe, request, (form) => ({ ...form, life: '900' }))),
      code_verifier: request.verifier,
      redirect_uri: BACK,
    })
    const [details] = body['authorization_details'] as [{ readonly task_id: string }]
    const { task } = await house.people.ada.client.tasks.show(details.task_id)
    expect(task.endsMs - task.createdMs).toBe(900_000)
    expect(task).toMatchObject({
      bindingId: cast.bindingId,
      onBehalfOf: cast.zoe.id,
      scope: [{ action: 'docs/read_text_file', resource: 'docs:public/*' }],
    })
  })

  it('clicks twice, at once or once more, and has opened one task; each answer brings a good code of its own', async () => {
    const request = makeRequest(house, cast.clientId, { prompt: 'consent' })
    const browser = openBrowser(house, cast.zoe)
    const form = { ...readForm((await browser.visit(request.url)).page), decision: 'allow' }
    const send = (life = '3600') => browser.send('/oauth/authorize', { ...form, life })
    const before = await livingTasks()
    const answers = [...(await Promise.all([send(), send(), send()])), await send()]
    expect(new Set(answers.map(codeIn))).toHaveLength(4)
    const proof = { client_id: cast.clientId, code_verifier: request.verifier, redirect_uri: BACK }
    const redeemed = await Promise.all(answers.map((each) => redeem(house, { ...proof, code: codeIn(each) })))
    const tasks = redeemed.map(
      ({ body }) => (body['authorization_details'] as [{ readonly task_id: string }])[0].task_id,
    )
    expect([new Set(tasks).size, await livingTasks()]).toEqual([1, before + 1])
    // another answer is another task
    await send('900')
    expect(await livingTasks()).toBe(before + 2)
  })

  it('says no, and the application hears that, with its state and who answers', async () => {
    const browser = openBrowser(house, cast.zoe)
    const { page } = await browser.visit(makeRequest(house, cast.clientId, { state: 'no', prompt: 'consent' }).url)
    const { status, location } = await browser.send('/oauth/authorize', { ...readForm(page), decision: 'deny' })
    expect([status, location?.origin, location?.pathname]).toEqual([303, 'https://app.example', '/back'])
    expect(Object.fromEntries(location?.searchParams ?? [])).toMatchObject({
      error: 'access_denied',
      state: 'no',
      iss: house.url,
    })
  })

  it('is not asked again for the same while the task lives, except where the answer goes to this machine', async () => {
    const again = await openBrowser(house, cast.zoe).visit(makeRequest(house, cast.clientId).url)
    expect([again.status, again.location?.searchParams.get('iss')]).toEqual([303, house.url])
    const loopback = { redirect_uri: 'http://127.0.0.1:51515/back' }
    const { location } = await allow(house, cast.zoe, makeRequest(house, cast.clientId, loopback))
    expect(location?.origin).toBe('http://127.0.0.1:51515')
    const asked = await openBrowser(house, cast.zoe).visit(makeRequest(house, cast.clientId, loopback).url)
    expect([asked.status, asked.page.includes('Any program here could have asked')]).toEqual([200, true])
  })

  it('opens no other task by the same answer once its task has ended, also after a restart', async () => {
    const request = makeRequest(house, cast.clientId, { prompt: 'consent' })
    const browser = openBrowser(house, cast.zoe)
    const form = { ...readForm((await browser.visit(request.url)).page), decision: 'allow' }
    const send = () => browser.send('/oauth/authorize', form)
    const redeemAt = async (code: string) => {
      const shown = { client_id: cast.clientId, code, code_verifier: request.verifier, redirect_uri: BACK }
      const { body } = await redeem(house, shown)
      return (body['authorization_details'] as [{ readonly task_id: string }])[0].task_id
    }
    const taskId = await redeemAt(codeIn(await send()))
    await house.stop()
    await house.start()
    expect(await redeemAt(codeIn(await send()))).toBe(taskId)
    await house.people.ada.client.tasks.revoke(taskId, 'enough')
    const before = await livingTasks()
    const { status, page } = await send()
    expect([status, page.includes('The task is revoked. Begin again'), await livingTasks()]).toEqual([
      403,
      true,
      before,
    ])
  })

  it('finds all of it in the log, which the offline verifier accepts', async () => {
    const kinds: string[] = []
    for (let from: number | null = 0; from !== null; ) {
      const part = await house.people.lin.client.entries.list({ from })
      kinds.push(...part.entries.map(({ entry }) => entry.kind))
      from = part.next
    }
    for (const kind of ['code.issued', 'consent.refused', 'credential.issued']) expect(kinds).toContain(kind)
    const { client } = house.people.lin
    const report = await verifyPack(readPackLines(await client.evidence.pack()), await client.log.key())
    expect(report).toMatchObject({ ok: true, whole: true, failures: [] })
  })
})
