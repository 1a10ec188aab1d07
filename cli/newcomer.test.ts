import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { setUpBench } from '../test/cli-bench.ts'

const bench = setUpBench()
const { run } = bench

const empty = { tasks: [], identities: [], approvals: [], people: [], clients: [], issuers: [], limits: [], next: null }

describe('a list that holds nothing', () => {
  it.each([
    ['task list', 'There is no task yet.'],
    ['task list --state living', 'There is no living task.'],
    ['task list --state living --identity helper', 'There is no living task of helper.'],
    ['task list --identity helper', 'There is no task of helper.'],
    ['identity list', 'There is no identity yet: `remit identity draft` makes one.'],
    ['identity list --state active', 'No identity is in the state active.'],
    ['approvals', 'Nothing waits.'],
    ['approvals --state denied', 'Nothing that people were asked is denied.'],
    ['approvals --state all', 'Nobody was ever asked.'],
    ['client list', 'There is no client yet: `remit client add` registers one.'],
    ['issuer list', 'No issuer and no trust domain is configured.'],
    ['limit list', 'There is no limit yet: `remit limit set` sets one.'],
  ])('says what there is none of: %s', async (words, sentence) => {
    bench.answer.body = empty
    expect(await run(words.split(' '))).toEqual({ code: 0, out: sentence, err: '' })
  })

  it('of entries says how many there are', async () => {
    bench.answer.body = { ...empty, entries: [], size: 1 }
    expect((await run(['log', 'list', '--from', '9'])).out).toBe('The log ends before that: it has 1 entry.')
  })
})

describe('what is not there', () => {
  it.each([
    ['There is no such identity.', '`remit identity list`'],
    ['There is no such task.', '`remit task list`'],
    ['There is no such approval.', '`remit approvals --state all`'],
    ['There is no such entry: 99.', '`remit log list`'],
    ['There is no policy version 99.', '`remit policy history`'],
    ['There is no such server behind the gateway.', '`remit tool list`'],
    ['There is no such login in force.', '`remit person logins <person>`'],
    ['There is no such right in force.', '`remit person rights <person>`'],
    ['There is no such grant that has not ended.', '`remit identity delegates <identity>`'],
    ['Nothing of this id acts on your behalf.', '`remit acting`'],
    ['There is no task of this id, so nothing was cut off.', '`remit task list`'],
    ['There is no vendor of this id, so nothing was cut off.', '`remit identity show <identity>`'],
    ['There is no upstream of this id, so nothing was cut off.', '`remit tool list`'],
    ['There is no trust domain of our own here.', '`spiffe` in the configuration'],
    [
      'Nothing here is configured that such a key would sign for.',
      'The configuration of the server makes one: `spiffe`',
    ],
    ['There is nothing at this address.', 'Check what you named'],
  ])('is followed by the command that shows what is: %s', async (detail, next) => {
    bench.answer = { status: 404, body: { code: 'not_found', detail } }
    const { code, err } = await run(['task', 'show', 'tsk_1'])
    expect(code).toBe(1)
    expect(err.split('\n')[0]).toBe(`remit: ${detail}`)
    expect(err.split('\n')[1]?.trim()).toMatch(new RegExp(`^${next}`))
  })
})

describe('a session that has ended', () => {
  it.each(['session_invalid', 'authentication_missing'])('is told where it came from: %s', async (code) => {
    bench.answer = { status: 201, body: { session: 'rms_two', person: { name: 'Ada', roles: [] }, expiresMs: 1 } }
    await run(['login', 'rml_secret'], {})
    bench.answer = { status: 401, body: { code, detail: 'The session has ended.' } }
    expect((await run(['whoami'])).err).toContain('That session is the one of REMIT_SESSION')
    expect((await run(['whoami'], {})).err).toContain('Sign in with `remit login <link>`')
    bench.answer = { status: 403, body: { code: 'role_missing', detail: 'This asks for a role.' } }
    expect((await run(['whoami'])).err).not.toContain('REMIT_SESSION')
  })
})

