import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { COMMANDS } from './commands.ts'
import { readEnvironment } from './environment.ts'
import { runCommandLine } from './main.ts'
import type { Terminal } from './terminal.ts'

let folder: string
let server: Server
let url: string
let asked: { method: string; path: string; authorization: string | undefined; body: string }[]
let answer: { status: number; body: unknown }
/** What is answered to one path in place of the answer to all others. */
let later: Map<string, unknown>
let connections: number

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remit-cli-'))
  asked = []
  connections = 0
  answer = { status: 200, body: {} }
  later = new Map()
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      asked.push({ method, path, authorization: headers.authorization, body })
      const said = later.get(path) ?? answer.body
      const text = typeof said === 'string' ? said : JSON.stringify(said)
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
    })
  })
  server.on('connection', () => {
    connections += 1
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

async function run(words: readonly string[], variables: Record<string, string> = { REMIT_SESSION: 'rms_one' }) {
  const out: string[] = []
  const err: string[] = []
  const terminal: Terminal = {
    print: (text) => out.push(text),
    warn: (text) => err.push(text),
    paint: (_, text) => text,
    columns: 100,
  }
  const environment = readEnvironment({ XDG_CONFIG_HOME: folder, REMIT_URL: url, ...variables })
  const code = await runCommandLine(words, environment, terminal)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

const identity = {
  id: 'idn_1',
  name: 'helper',
  state: 'active',
  tier: 'T1',
  owner: 'psn_1',
  purpose: 'p',
  tierReasons: [],
}

describe('a command line that is not understood', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['an unknown command', ['frobnicate'], /no command 'frobnicate'/],
    ['half a command', ['identity'], /one of: list, show/],
    ['a missing argument', ['identity', 'show'], /Say <identity>/],
    ['one argument too many', ['identity', 'list', 'x'], /does not take 'x'/],
    ['a missing option', ['approve', 'apr_1'], /Say --reason/],
    ['an unknown option', ['identity', 'list', '--frob'], /--frob/],
    ['a value that is not on the list', ['identity', 'list', '--state', 'happy'], /one of discovered, draft/],
    ['an argument that is not on the list', ['cutoff', 'planet', 'x', '--reason', 'y'], /one of identity, task/],
    ['an option said twice', ['identity', 'list', '--state', 'draft', '--state', 'active'], /once/],
    ['an option without its value', ['identity', 'list', '--state'], /state/],
    ['an entry that is no number', ['why', 'x1'], /not the index of an entry/],
    ['a negative number', ['log', 'list', '--limit=-1'], /--limit is a whole number from 1 to 200, not '-1'/],
    [
      'a number that is too large',
      ['log', 'list', '--limit', '1000'],
      /--limit is a whole number from 1 to 200, not '1000'/,
    ],
    [
      'a missing option of a list',
      ['person', 'add', 'Ada', '--email', 'a@b.example'],
      /Say --role: .* One of admin, approver/,
    ],
    [
      'an option without a value',
      ['person', 'add', 'Ada', '--role', 'admin', '--email', ''],
      /Say a value for --email/,
    ],
    [
      'a grant that is none',
      ['identity', 'entitle', 'idn_1', '--allow', 'read', '--class', 'read', '--ceiling', 'public', '--reason', 'r'],
      /not a grant/,
    ],
    ['a link that is none', ['login', 'hello'], /not a sign-in link/],
    ['an address that is none', ['identity', 'list', '--url', 'ftp://x'], /not the address/],
  ]
  it.each(cases)('is refused with 2, one sentence and what to do next: %s', async (_, words, sentence) => {
    const { code, out, err } = await run(words)
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err.split('\n')[0]).toMatch(sentence)
    expect(err.split('\n')[1]).toMatch(/\w/)
    expect(asked).toEqual([])
  })

  it('is a document on standard output for machines', async () => {
    const { code, out, err } = await run(['frobnicate', '--json'])
    expect(code).toBe(2)
    expect(err).toBe('')
    expect(JSON.parse(out)).toEqual({
      error: { code: 'usage', sentence: expect.any(String), next: expect.any(String) },
    })
  })
})

