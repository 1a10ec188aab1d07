import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Fetch } from '../../sdk/call.ts'
import { createClient } from '../../sdk/client.ts'
import { checkConfig } from '../../src/config.ts'
import { type Running, serve } from '../../src/main.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import { type RawAnswer, sendRaw } from '../http/raw.ts'
import { CASES, type Case, CERTIFICATION, publishDomain } from './certification.ts'

describe('the certification scenario of AuthZEN 1.0, in a domain published from files', () => {
  let house: House

  beforeAll(async () => {
    house = await startHouse()
    await publishDomain(house, 'records', CERTIFICATION)
  })
  afterAll(async () => {
    await house.end(CASES.length)
  })

  const send = ({ api, body, contentType = 'application/json' }: Case, more: object = {}): Promise<RawAnswer> =>
    sendRaw(house.url, {
      method: 'POST',
      path: `/access/v1/domains/records/${api}`,
      headers: {
        authorization: `Bearer ${house.people.lin.session}`,
        'content-type': contentType,
        'x-request-id': 'certification-7',
        ...more,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })

  const rows = CASES.map((each) => [each.section, each.level, each.api, each] as const)

  it.each(rows)('%s (%s, %s) is answered as it asks', async (_section, _level, _api, each) => {
    const { status, headers, json, text } = await send(each)
    expect([status, headers.get('content-type')?.split(';', 1)[0], headers.get('x-request-id')]).toEqual([
      each.status,
      'application/json',
      'certification-7',
    ])
    if (each.status === 400) expect(typeof JSON.parse(text)).toBe('string')
    if (each.decisions !== undefined) {
      const said = decisionsOf(json)
      expect(said.map((decision, at) => (each.decisions?.[at] === null ? null : decision))).toEqual(each.decisions)
    }
    if (each.among === undefined) return
    const found = namesOf(json)
    for (const name of each.among) expect(found).toContain(name)
    if (each.only === true) expect(found).toEqual(each.among)
  })

  it('2.5.2: it needs no request id', async () => {
    const [first] = CASES
    if (first === undefined) throw new Error('there are no cases')
    expect((await send(first, { 'x-request-id': '' })).status).toBe(200)
  })

  it('2.6: it answers the same each time', async () => {
    const [, denied] = CASES
    if (denied === undefined) throw new Error('there are no cases')
    for (let times = 0; times < 5; times += 1) expect((await send(denied)).json['decision']).toBe(false)
  })

  it('4.5.2: it goes on where a page ended, whatever the limit was, and says when it ends', async () => {
    const body = {
      subject: { type: 'user' },
      action: { name: 'read' },
      resource: { type: 'record', id: 'record-1' },
    }
    const page = { ...CASES[0], api: 'search/subject', status: 200, section: '', level: '' } as const
    const first = await send({ ...page, body: { ...body, page: { limit: 1 } } })
    const { next_token: token } = first.json['page'] as { next_token: string }
    expect([namesOf(first.json), token.length > 0]).toEqual([['alice'], true])
    const second = await send({ ...page, body: { ...body, page: { token } } })
    expect([namesOf(second.json), second.json['page']]).toEqual([['bob'], { next_token: '', count: 1 }])
  })

  it('has as many cases as the scenario has, at every level', () => {
    const levels = [...new Set(CASES.map(({ level }) => level))].sort()
    expect(levels).toEqual([
      'Basic Core',
      'Basic Properties',
      'Batch Core',
      'Batch Properties',
      'Error rules',
      'Search Core',
      'Search Properties',
    ])
    expect(CASES.length).toBeGreaterThanOrEqual(59)
  })
})

function decisionsOf(json: Readonly<Record<string, unknown>>): readonly unknown[] {
  const { evaluations } = json
  if (!Array.isArray(evaluations)) return [json['decision']]
  return evaluations.map((each: { readonly decision: unknown }) => each.decision)
}

function namesOf(json: Readonly<Record<string, unknown>>): readonly unknown[] {
  const results = json['results'] as readonly { readonly id?: string; readonly name?: string }[]
  return results.map(({ id, name }) => id ?? name)
}

describe('6: discovery, which needs TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'remit-authzen-'))
  let running: Running
  let send: Fetch

  beforeAll(async () => {
    const address = { host: '127.0.0.1', port: 0 }
    running = await serve(checkConfig({ address, dataDir: join(folder, 'data'), devTls: true }, folder))
    send = fetchTrusting(readFileSync(join(folder, 'data', 'dev-tls', 'ca.crt'), 'utf8'))
    const { url, firstLink } = running
    const signIn = async (link: string): Promise<Pick<Somebody, 'id' | 'client'>> => {
      const { person, session } = await createClient({ baseUrl: url, fetch: send }).sessions.open(link)
      return { id: person.id, client: createClient({ baseUrl: url, session, fetch: send }) }
    }
    const ada = await signIn(firstLink ?? '')
    const invite = async (name: string): Promise<Pick<Somebody, 'id' | 'client'>> =>
      signIn((await ada.client.people.add({ name, email: `${name}@example.org`, roles: ['approver'] })).link)
    await publishDomain(
      { people: { ada, grace: await invite('grace'), lin: await invite('lin') } },
      'records',
      CERTIFICATION,
    )
  })
  afterAll(async () => {
    await running.stop()
    rmSync(folder, { recursive: true })
  })

  it.each([
    ['the domain', '/records', '/domains/records'],
    ['the house itself', '', ''],
  ])('says where %s decides, under the identifier that it was looked up by', async (_, name, part) => {
    const { url } = running
    const answer = await send(`${url}/.well-known/authzen-configuration${name}`, { method: 'GET' })
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      expect.stringMatching(/^application\/json/),
      expect.stringMatching(/max-age=[1-9]/),
    ])
    const base = `${url}/access/v1${part}`
    expect(url).toMatch(/^https:/)
    expect(await answer.json()).toMatchObject({
      policy_decision_point: `${url}${name}`,
      access_evaluation_endpoint: `${base}/evaluation`,
      access_evaluations_endpoint: `${base}/evaluations`,
      search_subject_endpoint: `${base}/search/subject`,
      search_resource_endpoint: `${base}/search/resource`,
      search_action_endpoint: `${base}/search/action`,
    })
  })

  it('tells nobody which domains there are: a name that none has is described too, and what can be no name is not', async () => {
    expect((await send(`${running.url}/.well-known/authzen-configuration/other`, { method: 'GET' })).status).toBe(200)
    for (const name of ['remit', 'Other', '..%2f', '%00'])
      expect((await send(`${running.url}/.well-known/authzen-configuration/${name}`, { method: 'GET' })).status).toBe(
        404,
      )
  })
})

/** A fetch that trusts one authority alone. */
function fetchTrusting(ca: string): Fetch {
  return (url, { method = 'GET', headers, body }) =>
    new Promise((resolve, reject) => {
      const sent = { ca, agent: false, method, headers: Object.fromEntries(new Headers(headers)) }
      const asked = request(url, sent, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('end', () => {
          const answered = new Headers(response.headers as Record<string, string>)
          resolve(new Response(Buffer.concat(chunks), { status: response.statusCode ?? 0, headers: answered }))
        })
      })
      asked.once('error', reject)
      asked.end(typeof body === 'string' ? body : undefined)
    })
}