describe('signing in', () => {
  const signIn = (variables: Record<string, string>, ...more: string[]) => {
    bench.answer = { status: 201, body: { session: 'rms_two', person: { name: 'Ada', roles: [] }, expiresMs: 1 } }
    return run(['login', 'rml_secret', ...more], variables)
  }

  it('says what of the environment counts in its place, as the demo has it set', async () => {
    const set = { REMIT_URL: 'http://127.0.0.1:1', REMIT_SESSION: 'rms_demo' }
    expect((await signIn(set, '--url', bench.url)).out).toContain(
      '  REMIT_URL and REMIT_SESSION are set, and count in place of this until you unset them.',
    )
    expect((await signIn({ REMIT_SESSION: 'rms_demo' })).out).toContain(
      '  REMIT_SESSION is set, and counts in place of this until you unset it.',
    )
  })

  it('says nothing of an environment that leads to the same server', async () => {
    expect((await signIn({})).out.split('\n')).toHaveLength(1)
    expect((await signIn({ REMIT_URL: `${bench.url}/` })).out.split('\n')).toHaveLength(1)
  })

  it('with a link of another server says how to name that', async () => {
    bench.answer = { status: 401, body: { code: 'login_link_invalid', detail: 'This link is not valid.' } }
    expect((await run(['login', 'rml_secret'], {})).err).toContain('say --url too')
  })
})

describe('a role that is asked for', () => {
  it('is named once', async () => {
    const detail = 'This asks for one of the roles: admin, responder.'
    bench.answer = { status: 403, body: { code: 'role_missing', detail, facts: { roles: 'admin, responder' } } }
    expect((await run(['person', 'list'])).err.split('\n')).toEqual([
      `remit: ${detail}`,
      '       See who may with `remit person list`.',
    ])
  })
})

describe('an identity that somebody else answers for', () => {
  it('is shown, and not the people among whom that one is', async () => {
    const detail = 'Only who answers for release-agent lets others act for it.'
    bench.answer = { status: 403, body: { code: 'role_missing', detail, facts: { missing: ['answering'] } } }
    expect((await run(['person', 'list'])).err.split('\n')).toEqual([
      `remit: ${detail}`,
      '       `remit identity show <identity>` says who answers for it.',
    ])
  })
})

describe('signing out', () => {
  const signIn = async () => {
    bench.answer = {
      status: 201,
      body: { session: 'rms_two', person: { id: 'psn_1', name: 'Ada', roles: ['admin'] }, expiresMs: 1, entry: 4 },
    }
    expect(await run(['login', 'rml_secret'], {})).toMatchObject({ code: 0 })
    return join(bench.folder, 'remit', 'session.json')
  }

  it('of a session that has ended is well, and says so', async () => {
    const file = await signIn()
    bench.answer = { status: 401, body: { code: 'session_invalid', detail: 'The session has ended.' } }
    const { code, out } = await run(['logout'], {})
    expect([code, out]).toEqual([0, `Signed out of ${bench.url}; the session had ended already.`])
    expect(existsSync(file)).toBe(false)
  })

  it('with a damaged file deletes it, as the refusal of that file says', async () => {
    const file = await signIn()
    writeFileSync(file, '{')
    expect((await run(['whoami'], {})).err).toContain('Run `remit logout`')
    const asked = bench.asked.length
    expect(await run(['logout'], {})).toMatchObject({
      code: 0,
      out: expect.stringContaining('was damaged, and is gone'),
    })
    expect([existsSync(file), bench.asked.length]).toEqual([false, asked])
    expect((await run(['whoami'], {})).err).toContain('Nobody is signed in')
  })

  it('says where a session of the environment counts on', async () => {
    expect((await run(['logout'])).out).toMatch(/^Nobody was signed in\.\n {2}REMIT_SESSION is set/)
  })
})

describe('what is asked of a name or an id', () => {
  it('where only an entry can be explained, is told where entries are', async () => {
    for (const word of ['news-reader', 'apr_1']) expect((await run(['why', word])).err).toContain('`remit log list`')
  })
})