describe('an answer', () => {
  it('is one JSON document and nothing else with --json', async () => {
    answer.body = { identity, entitlements: [], tasks: [], tasksNext: null }
    const { code, out, err } = await run(['access', 'helper', '--json'])
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out)).toMatchObject({ identity: { name: 'helper' }, holds: [], mayAskFor: [] })
  })

  it('to what an identity can do now holds every living task, on later pages too', async () => {
    const task = (id: string) => ({ id, state: 'active', endsMs: Date.now() + 60_000, scope: [], chain: [], entry: 1 })
    answer.body = { identity, entitlements: [], tasks: [task('tsk_1')], tasksNext: 'tsk_1' }
    later.set('/api/v1/tasks?limit=200&identity=idn_1&state=living', {
      tasks: [task('tsk_1'), task('tsk_2')],
      next: null,
    })
    const { out } = await run(['access', 'helper', '--json'])
    expect(JSON.parse(out)).toMatchObject({ holds: [{ id: 'tsk_1' }, { id: 'tsk_2' }] })
  })

  it('of a server cannot repaint the terminal', async () => {
    answer.body = { identities: [{ ...identity, name: '\u001b[2Jhel\u0007per\u202e' }], people: [], next: null }
    const { out } = await run(['identity', 'list'])
    expect(out).toContain('hel per')
    expect(out).not.toMatch(/[\u001b\u0007\u202e]/)
  })

  it('of a check that failed has the exit code 1', async () => {
    answer.body = { checks: [{ name: 'clock', ok: false, sentence: 'It is late.', tookMs: 1 }] }
    expect(await run(['doctor'])).toMatchObject({ code: 1, out: expect.stringContaining('1 of 1 checks failed') })
  })

  it('of a server whose store is away says which check failed', async () => {
    answer = { status: 503, body: { code: 'store_failed', detail: 'The database does not answer.' } }
    const { code, out } = await run(['doctor'])
    expect(code).toBe(1)
    expect(out).toMatch(/ok +server/)
    expect(out).toMatch(/bad +store +The database does not answer\..*\n1 of 2 checks failed\.$/)
  })

  it('that spans pages is read to its end, by what the server says comes next', async () => {
    const rule = (pattern: string) => ({ pattern, sensitivity: 'public' })
    answer.body = { rules: [rule('docs:a'), rule('docs:ä*')], next: 'docs:ä*' }
    later.set('/api/v1/resources?limit=200&after=docs%3A%C3%A4*', { rules: [rule('docs:z')], next: null })
    const { out } = await run(['resource', 'list', '--json'])
    expect(JSON.parse(out)).toMatchObject({ rules: ['docs:a', 'docs:ä*', 'docs:z'].map(rule) })
    expect(asked).toHaveLength(2)
  })
})

describe('a list of cutoffs', () => {
  it('is read to its end and shown newest first', async () => {
    const cutoff = (targetId: string, atMs: number) => ({ target: 'vendor', targetId, atMs, because: 'x', entry: 1 })
    answer.body = { cutoffs: [cutoff('acme', 1), cutoff('bolt', 3)], next: 'vendor:bolt' }
    later.set('/api/v1/cutoffs?limit=200&after=vendor%3Abolt', { cutoffs: [cutoff('corp', 2)], next: null })
    const { out } = await run(['cutoff', 'list', '--json'])
    const { cutoffs } = JSON.parse(out) as { cutoffs: { targetId: string }[] }
    expect(cutoffs.map(({ targetId }) => targetId)).toEqual(['bolt', 'corp', 'acme'])
  })
})

