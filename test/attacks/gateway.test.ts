import { mkdirSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { createUpstreams } from '../../src/enforce/upstream.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { markRecorded } from '../../src/record/recorded.ts'
import { type House, startHouse } from '../house.ts'
import { makeHouse, type TestHouse } from '../mcp/cast.ts'
import { faultyServer, setStage, stdioRow } from '../mcp/stage.ts'
import { type Actor, enter, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
import { callTool, encode, forge, type Heard, post, send, verdictOn } from './intruder.ts'

let house: House
let actor: Actor
let token: AccessToken

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  actor = makeSummariser(house)
  await register(house, actor)
  token = await newToken({ callsMax: 1_000, writesMax: 0, bytesMax: 1_000_000 })
})

afterAll(async () => void (await house.end()))

async function newToken(budget: Actor['task']['budget']): Promise<AccessToken> {
  const { token: fresh, gateway } = await enter(actor, await openTask(house, actor, { budget }))
  await gateway.close()
  return fresh
}

const read = (args: string, at = token): Promise<Heard> =>
  callTool(house, at, `{"name":"read_text_file","arguments":${args}}`)

describe('a file above the ceiling is not read', () => {
  const tricks = (root: string): readonly (readonly [string, unknown])[] => [
    ['plainly', 'confidential/salaries.csv'],
    ['by its absolute path', `${root}/confidential/salaries.csv`],
    ['by climbing', 'public/../confidential/salaries.csv'],
    ['by climbing absolutely', `${root}/public/../confidential/salaries.csv`],
    ['by climbing out and back', `${root}/../documents/confidential/salaries.csv`],
    ['by doubled slashes', `${root}//public//..//confidential//salaries.csv`],
    ['by percent code', 'public/%2e%2e/confidential/salaries.csv'],
    ['by percent code twice', 'public/%252e%252e/confidential/salaries.csv'],
    ['by a backslash', 'public\\..\\confidential\\salaries.csv'],
    ['by a NUL', 'confidential/salaries.csv\0/public/x'],
    ['by another case', 'Confidential/salaries.csv'],
    ['by a slash at its end', 'confidential/salaries.csv/'],
    ['by a dot at its end', 'confidential/salaries.csv/.'],
    ['by a space before', ' confidential/salaries.csv'],
    ['by a quotation mark', '"confidential/salaries.csv"'],
    ['by the home sign', `~${root}/confidential/salaries.csv`],
    ['by a scheme', `file://${root}/confidential/salaries.csv`],
    ['by a list', ['public/handbook.md', 'confidential/salaries.csv']],
    ['by a list in a list', [['confidential/salaries.csv']]],
    ['by an object', { toString: 'public/handbook.md', path: 'confidential/salaries.csv' }],
    ['by full-width letters', 'ｃonfidential/salaries.csv'],
    ['by a zero-width space', 'public\u200b/../confidential/salaries.csv'],
    ['by a turned direction', '\u202econfidential/salaries.csv'],
    ['through the folder of the process', '/proc/self/cwd/confidential/salaries.csv'],
  ]
  it.each(tricks('ROOT').map(([name]) => name))('%s', async (name) => {
    const path = new Map(tricks(house.documents)).get(name)
    const heard = await read(JSON.stringify({ path }))
    expect(heard.text).not.toContain('ada,1')
    expect(verdictOn(heard)).not.toBe('permitted')
  })

  it('by an argument that is named twice, or in the prototype', async () => {
    const [open, shut] = ['public/handbook.md', 'confidential/salaries.csv'].map((name) =>
      JSON.stringify(`${house.documents}/${name}`),
    )
    for (const args of [
      `{"path":${open},"path":${shut}}`,
      `{"path":${shut},"path":${open}}`,
      `{"path":${open},"__proto__":{"path":${shut}}}`,
      `{"__proto__":{"path":${open}},"path":${shut}}`,
      `{"path":${open},"\\u0070ath":${shut}}`,
    ]) {
      const heard = await read(args)
      expect(heard.text).not.toContain('ada,1')
    }
  })

  it('by a symbolic link in an open folder, to a file or to a folder, to read or to write', async () => {
    symlinkSync('../confidential/salaries.csv', `${house.documents}/public/link.csv`)
    symlinkSync('../confidential', `${house.documents}/public/folder`)
    symlinkSync('handbook.md', `${house.documents}/public/harmless.md`)
    for (const name of ['link.csv', 'folder/salaries.csv', 'folder', 'folder/new/deep.csv', 'harmless.md']) {
      for (const path of [`public/${name}`, `${house.documents}/public/${name}`]) {
        const heard = await read(JSON.stringify({ path }))
        expect(heard.text).not.toContain('ada,1')
        expect(verdictOn(heard)).toBe('request_invalid')
      }
    }
    expect(verdictOn(await read(JSON.stringify({ path: 'public/handbook.md' })))).toBe('permitted')
  })

  it('by climbing out of a symbolic link, whose parent is another than its name says', async () => {
    mkdirSync(`${house.documents}/confidential/2024`)
    symlinkSync('../confidential/2024', `${house.documents}/public/latest`)
    for (const path of ['public/latest/../salaries.csv', `${house.documents}/public/latest/../salaries.csv`]) {
      const heard = await read(JSON.stringify({ path }))
      expect(heard.text).not.toContain('ada,1')
      expect(heard.text).toContain('climbs with two dots')
      expect(verdictOn(heard)).toBe('request_invalid')
    }
  })

  it('by a tool that takes two files, where both are named in the review', async () => {
    await house.people.ada.client.catalogue.classifyTool({
      server: 'docs',
      tool: 'move_file',
      actionClass: 'read',
      resourceArgument: 'source,destination',
      resourceKind: 'path',
      resourcePrefix: 'docs:',
      resourceRoot: house.documents,
      resultIntegrity: 'trusted',
    })
    const mover = makeSummariser(house, 'mover')
    const scope = [{ action: 'docs/move_file', resource: 'docs:*' }]
    await register(house, { ...mover, entitlements: mover.entitlements.map((row) => ({ ...row, scope })) })
    const entered = await enter(mover, await openTask(house, mover, { scope }))
    await entered.gateway.close()
    const move = (source: string, destination: string): Promise<string> =>
      callTool(house, entered.token, JSON.stringify({ name: 'move_file', arguments: { source, destination } })).then(
        verdictOn,
      )
    const [open, shut] = [`${house.documents}/public/new.csv`, `${house.documents}/confidential/salaries.csv`]
    expect(await move(shut, open)).toBe('ceiling_exceeded')
    expect(await move(open, shut)).toBe('ceiling_exceeded')
    expect(
      verdictOn(
        await callTool(house, entered.token, JSON.stringify({ name: 'move_file', arguments: { destination: open } })),
      ),
    ).toBe('request_invalid')
  })
})