describe('what the purpose does not cover', () => {
  it('is told where purposes are', async () => {
    bench.answer = { status: 403, body: { code: 'purpose_exceeded', detail: 'The purpose x does not cover: write.' } }
    expect((await run(['identity', 'retire', 'helper', '--reason', 'r'])).err).toContain('`remit purpose list`')
  })
})

describe('an identity that gets another sponsor alone', () => {
  it('keeps its owner, who is not to be named again', async () => {
    const people = [
      { id: 'psn_1', name: 'Ada', email: 'ada@x.example' },
      { id: 'psn_2', name: 'Lin', email: 'lin@x.example' },
    ]
    bench.later.set('/api/v1/identities/helper', { identity: { id: 'idn_1', owner: 'psn_1' } })
    bench.later.set('/api/v1/people?limit=200', { people, next: null })
    bench.answer.body = { identity: { name: 'helper', state: 'suspended' }, entry: 4 }
    const { out } = await run(['identity', 'reassign', 'helper', '--sponsor', 'Lin', '--reason', 'r'])
    expect(out).toContain('Ada answers for helper from now on, with Lin as its sponsor; it is suspended.  #4')
    expect(bench.asked.at(-1)).toMatchObject({
      path: '/api/v1/identities/idn_1/reassign',
      body: JSON.stringify({ owner: 'psn_1', sponsor: 'psn_2', reason: 'r' }),
    })
  })
})

describe('an address', () => {
  it('where no Remit answers is to be checked, by the option too', async () => {
    bench.answer = { status: 404, body: 'not of ours' }
    expect((await run(['whoami'])).err).toContain('may be no Remit: check REMIT_URL or --url')
    bench.answer = { status: 404, body: { code: 'route_unknown', detail: 'There is nothing at this address.' } }
    expect((await run(['whoami'])).err).toContain('Check REMIT_URL or --url')
  })
})

describe('a time', () => {
  it('that ends before it begins is a slip, and no empty answer', async () => {
    const { code, err } = await run(['policy', 'replay', '--since', '1h', '--until', '2h'])
    expect([code, bench.asked]).toEqual([2, []])
    expect(err).toMatch(/^remit: --until is before --since\./)
  })
})