describe('an identity', () => {
  it('is shown with the ids by which its parts are ended', async () => {
    answer.body = {
      identity: { ...identity, sponsor: null, suspendedBecause: null, rehearsedMs: null },
      bindings: [{ id: 'bnd_1', kind: 'oidc', issuer: 'i', subject: 's', endedMs: null }],
      entitlements: [
        {
          id: 'ent_1',
          scope: [{ action: 'a', resource: 'r' }],
          ceiling: 'public',
          approval: 'none',
          state: 'granted',
          endsMs: 0,
        },
      ],
      tier: { tier: 'T1', reasons: [], terms: { name: 'observer', activationSeats: [], taskApproval: 'none' } },
      people: [],
    }
    const { out, err } = await run(['identity', 'show', 'helper'])
    expect(err).toBe('')
    expect(out).toMatch(/bnd_1/)
    expect(out).toMatch(/ent_1/)
    answer.body = { entry: 9 }
    const ended = await run(['identity', 'unbind', 'idn_1', 'bnd_1', '--reason', 'Moved'])
    expect(ended).toMatchObject({ code: 0, out: expect.stringMatching(/bnd_1 has ended.*#9/) })
    expect(asked.at(-1)).toMatchObject({
      path: '/api/v1/identities/idn_1/bindings/bnd_1/end',
      body: '{"reason":"Moved"}',
    })
    await run(['identity', 'unentitle', 'idn_1', 'ent_1', '--reason', 'Over'])
    expect(asked.at(-1)?.path).toBe('/api/v1/identities/idn_1/entitlements/ent_1/end')
  })
})

describe('a refusal', () => {
  it('has the exit code 1, the sentence of the server, its entry, and what to do next', async () => {
    answer = { status: 403, body: { code: 'self_approval', detail: 'Nobody approves for themselves.', entry: 7 } }
    const { code, out, err } = await run(['approve', 'apr_1', '--reason', 'r'])
    expect([code, out]).toEqual([1, ''])
    expect(err).toBe(
      'remit: Nobody approves for themselves. (entry #7)\n       Somebody else has to answer: `remit person list` shows who could.',
    )
  })

  it('of the network has the exit code 3', async () => {
    const { code, err } = await run(['identity', 'list', '--url', 'http://127.0.0.1:9'])
    expect(code).toBe(3)
    expect(err).toContain('remit serve')
  })

  it('without a session says how to sign in, and asks the server nothing', async () => {
    const { code, err } = await run(['identity', 'list'], {})
    expect(code).toBe(1)
    expect(err).toContain('remit login')
    expect(asked).toEqual([])
  })
})

describe('signing in', () => {
  const signedIn = {
    session: 'rms_two',
    person: { id: 'psn_1', name: 'Ada', roles: ['admin'] },
    expiresMs: 1,
    entry: 4,
  }

  it('keeps the session, readable by this user alone, and never shows it', async () => {
    answer = { status: 201, body: signedIn }
    const { code, out } = await run(['login', 'rml_secret'], {})
    const file = join(folder, 'remit', 'session.json')
    expect(code).toBe(0)
    expect(out).not.toContain('rms_two')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ url, session: 'rms_two' })
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ link: 'rml_secret' })
  })

  it('shows the kept session to the server it belongs to, and to no other', async () => {
    answer = { status: 201, body: signedIn }
    await run(['login', 'rml_secret'], {})
    answer = { status: 200, body: { person: signedIn.person } }
    expect(await run(['whoami'], {})).toMatchObject({ code: 0 })
    expect(asked.at(-1)?.authorization).toBe('Bearer rms_two')
    expect(await run(['whoami', '--url', 'http://127.0.0.1:9'], {})).toMatchObject({ code: 1 })
  })

  it('out forgets the session even where the server does not answer', async () => {
    answer = { status: 201, body: signedIn }
    await run(['login', 'rml_secret'], {})
    answer = { status: 503, body: { code: 'stopping', detail: 'It is stopping.' } }
    expect(await run(['logout'], {})).toMatchObject({ code: 1 })
    expect(existsSync(join(folder, 'remit', 'session.json'))).toBe(false)
  })

  it('refuses a damaged session file and says what to do', async () => {
    answer = { status: 201, body: signedIn }
    await run(['login', 'rml_secret'], {})
    writeFileSync(join(folder, 'remit', 'session.json'), '{')
    expect(await run(['whoami'], {})).toMatchObject({ code: 1, err: expect.stringContaining('remit logout') })
  })
})

