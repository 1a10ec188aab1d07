import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { setUpBench } from '../test/cli-bench.ts'
import { COMMANDS } from './commands.ts'

const bench = setUpBench()
const { run } = bench

const identity = {
  id: 'idn_1',
  name: 'helper',
  state: 'active',
  tier: 'T1',
  owner: 'psn_1',
  purpose: 'p',
  tierReasons: [],
}

const SERVE = ['svid', 'serve', '--task', 'tsk_1', '--key', 'agent.jwk', '--name', 'helper']

describe('a command line that is not understood', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['an unknown command', ['frobnicate'], /no command 'frobnicate'/],
    ['half a command', ['identity'], /one of: list, show/],
    ['a misspelt command', ['polcy'], /no command 'polcy'. Did you mean `remit policy`\?/],
    ['a misspelt word of a group', ['identity', 'lst'], /'identity lst'. Did you mean `remit identity list`\?/],
    ['a shortened word of a group', ['task', 'ls'], /'task ls'. Did you mean `remit task list`\?/],
    ['a misspelt word after a command of its own', ['policy', 'histroy'], /Did you mean `remit policy history`\?/],
    ['a misspelt third word', ['person', 'login', 'ad'], /'person login ad'. Did you mean `remit person login add`\?/],
    ['a word that is like none of a group', ['identity', 'frobnicate'], /no command 'identity frobnicate'\.$/],
    ['a misspelt option', ['identity', 'list', '--stat', 'draft'], /no option '--stat' here. Did you mean --state\?/],
    ['a misspelt value', ['task', 'list', '--state', 'lving'], /not 'lving'. Did you mean living\?/],
    [
      'an option of a command before it',
      ['--state', 'draft', 'identity', 'list'],
      /Before the command stand only --json/,
    ],
    ['a misspelt option before the command', ['--jsn', 'whoami'], /not '--jsn'\. Did you mean --json\?/],
    ['an address before the command without its value', ['--url', '--json-x', 'whoami'], /Say a value for --url/],
    ['an option whose value is another option', ['log', 'list', '--from', '--limit=3'], /Say a value for --from/],
    ['several missing options', ['identity', 'draft', 'x'], /Say --owner: .* Say also --sponsor, --purpose\./],
    ['a wrong value before one that is missing', ['cutoff', 'lst'], /what is one of identity, task/],
    ['a missing argument', ['identity', 'show'], /Say <identity>/],
    ['one argument too many', ['identity', 'list', 'x'], /does not take 'x'/],
    ['a missing option', ['approve', 'apr_1'], /Say --reason/],
    ['an unknown option', ['identity', 'list', '--frob'], /--frob/],
    ['a value that is not on the list', ['identity', 'list', '--state', 'happy'], /one of discovered, draft/],
    ['an argument that is not on the list', ['cutoff', 'planet', 'x', '--reason', 'y'], /one of identity, task/],
    ['an option said twice', ['identity', 'list', '--state', 'draft', '--state', 'active'], /once/],
    ['an option without its value', ['identity', 'list', '--state'], /state/],
    ['an entry that is no number', ['why', 'x1'], /not the index of an entry/],
    ['nobody who answers', ['identity', 'reassign', 'helper', '--reason', 'r'], /Say --owner, --sponsor or both/],
    ['a socket elsewhere', [...SERVE, 'tcp://127.0.0.1:9'], /is no socket of this machine/],
    ['a socket without its root', [...SERVE, 'unix://run/api.sock'], /is no socket of this machine/],
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
    expect(bench.asked).toEqual([])
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

describe('an option of every command', () => {
  it.each([
    ['after the command', ['whoami', '--url', 'URL', '--json']],
    ['before the command', ['--json', '--url', 'URL', 'whoami']],
    ['before the command, in one word', ['--url=URL', '--json', 'whoami']],
    ['on both sides', ['--url', 'URL', 'whoami', '--json']],
  ])('counts %s', async (_, words) => {
    bench.answer.body = { person: { name: 'Ada', roles: ['admin'] } }
    const { code, out } = await run(
      words.map((word) => word.replace('URL', bench.url)),
      { REMIT_URL: 'http://127.0.0.1:9', REMIT_SESSION: 'rms_one' },
    )
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ url: bench.url, person: { name: 'Ada' } })
  })

  it('that stands before help or the version changes neither', async () => {
    expect(await run(['--url', bench.url, 'help'])).toEqual(await run(['help']))
    expect(await run(['--url', bench.url, '--version'])).toEqual(await run(['--version']))
    expect(await run(['--help', 'identity', 'list'])).toEqual(await run(['identity', 'list', '--help']))
    expect(await run(['identity', 'list', '-h'])).toEqual(await run(['identity', 'list', '--help']))
  })

  it('as --help of a word that begins commands lists these, and no others', async () => {
    const { code, out } = await run(['identity', '--help'], {})
    expect(code).toBe(0)
    expect(out).toContain('identity list')
    expect(out).not.toContain('person list')
    expect(await run(['help', 'identity'], {})).toMatchObject({ code: 0, out })
  })
})