describe('what was done', () => {
  it.each([
    [[1, 1], '1 task and 1 credential ended in 3 ms.'],
    [[2, 0], '2 tasks and 0 credentials ended in 3 ms.'],
  ])('is counted in words that fit: %j', async ([tasks = 0, credentials], sentence) => {
    const ended = Array.from({ length: tasks }, (_, at) => `tsk_${at}`)
    bench.answer.body = { ended, credentials, tookMs: 3, entry: 7 }
    expect((await run(['task', 'revoke', 'tsk_0', '--reason', 'r'])).out).toContain(`${sentence}  #7`)
  })

  it('to one task and one stream is told of one', async () => {
    bench.answer.body = {
      cutoff: {},
      clock: { tookMs: 1, streamsEnded: 1, lastAcceptedMs: null },
      tasksEnded: 1,
      settled: true,
      entry: 3,
    }
    const { out } = await run(['cutoff', 'vendor', 'acme', '--reason', 'r'])
    expect(out).toContain('; 1 task and 1 open stream ended.')
    expect(out).toContain(
      'Elsewhere a grant for another domain, an SVID, or a token for a cloud that was given before counts until it ends.',
    )
    expect(out).toContain('and one that waits for approval, before it is approved (remit approvals).')
  })

  it('to what acts for you says what is below it only where something is', async () => {
    for (const [count, more] of [
      [1, ''],
      [2, ', with 1 task below it'],
      [3, ', with 2 tasks below it'],
    ] as const) {
      bench.answer.body = { ended: Array.from({ length: count }, (_, at) => `tsk_${at}`), entry: 3 }
      expect((await run(['acting', 'end', 'tsk_0', '--reason', 'r'])).out).toBe(`tsk_0 has ended${more}.  #3`)
    }
  })

  it('where somebody leaves names the identities that are suspended, and shows ids where they may not be read', async () => {
    const people = { people: [{ id: 'psn_1', name: 'Bob', email: 'b@x.example' }], next: null }
    const leave = async () => (await run(['person', 'leave', 'Bob'])).out.split('\n')
    bench.later.set('/api/v1/people?limit=200', people)
    bench.later.set('/api/v1/people/psn_1/leave', {
      suspended: ['idn_1', 'idn_2'],
      following: 0,
      settled: true,
      entry: 4,
    })
    bench.later.set('/api/v1/identities/idn_1', { identity: { name: 'helper' } })
    bench.later.set('/api/v1/identities/idn_2', { identity: { name: 'other' } })
    expect(await leave()).toEqual([
      'Bob has left; 2 identities were suspended.  #4',
      '  helper (idn_1)',
      '  other (idn_2)',
      "  remit identity reassign <identity> --owner <person> --reason '…'",
    ])
    bench.later.set('/api/v1/identities/idn_2', 'no document')
    expect((await leave()).slice(0, 3)).toEqual([
      'Bob has left; 2 identities were suspended.  #4',
      '  idn_1',
      '  idn_2',
    ])
    bench.later.set('/api/v1/people/psn_1/leave', { suspended: [], following: 0, settled: true, entry: 4 })
    expect(await leave()).toEqual(['Bob has left; nothing that they owned acts.  #4'])
    bench.later.set('/api/v1/people/psn_1/leave', { suspended: [], entry: 4 }) // as a server of before answers
    expect(await leave()).toEqual(['Bob has left; nothing that they owned acts.  #4'])
  })

  it.each([
    ['active', 0, 0, 'no identity'],
    ['active', 2, 1, '2 identities, of which 1 is active or waits for approval'],
    ['active', 2, 2, '2 identities, of which 2 are active or wait for approval'],
    ['left', 0, 0, 'no identity'],
    ['left', 1, 0, '1 identity, none of which acts'],
    ['left', 2, 1, '2 identities, of which 1 is still to be suspended; none acts'],
  ])('of a person who is %s says how many of %i are theirs', async (state, identities, living, said) => {
    const person = { id: 'psn_1', name: 'Bob', email: 'b@x.example', roles: [], state }
    bench.later.set('/api/v1/people?limit=200', { people: [person], next: null })
    bench.later.set('/api/v1/people/psn_1', { person, estate: { identities, living } })
    expect((await run(['person', 'show', 'Bob'])).out).toMatch(new RegExp(`^owns +${said}$`, 'm'))
  })
})

describe('a file', () => {
  it('that cannot be written is told in our words', async () => {
    const file = join(bench.folder, 'none', 'agent.key')
    const { code, err } = await run(['key', 'make', file])
    expect(code).toBe(1)
    expect(err).toBe(
      `remit: There is no folder ${join(bench.folder, 'none')}.\n       Check the path, or make the folder first.`,
    )
    writeFileSync(join(bench.folder, 'file'), '')
    expect((await run(['key', 'make', join(bench.folder, 'file', 'x')])).err).toContain('is a file and no folder')
  })

  it('with the public part of a key is not said to hold none', async () => {
    const file = join(bench.folder, 'agent.key.pub')
    writeFileSync(file, '{"kty":"EC","crv":"P-256","x":"a","y":"b"}')
    const words = ['svid', 'serve', join(bench.folder, 's'), '--task', 'tsk_1', '--name', 'x', '--key', file]
    const { code, err } = await run(words)
    expect(code).toBe(2)
    expect(err).toMatch(/holds the public part of a key, and the private one is needed\.\n.*without \.pub/)
  })

  it('of policies is said to be missing from the folder that was named', async () => {
    const folder = join(bench.folder, 'policies')
    mkdirSync(folder)
    expect((await run(['policy', 'validate', folder])).err).toContain(`The folder ${folder} holds no *.cedar file.`)
  })
})