describe('the budget of bytes', () => {
  const whole = (): string => JSON.stringify({ path: `${house.documents}/public/handbook.md` })

  it('lets no result out that does not fit in, and no call in when it is used up', async () => {
    const poor = await newToken({ callsMax: 50, writesMax: 0, bytesMax: 600 })
    const verdicts: string[] = []
    for (let at = 0; at < 5; at++) verdicts.push(verdictOn(await read(whole(), poor)))
    expect(verdicts[0]).toBe('permitted')
    expect(verdicts.at(-1)).toBe('budget_exceeded')
    const { usage } = await actor.agent.showTask(poor.taskId)
    expect(usage?.bytes).toBeGreaterThan(0)
    expect(usage?.bytes).toBeLessThanOrEqual(600)
  })

  it('is not overspent by forty calls at once, and neither is that of calls', async () => {
    const poor = await newToken({ callsMax: 10, writesMax: 0, bytesMax: 1_000 })
    const heard = await Promise.all(Array.from({ length: 40 }, () => read(whole(), poor)))
    const permitted = heard.filter((each) => verdictOn(each) === 'permitted')
    const bytes = permitted.reduce((sum, each) => sum + each.text.length, 0)
    const { usage } = await actor.agent.showTask(poor.taskId)
    expect(permitted).not.toEqual([])
    expect(new Set(heard.map(verdictOn))).toEqual(new Set(['permitted', 'budget_exceeded']))
    expect(usage?.calls).toBeGreaterThanOrEqual(permitted.length)
    expect(usage?.bytes).toBeGreaterThan(0)
    expect(bytes).toBeLessThanOrEqual(1_000)
    expect(usage?.bytes).toBeLessThanOrEqual(1_000)
    expect(usage?.calls).toBeLessThanOrEqual(10)
  })
})