describe('the help of a command', () => {
  it('tells the commands that begin as it does, where there are any', async () => {
    expect((await run(['help', 'policy'], {})).out).toMatch(
      /Commands that begin so too:\n\n {2}policy history +Lists .*\n(.*\n)* {2}policy test <folder> +Asks a folder/,
    )
    expect((await run(['whoami', '--help'], {})).out).not.toContain('begin so too')
  })
})

describe('an answer', () => {
  it('is one JSON document and nothing else with --json', async () => {
    bench.answer.body = { identity, entitlements: [], tasks: [], tasksNext: null }
    const { code, out, err } = await run(['access', 'helper', '--json'])
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out)).toMatchObject({ identity: { name: 'helper' }, holds: [], mayAskFor: [] })
  })

  it('to what an identity can do now holds every living task, on later pages too', async () => {
    const task = (id: string) => ({ id, state: 'active', endsMs: Date.now() + 60_000, scope: [], chain: [], entry: 1 })
    bench.answer.body = { identity, entitlements: [], tasks: [task('tsk_1')], tasksNext: 'tsk_1' }
    bench.later.set('/api/v1/tasks?limit=200&identity=idn_1&state=living', {
      tasks: [task('tsk_1'), task('tsk_2')],
      next: null,
    })
    const { out } = await run(['access', 'helper', '--json'])
    expect(JSON.parse(out)).toMatchObject({ holds: [{ id: 'tsk_1' }, { id: 'tsk_2' }] })
  })

  it('of a server cannot repaint the terminal', async () => {
    bench.answer.body = { identities: [{ ...identity, name: '\u001b[2Jhel\u0007per\u202e' }], people: [], next: null }
    const { out } = await run(['identity', 'list'])
    expect(out).toContain('hel per')
    expect(out).not.toMatch(/[\u001b\u0007\u202e]/)
  })

  it('of a check that failed has the exit code 1', async () => {
    bench.answer.body = { checks: [{ name: 'clock', ok: false, sentence: 'It is late.', tookMs: 1 }] }
    expect(await run(['doctor'])).toMatchObject({ code: 1, out: expect.stringContaining('1 of 1 checks failed') })
  })

  it('of a server whose store is away says which check failed', async () => {
    bench.answer = { status: 503, body: { code: 'store_failed', detail: 'The database does not answer.' } }
    const { code, out } = await run(['doctor'])
    expect(code).toBe(1)
    expect(out).toMatch(/ok +server/)
    expect(out).toMatch(/bad +store +0 ms +The database does not answer\..*\n1 of 2 checks failed\.$/)
  })

  it('of a server whose store is damaged says to put back a backup', async () => {
    bench.answer = {
      status: 500,
      body: { code: 'store_damaged', detail: 'A row of sessions in the store cannot be read.' },
    }
    const { code, out } = await run(['doctor'])
    expect(code).toBe(1)
    expect(out).toMatch(/bad +store +0 ms +A row of sessions .* put back a backup/)
  })

  it('that spans pages is read to its end, by what the server says comes next', async () => {
    const rule = (pattern: string) => ({ pattern, sensitivity: 'public' })
    bench.answer.body = { rules: [rule('docs:a'), rule('docs:ä*')], next: 'docs:ä*' }
    bench.later.set('/api/v1/resources?limit=200&after=docs%3A%C3%A4*', { rules: [rule('docs:z')], next: null })
    const { out } = await run(['resource', 'list', '--json'])
    expect(JSON.parse(out)).toMatchObject({ rules: ['docs:a', 'docs:ä*', 'docs:z'].map(rule) })
    expect(bench.asked).toHaveLength(2)
  })
})

