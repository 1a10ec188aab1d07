import { symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { createUpstreams } from '../../src/enforce/upstream.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, codeOf, enter, furnish, makeSummariser, openTask, register } from '../scenarios/cast.ts'
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
    const bytes = heard
      .filter((each) => verdictOn(each) === 'permitted')
      .reduce((sum, each) => sum + each.text.length, 0)
    const { usage } = await actor.agent.showTask(poor.taskId)
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

describe('when it is taken back in the middle of a hundred calls', () => {
  it.each(['cutoff', 'complete', 'suspend'] as const)(
    'by %s, nothing is permitted after the entry that says so',
    async (how) => {
      const racer = makeSummariser(house, `racer-${how}`)
      const id = await register(house, racer)
      const taskId = await openTask(house, racer, { budget: { callsMax: 1_000, writesMax: 0, bytesMax: 10_000_000 } })
      const { token: held, gateway } = await enter(racer, taskId)
      await gateway.close()
      await racer.agent.apiToken(taskId)
      const args = JSON.stringify({ path: `${house.documents}/public/handbook.md` })
      const calls = Array.from({ length: 100 }, async (_, at) => {
        await systemClock.sleep(at % 20)
        return read(args, held)
      })
      await systemClock.sleep(8)
      const end = {
        cutoff: async () =>
          (await house.people.sam.client.cutoffs.make({ target: 'identity', targetId: id, because: 'x' })).entry,
        complete: async () => (await racer.agent.complete(taskId)).entry,
        suspend: async () => (await house.people.sam.client.identities.suspend(id, 'x')).entry,
      }
      const entry = await end[how]()
      await Promise.all(calls)
      const { size } = await house.people.ada.client.entries.list()
      const after: unknown[] = []
      for (let from = entry + 1; from < size; from += 200) {
        const { entries } = await house.people.ada.client.entries.list({ from, limit: 200 })
        after.push(
          ...entries.filter((row) => row.entry.kind === 'decision.permit' && JSON.stringify(row.entry).includes(id)),
        )
      }
      expect(after).toEqual([])
      expect(verdictOn(await read(args, held))).not.toBe('permitted')
    },
  )

  it('a part that is handed on in that moment ends with the whole', async () => {
    const parent = makeSummariser(house, 'hands-on')
    const helper = makeSummariser(house, 'helps')
    await register(house, parent)
    await register(house, helper)
    const taskId = await openTask(house, parent)
    await parent.agent.apiToken(taskId)
    const part = {
      to: 'helps',
      goal: 'help',
      scope: parent.task.scope,
      ceiling: 'internal',
      budget: { callsMax: 1, writesMax: 0, bytesMax: 1_000 },
      lifeSeconds: 60,
    } as const
    const handing = Promise.all(
      Array.from({ length: 10 }, () =>
        parent.agent.delegate(taskId, part).then(
          ({ task }) => task.id,
          () => null,
        ),
      ),
    )
    const [children] = await Promise.all([handing, parent.agent.complete(taskId)])
    for (const child of children.filter((each) => each !== null)) {
      expect(await codeOf(helper.agent.exchange(child, helper.agent.gatewayUrl('docs')))).not.toBe('answered')
    }
  })
})

describe('a part of a task is never more than the whole', () => {
  it('in scope, ceiling, budget, end or depth, and not for itself or in a circle', async () => {
    const parent = makeSummariser(house, 'delegator')
    const helper = makeSummariser(house, 'helper')
    await register(house, parent)
    await register(house, helper)
    const narrow = [{ action: 'docs/read_text_file', resource: 'docs:public/*' }]
    const taskId = await openTask(house, parent, { scope: narrow, ceiling: 'public', lifeSeconds: 600 })
    const part = {
      to: 'helper',
      goal: 'help',
      scope: narrow,
      ceiling: 'public',
      budget: { callsMax: 1, writesMax: 0, bytesMax: 1_000 },
      lifeSeconds: 60,
    } as const
    const tries: readonly (readonly [string, object])[] = [
      ['scope_exceeded', { scope: [{ action: 'docs/read_text_file', resource: 'docs:*' }] }],
      ['ceiling_exceeded', { ceiling: 'internal' }],
      ['budget_exceeded', { budget: { ...part.budget, callsMax: 21 } }],
      ['budget_exceeded', { budget: { ...part.budget, bytesMax: 1_000_001 } }],
      ['end_exceeded', { lifeSeconds: 601 }],
      ['chain_invalid', { to: 'delegator' }],
      ['identity_inactive', { to: 'nobody-of-that-name' }],
    ]
    for (const [code, more] of tries)
      expect(await codeOf(parent.agent.delegate(taskId, { ...part, ...more }))).toBe(code)
    const { task } = await parent.agent.delegate(taskId, part)
    expect(await codeOf(helper.agent.delegate(task.id, { ...part, to: 'delegator' }))).toBe('chain_invalid')
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