describe('a token', () => {
  const api = (value: string): Promise<Heard> =>
    post(house, '/mcp/docs', value, '{"jsonrpc":"2.0","id":1,"method":"tools/list"}')

  it('for one server opens no other one, however the address is written', async () => {
    const body = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
    for (const path of [
      '/mcp/everything',
      '/mcp/everythin%67',
      '/mcp/docs/../everything',
      '/mcp/everything?server=docs',
      '/mcp/DOCS',
      '/mcp/docs%00',
      '/mcp/docs%2f..%2feverything',
    ])
      expect((await post(house, path, token.value, body)).json.result).toBeUndefined()
    const whole = await actor.agent.exchange(token.taskId, house.url)
    expect((await api(whole.value)).json.code).toBe('token_audience')
  })

  it('that was forged is none', async () => {
    const keys = (await send(house, '/oauth/jwks')).json.keys
    const [head = '', body = ''] = token.value.split('.')
    const forgeries = [
      forge(token.value, {}, { aud: `${house.url}/mcp/everything` }),
      forge(token.value, { alg: 'none' }, {}),
      `${encode({ alg: 'none', typ: 'at+jwt', kid: keys?.[0]?.kid })}.${body}.`,
      forge(token.value, { kid: '__proto__' }, {}),
      forge(token.value, { kid: '../../../etc/passwd' }, {}),
      forge(token.value, { jwk: keys?.[0] }, {}),
      forge(token.value, {}, { exp: 9_999_999_999 }),
      `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`,
      `${head}.${body}`,
      `${token.value}.x`,
      forge(token.value, { alg: 'HS256' }, {}),
    ]
    for (const forged of forgeries) expect((await api(forged)).json.result).toBeUndefined()
    expect((await api(token.value)).json.result?.tools).toHaveLength(1)
  })

  it('is no assertion, and an assertion is no token', async () => {
    const assertion = await actor.assertion()
    expect((await api(assertion)).status).toBe(401)
    const form = (subject: string): Promise<Heard> =>
      send(house, '/oauth/token', {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: subject,
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
          resource: `${house.url}/mcp/docs`,
          authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: token.taskId }]),
        }),
      })
    expect((await form(token.value)).json.access_token).toBeUndefined()
    expect((await form(forge(token.value, { typ: 'JWT' }, {}))).json.access_token).toBeUndefined()
    expect((await form(assertion)).json.access_token).toEqual(expect.any(String))
    expect((await form(assertion)).json.code).toBe('assertion_replayed')
  })

  it('tells nobody else of itself', async () => {
    const other = makeSummariser(house, 'curious')
    await register(house, other)
    const own = await other.agent.exchange(await openTask(house, other), house.url)
    const asked = await send(house, '/oauth/introspect', {
      method: 'POST',
      headers: { authorization: `Bearer ${own.value}` },
      body: new URLSearchParams({ token: token.value }),
    })
    expect(asked.json).toEqual({ active: false })
    expect(
      (await send(house, `/api/v1/tasks/${token.taskId}`, { headers: { authorization: `Bearer ${own.value}` } }))
        .status,
    ).toBe(404)
    const revoke = await send(house, '/oauth/revoke', {
      method: 'POST',
      headers: { authorization: `Bearer ${own.value}` },
      body: new URLSearchParams({ token: token.value }),
    })
    expect(revoke.json).toEqual({ entry: null })
    expect((await api(token.value)).status).toBe(200)
  })

  it('of one task ends no other one', async () => {
    const mine = await actor.agent.exchange(await openTask(house, actor), house.url)
    expect((await post(house, `/api/v1/tasks/${token.taskId}/complete`, mine.value, '{}')).status).toBe(404)
  })
})

describe('a call that a person approved', () => {
  it('carries nothing that the person has not seen', async () => {
    const plain = makeHouse(['read'])
    const approving: TestHouse = {
      ...plain,
      callTool: async (caller, request, seen) => {
        const decided = await plain.callTool(caller, request, seen)
        if (!('permitted' in decided)) return decided
        const { fact, index } = decided.permitted
        const entry = { ...fact.entry, data: { approvalId: 'apr_one' } }
        return { permitted: markRecorded({ ...fact, entry }, index, 0) }
      },
    }
    const stage = await setStage([stdioRow('docs', faultyServer, ['forges'])], approving)
    const params = { name: 'read', arguments: { a: 1 }, mode: 'force', _meta: { 'example.org/mode': 'force' } }
    const answer = await fetch(stage.url('docs'), {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    })
    const text = await answer.text()
    expect(text).toContain('dev.remit/permit')
    expect(text).not.toContain('force')
    await stage.close()
  })
})

describe('what an enforcement point asks about', () => {
  it.each([
    'public/../confidential/salaries.csv',
    'public/..',
    'public/..;/confidential/salaries.csv',
    'public/%2e%2e/confidential/salaries.csv',
    'public/..%2fconfidential/salaries.csv',
    'public/..%5cconfidential',
    'public/．．/confidential/salaries.csv',
    'public/‥/confidential/salaries.csv',
    'public/x\u0000',
    'public/e\u0301',
    ' public/x',
  ])('is not allowed under a name that could mean another thing: %j', async (name) => {
    const ask = (id: string): Promise<Heard> =>
      post(
        house,
        '/access/v1/evaluation',
        house.people.lin.session,
        JSON.stringify({
          subject: { type: 'task', id: token.taskId },
          action: { name: 'docs/read_text_file' },
          resource: { type: 'docs', id },
        }),
      )
    expect((await ask('public/handbook.md')).text).toContain('"decision":true')
    expect((await ask(name)).text).toContain('"decision":false')
  })
})

describe('a server behind the gateway', () => {
  it('that redirects does not carry the call, or the credential for it, anywhere else', async () => {
    const caught: string[] = []
    const thief = createServer((request, response) => {
      caught.push(JSON.stringify(request.headers))
      response.end('{}')
    })
    await new Promise<void>((resolve) => thief.listen(0, '127.0.0.1', resolve))
    const { port } = thief.address() as AddressInfo
    const liar = createServer((_, response) => response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end())
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(liar.address() as AddressInfo).port}/mcp`
    const upstreams = createUpstreams(
      [{ name: 'liar', transport: { kind: 'http', url, headers: { 'x-api-key': 'secret' } } }],
      systemClock,
    )
    await expect(upstreams.find('liar')?.listTools()).rejects.toMatchObject({ code: 'upstream_unavailable' })
    expect(caught).toEqual([])
    await upstreams.close()
    for (const server of [thief, liar]) server.close()
  })
})