describe('a refusal', () => {
  it('has the exit code 1, the sentence of the server, its entry, and what to do next', async () => {
    bench.answer = { status: 403, body: { code: 'self_approval', detail: 'Nobody approves for themselves.', entry: 7 } }
    const { code, out, err } = await run(['approve', 'apr_1', '--reason', 'r'])
    expect([code, out]).toEqual([1, ''])
    expect(err).toBe(
      'remit: Nobody approves for themselves. (entry #7)\n       Somebody else has to answer: `remit person list` shows who could.',
    )
  })

  it.each([
    [['entitlement'], '\n       First `remit identity entitle <identity>`.'],
    [
      ['owner', 'sponsor', 'binding', 'toString'],
      '\n       First `remit identity reassign <identity>`, then `remit identity bind <identity>`.',
    ],
    [undefined, ''],
    ['owner', ''],
  ])('for want of %j names the commands that give it, and none where there is none', async (missing, next) => {
    bench.answer = {
      status: 409,
      body: { code: 'transition_needs', detail: 'It still needs more.', facts: { missing } },
    }
    const { code, err } = await run(['identity', 'submit', 'idn_1'])
    expect([code, err]).toEqual([1, `remit: It still needs more.${next}`])
  })

  it.each([
    [
      'request_invalid',
      { missing: ['purpose', 'owner', 'sponsor'] },
      '`remit purpose list` shows the purposes, `remit person list` shows the people.',
    ],
    ['not_found', { missing: ['shadow'] }, '`remit policy publish <folder> --shadow` puts one there.'],
    ['request_invalid', { missing: ['vendor', 'toString'] }, ''],
    [
      'already_exists',
      { identityId: 'idn_1', bindingId: 'bnd_2' },
      'identityId: "idn_1"\n       bindingId: bnd_2\n       `remit identity show <identity>` shows it; `remit identity unbind <identity> <binding>` ends it.',
    ],
    ['already_exists', { identityId: 'idn_1' }, 'identityId: "idn_1"\n       Nothing was changed.'],
  ])('of %s with %j names what shows or mends it', async (code, facts, next) => {
    bench.answer = { status: 400, body: { code, detail: 'It is not so.', facts } }
    const { err } = await run(['identity', 'submit', 'idn_1'])
    expect(err).toBe(`remit: It is not so.${next === '' ? '' : `\n       ${next}`}`)
  })

  it('of a proof says where to see what would prove it', async () => {
    for (const code of ['assertion_signature', 'issuer_unknown']) {
      bench.answer = { status: 401, body: { code, detail: 'It does not verify.' } }
      expect((await run(['identity', 'submit', 'idn_1'])).err).toContain('\n       `remit identity show <identity>')
    }
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
    expect(bench.asked).toEqual([])
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
    bench.answer = { status: 201, body: signedIn }
    const { code, out } = await run(['login', 'rml_secret'], {})
    const file = join(bench.folder, 'remit', 'session.json')
    expect(code).toBe(0)
    expect(out).not.toContain('rms_two')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ url: bench.url, session: 'rms_two' })
    expect(JSON.parse(bench.asked[0]?.body ?? '')).toEqual({ link: 'rml_secret' })
  })

  it('shows the kept session to the server it belongs to, and to no other', async () => {
    bench.answer = { status: 201, body: signedIn }
    await run(['login', 'rml_secret'], {})
    bench.answer = { status: 200, body: { person: signedIn.person } }
    expect(await run(['whoami'], {})).toMatchObject({ code: 0 })
    expect(bench.asked.at(-1)?.authorization).toBe('Bearer rms_two')
    const { code, err } = await run(['whoami', '--url', 'http://127.0.0.1:9'], {})
    expect(code).toBe(1)
    expect(err).toContain(`Nobody is signed in at http://127.0.0.1:9: the session that is kept is one at ${bench.url}.`)
    expect(err).toMatch(/`remit person link`.* `remit serve --admin-link`/)
  })

  it('makes a link for a browser, and says where to put it', async () => {
    bench.answer = { status: 201, body: signedIn }
    await run(['login', 'rml_secret'], {})
    bench.answer = { status: 201, body: { link: 'rml_next', expiresMs: 0, entry: 7 } }
    const { out } = await run(['link'], {})
    expect(out).toMatch(/^rml_next {2}#7\n {2}Put it into the page that asks for it, such as http:\S+\/discovered: /)
  })

  it('out forgets the session even where the server does not answer', async () => {
    bench.answer = { status: 201, body: signedIn }
    await run(['login', 'rml_secret'], {})
    bench.answer = { status: 503, body: { code: 'stopping', detail: 'It is stopping.' } }
    expect(await run(['logout'], {})).toMatchObject({ code: 1 })
    expect(existsSync(join(bench.folder, 'remit', 'session.json'))).toBe(false)
  })

  it('refuses a damaged session file and says what to do', async () => {
    bench.answer = { status: 201, body: signedIn }
    await run(['login', 'rml_secret'], {})
    writeFileSync(join(bench.folder, 'remit', 'session.json'), '{')
    expect(await run(['whoami'], {})).toMatchObject({ code: 1, err: expect.stringContaining('remit logout') })
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
    bench.answer.body = {
      cutoff: {},
      clock: { tookMs: 1, streamsEnded: 0, lastAcceptedMs: null },
      tasksEnded: 0,
      entry: 3,
    }
    expect(await run(['cutoff', 'vendor', 'acme', '--reason', 'It leaks'])).toMatchObject({ code: 0 })
    expect(JSON.parse(bench.asked[0]?.body ?? '')).toEqual({ target: 'vendor', targetId: 'acme', because: 'It leaks' })
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