describe('a key', () => {
  it('is made with a private part that only this user can read, and is never written over', async () => {
    const file = join(folder, 'agent.jwk')
    expect(await run(['key', 'make', file], {})).toMatchObject({ code: 0 })
    const before = readFileSync(file, 'utf8')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(`${file}.pub`, 'utf8'))).not.toHaveProperty('d')
    expect(await run(['key', 'make', file], {})).toMatchObject({
      code: 1,
      err: expect.stringContaining('not written over'),
    })
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it('becomes a binding without its private part, even where the wrong file is named', async () => {
    const file = join(folder, 'agent.jwk')
    await run(['key', 'make', file], {})
    answer = { status: 201, body: { binding: { subject: 'helper' }, entry: 3 } }
    const words = ['identity', 'bind', 'idn_1', '--kind', 'key', '--subject', 'helper', '--key', file]
    expect(await run(words)).toMatchObject({ code: 0, out: expect.stringContaining('holds the private part') })
    const sent = JSON.parse(asked[0]?.body ?? '') as { issuer: string; keys: object[] }
    expect(sent).toMatchObject({ kind: 'key', issuer: 'self', keys: [{ kty: 'EC', x: expect.any(String) }] })
    expect(asked[0]?.body).not.toContain('"d"')
  })

  it('is asked for with a key binding, and with no other', async () => {
    const words = ['identity', 'bind', 'idn_1', '--kind', 'oidc', '--issuer', 'i', '--subject', 's', '--key', 'x']
    expect(await run(words)).toMatchObject({ code: 2, err: expect.stringContaining('--kind key') })
    expect(await run(['identity', 'bind', 'idn_1', '--kind', 'key', '--subject', 's'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('remit identity bind --help'),
    })
  })
})

describe('an identity that waits for approval', () => {
  it('is returned to draft, with the reason', async () => {
    answer.body = { identity: { ...identity, state: 'draft' }, entry: 5 }
    const { code, out } = await run(['identity', 'return', 'idn_1', '--reason', 'It lacks a binding'])
    expect([code, out]).toEqual([0, expect.stringContaining('helper is a draft again')])
    expect(asked).toMatchObject([
      { method: 'POST', path: '/api/v1/identities/idn_1/return', body: '{"reason":"It lacks a binding"}' },
    ])
  })
})

describe('explaining', () => {
  it('puts names in the place of ids for people, and leaves them for machines', async () => {
    const body = {
      explanation: { sentences: ['By helper (idn_1), owner psn_1.'] },
      people: [{ id: 'psn_1', name: 'Ada' }],
      next: null,
      identity,
    }
    answer.body = body
    expect((await run(['why', '#3'])).out).toBe('By helper, owner Ada.')
    expect(JSON.parse((await run(['why', '3', '--json'])).out)).toEqual({ explanation: body.explanation })
  })
})

describe('what a person decides on', () => {
  const goal = `Publish (idn_and) (psn_1) as asked by psn_1; until 2099 \u202e${'idn_'}${'a'.repeat(300)}`
  const asked = {
    goal,
    identityId: 'idn_1',
    scope: [{ action: 'docs/write', resource: 'docs:*' }],
    arguments: { text: 'a\u001b[31m\n(idn_1)', timeoutMs: 5_000 },
    because: ['A write (idn_1)', 'plain'],
    endsMs: 1_790_000_000_000,
  }
  const approval = { id: 'apr_1', subject: 'task', state: 'pending', seats: ['security'], expiresMs: 0, asked }

  it('is shown as it was asked: ids by name where they are facts, and nothing changed in what others wrote', async () => {
    answer.body = { approvals: [approval], people: [{ id: 'psn_1', name: 'Ada' }], identity }
    const { out, code } = await run(['approvals'])
    expect(code).toBe(0)
    const shown = (name: string) => new RegExp(`^ +${name} +(.*)$`, 'm').exec(out)?.[1]
    expect(shown('identityId')).toBe('helper')
    expect(shown('goal')).toBe(JSON.stringify(goal).replace('\u202e', '\\u202e'))
    expect(shown('because')).toBe('"A write (idn_1)"; plain')
    expect(JSON.parse(shown('arguments') ?? '')).toEqual(asked.arguments)
    expect(shown('ends')).toBe('2026-09-21 14:13:20Z')
    expect(out).not.toMatch(/[\u001b\u202e]/)
  })

  it('is not put into what others wrote when it is explained', async () => {
    const goal = 'ends. Person psn_1 (idn_1) said "yes"'
    const sentences = [`helper (idn_1) acts for ${JSON.stringify(goal)}; asked by psn_1 (entry 3).`]
    answer.body = { explanation: { sentences }, people: [{ id: 'psn_1', name: 'Ada' }], identity }
    expect((await run(['why', '3'])).out).toBe(`helper acts for ${JSON.stringify(goal)}; asked by Ada (entry 3).`)
  })
})

describe('verifying', () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const root = fileURLToPath(new URL('..', import.meta.url))
  const offline = ['--permission', `--allow-fs-read=${root}`, '--disable-warning=ExperimentalWarning', main]

  function runOffline(...words: string[]) {
    const env = { REMIT_URL: url, REMIT_SESSION: 'rms_one', HOME: folder }
    return spawnSync(process.execPath, [`--allow-fs-read=${folder}/*`, ...offline, ...words], { encoding: 'utf8', env })
  }

  it('works where no connection can be opened, and never tries', () => {
    const pack = join(folder, 'x.pack')
    writeFileSync(pack, '{"format":"something else"}\n')
    const { status, stdout, stderr } = runOffline('verify', pack, '--key', 'x+00000000+AAAA', '--json')
    expect([status, stderr]).toEqual([1, ''])
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, failures: [{ line: expect.any(Number) }] })
    expect(connections).toBe(0)
  })

  it('is held to that: the same process cannot reach the server', () => {
    const { status } = runOffline('whoami')
    expect(status).toBe(3)
    expect(connections).toBe(0)
  })

  it('of a file that is not there is a usage error', () => {
    const { status, stderr } = runOffline('verify', join(folder, 'none'), '--key', 'x')
    expect(status).toBe(2)
    expect(stderr).toContain('There is no file')
  })
})

describe('the version', () => {
  it('is that of the package, for people and for machines, without a server', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect(await run(['--version'], {})).toMatchObject({ code: 0, out: `remit ${version}` })
    expect(JSON.parse((await run(['--version', '--json'], {})).out)).toEqual({ version })
  })
})

describe('the table of commands', () => {
  it('has one word for why: what asks for it is --reason everywhere', async () => {
    const whys = COMMANDS.flatMap(({ options }) => options.filter(({ sentence }) => sentence.startsWith('Why;')))
    expect([...new Set(whys.map(({ name }) => name))]).toEqual(['reason'])
    answer.body = { cutoff: {}, clock: { tookMs: 1, streamsEnded: 0, lastAcceptedMs: null }, tasksEnded: 0, entry: 3 }
    expect(await run(['cutoff', 'vendor', 'acme', '--reason', 'It leaks'])).toMatchObject({ code: 0 })
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ target: 'vendor', targetId: 'acme', because: 'It leaks' })
  })

  it('names no command twice, and says of each what it does in a sentence', () => {
    expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length)
    for (const { sentence } of COMMANDS) expect(sentence).toMatch(/^[A-Z].*\.$/)
  })

  it.each(COMMANDS)('$name is helped by --help and by help, without a server', async ({ name }) => {
    const first = await run([...name.split(' '), '--help'], {})
    const second = await run(['help', ...name.split(' ')], {})
    expect(first).toMatchObject({ code: 0, out: expect.stringContaining(`remit ${name}`), err: '' })
    expect(second).toEqual(first)
  })

  it('is what help shows, and a document with --json', async () => {
    const { out } = await run(['help', '--json'], {})
    const rows = JSON.parse(out) as { name: string }[]
    expect(rows.map(({ name }) => name)).toEqual(COMMANDS.map(({ name }) => name))
  })
})
