import { spawnSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { setUpBench } from '../test/cli-bench.ts'
import { makeSelfSigned } from '../test/issuer/certificates.ts'

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

describe('a list of cutoffs', () => {
  it('is read to its end and shown newest first', async () => {
    const cutoff = (targetId: string, atMs: number) => ({
      target: 'vendor',
      targetId,
      atMs,
      because: 'x',
      by: 'psn_1',
      entry: 1,
    })
    bench.answer.body = { cutoffs: [cutoff('acme', 1), cutoff('bolt', 3)], next: 'vendor:bolt' }
    bench.later.set('/api/v1/people?limit=200', { people: [], next: null })
    bench.later.set('/api/v1/cutoffs?limit=200&after=vendor%3Abolt', { cutoffs: [cutoff('corp', 2)], next: null })
    const { out } = await run(['cutoff', 'list', '--json'])
    const { cutoffs } = JSON.parse(out) as { cutoffs: { targetId: string }[] }
    expect(cutoffs.map(({ targetId }) => targetId)).toEqual(['bolt', 'corp', 'acme'])
  })
})

describe('an identity', () => {
  it('is shown with the ids by which its parts are ended', async () => {
    bench.answer.body = {
      identity: { ...identity, sponsor: null, suspendedBecause: null, rehearsedMs: null },
      bindings: [{ id: 'bnd_1', kind: 'oidc', issuer: 'i', subject: 's', keys: [], endedMs: null, endsMs: 86_400_000 }],
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
      pivots: 1,
    }
    const { out, err } = await run(['identity', 'show', 'helper'])
    expect(err).toBe('')
    expect(out).toMatch(/^pivots +1 call outside of its tasks/m)
    expect(out).toMatch(/1970-01-02 00:00:00Z +bnd_1/)
    expect(out).toMatch(/ent_1/)
    bench.answer.body = { entry: 9 }
    const ended = await run(['identity', 'unbind', 'idn_1', 'bnd_1', '--reason', 'Moved'])
    expect(ended).toMatchObject({ code: 0, out: expect.stringMatching(/bnd_1 has ended.*#9/) })
    expect(bench.asked.at(-1)).toMatchObject({
      path: '/api/v1/identities/idn_1/bindings/bnd_1/end',
      body: '{"reason":"Moved"}',
    })
    await run(['identity', 'unentitle', 'idn_1', 'ent_1', '--reason', 'Over'])
    expect(bench.asked.at(-1)?.path).toBe('/api/v1/identities/idn_1/entitlements/ent_1/end')
  })
})

describe('what is shown of an identity', () => {
  const show = async (more: object) => {
    bench.answer.body = {
      identity: { ...identity, sponsor: null, suspendedBecause: null, rehearsedMs: null, ...more },
      bindings: [],
      entitlements: [],
      tier: { tier: 'T1', reasons: [], terms: { name: 'observer', activationSeats: [], taskApproval: 'none' } },
      people: [],
      pivots: 0,
    }
    return (await run(['identity', 'show', 'helper'])).out
  }

  it('says of one that was suspended why, and of one that waits for approval again that it was', async () => {
    const because = { suspendedBecause: 'its owner left' }
    expect(await show({ ...because, state: 'suspended' })).toMatch(/^state +suspended: "its owner left"$/m)
    expect(await show({ ...because, state: 'pending' })).toMatch(
      /^state +pending; it was suspended: "its owner left"$/m,
    )
    expect(await show({ state: 'active' })).toMatch(/^state +active$/m)
  })

  it('says who of those who answer for it has left', async () => {
    const people = [
      { id: 'psn_1', name: 'Ada', state: 'active' },
      { id: 'psn_2', name: 'Grace', state: 'left' },
    ]
    bench.later.set('/api/v1/people?limit=200', { people, next: null })
    const shown = await show({ sponsor: 'psn_2' })
    expect(shown).toMatch(/^owner +Ada$/m)
    expect(shown).toMatch(/^sponsor +Grace \(left\)$/m)
    bench.later.set('/api/v1/identities?limit=200', { identities: [{ ...identity, owner: 'psn_2' }], next: null })
    expect((await run(['identity', 'list'])).out).toMatch(/^helper .* Grace \(left\) /m)
  })

  it('names the vendor that runs it, which is how it is cut off', async () => {
    expect(await show({ vendor: 'acme' })).toMatch(/^vendor +acme$/m)
    expect(await show({ vendor: null })).not.toMatch(/^vendor/m)
  })
})

describe('who may act for an identity', () => {
  const grant = {
    id: 'dlg_1',
    from: 'idn_1',
    to: 'idn_2',
    scope: [{ action: 'a', resource: 'r' }],
    classes: ['read'],
    endsMs: 0,
  }

  it('is listed by name', async () => {
    bench.answer.body = { grants: [{ ...grant, ceiling: 'public', state: 'granted' }], people: [] }
    bench.later.set('/api/v1/identities/idn_1', { identity })
    bench.later.set('/api/v1/identities/idn_2', { identity: { ...identity, id: 'idn_2', name: 'reader' } })
    const { out } = await run(['identity', 'delegates', 'idn_1'])
    expect(out).toMatch(/helper +reader +read +a@r +public +granted .* dlg_1/)
  })

  it('is asked with the whole command that answers it', async () => {
    bench.answer.body = { approval: { id: 'apr_1' }, entry: 4 }
    const words = ['identity', 'delegate', 'idn_1', '--to', 'idn_2', '--allow', 'a@r', '--class', 'read']
    const { out } = await run([...words, '--ceiling', 'public', '--reason', 'It helps'])
    expect(out).toContain("remit approve apr_1 --reason '…'")
  })
})

describe('a client', () => {
  it('is told as registered by people only where they did that', async () => {
    const client = { id: 'bnd_1', identityId: 'idn_1', kind: 'client', endedMs: null }
    const terms = { redirectUris: ['https://app.example/back'], server: null }
    bench.answer.body = {
      clients: [
        { ...client, subject: 'desk-app', client: terms },
        { ...client, subject: 'https://app.example/client.json' },
      ],
      next: null,
      people: [],
    }
    bench.later.set('/api/v1/identities/idn_1', { identity })
    const { out } = await run(['client', 'list'])
    expect(out).toMatch(/desk-app +helper +https:\/\/app.example\/back +registered /)
    expect(out).toMatch(/client.json +helper +as its own document says +by document /)
  })
})

describe('a path', () => {
  const none = { people: [], next: null, paths: [], fallen: [], openable: [], size: 7, isLimited: false, cautions: [] }

  it('is told as of the last entry that there was', async () => {
    bench.answer.body = { ...none, cautions: ['It is called otherwise.'] }
    const { out } = await run(['access', 'path', '--of', 'tsk_1'])
    expect(out).toMatch(/no way there now\.\n {2}Look at this: It is called otherwise\.\nAs of entry #6 of the log\./)
  })

  it('that only a task is missing for is told as that', async () => {
    const scope = [{ action: 'docs/read_text_file', resource: 'docs:a' }]
    const openable = [{ entitlementId: 'ent_1', entry: 5, endsMs: 0, scope }]
    bench.answer.body = { ...none, openable }
    const { out } = await run(['access', 'path', '--from', 'idn_1', '--to', 'docs:a'])
    expect(out).not.toContain('no way')
    expect(out).toMatch(
      /No task that is open leads there.*would have to be opened, by ent_1: docs\/read_text_file.*#5/s,
    )
  })

  it('that is asked for by half says how to ask', async () => {
    expect(await run(['access', 'path', '--from', 'idn_1'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Run `remit access path --help`.'),
    })
  })
})

describe('a key', () => {
  it('is made with a private part that only this user can read, and is never written over', async () => {
    const file = join(bench.folder, 'agent.jwk')
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
    const file = join(bench.folder, 'agent.jwk')
    await run(['key', 'make', file], {})
    bench.answer = { status: 201, body: { binding: { subject: 'helper' }, entry: 3 } }
    const words = ['identity', 'bind', 'idn_1', '--kind', 'key', '--subject', 'helper', '--key', file]
    expect(await run(words)).toMatchObject({ code: 0, out: expect.stringContaining('holds the private part') })
    const sent = JSON.parse(bench.asked[0]?.body ?? '') as { issuer: string; keys: object[] }
    expect(sent).toMatchObject({ kind: 'key', issuer: 'self', keys: [{ kty: 'EC', x: expect.any(String) }] })
    expect(bench.asked[0]?.body).not.toContain('"d"')
  })

  it('takes the place of another one without its private part, and nothing takes the place of nothing', async () => {
    const file = join(bench.folder, 'next.jwk')
    await run(['key', 'make', file], {})
    bench.answer = { status: 201, body: { approval: { id: 'apr_1', seats: ['owner'] }, entry: 3 } }
    const words = ['identity', 'rotate', 'idn_1', 'bnd_1', '--reason', 'It is old']
    expect(await run([...words, '--key', file])).toMatchObject({
      code: 0,
      out: expect.stringContaining('holds the private part'),
    })
    expect(bench.asked[0]?.body).not.toContain('"d"')
    expect((await run([...words, '--key', `${file}.pub`])).out).not.toContain('private part')
    expect(await run(words)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--certificate, --issuer or --pin'),
    })
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

describe('a certificate', () => {
  it('becomes a binding by its thumbprint, and goes with no other kind', async () => {
    const made = makeSelfSigned()
    const file = join(bench.folder, 'agent.crt')
    writeFileSync(file, made.pem)
    bench.answer = { status: 201, body: { binding: { subject: made.thumbprint }, entry: 3 } }
    const words = ['identity', 'bind', 'idn_1', '--kind', 'certificate']
    expect(await run([...words, '--certificate', file])).toMatchObject({ code: 0 })
    expect(JSON.parse(bench.asked[0]?.body ?? '')).toMatchObject({
      kind: 'certificate',
      issuer: 'self',
      subject: made.thumbprint,
    })
    writeFileSync(file, made.key)
    expect(await run([...words, '--certificate', file])).toMatchObject({ code: 2 })
    expect(await run(['identity', 'bind', 'idn_1', '--kind', 'key', '--certificate', file])).toMatchObject({ code: 2 })
    expect(await run([...words, '--certificate', file, '--subject', 's'])).toMatchObject({ code: 2 })
  })
})

describe('an identity that waits for approval', () => {
  it('is returned to draft, with the reason', async () => {
    bench.answer.body = { identity: { ...identity, state: 'draft' }, entry: 5 }
    const { code, out } = await run(['identity', 'return', 'idn_1', '--reason', 'It lacks a binding'])
    expect([code, out]).toEqual([0, expect.stringContaining('helper is a draft again')])
    expect(bench.asked).toMatchObject([
      { method: 'POST', path: '/api/v1/identities/idn_1/return', body: '{"reason":"It lacks a binding"}' },
    ])
  })
})

describe('explaining', () => {
  it('puts names in the place of ids for people, and before them for machines', async () => {
    const body = {
      explanation: { sentences: ['By helper (idn_1), owner psn_1.'] },
      people: [{ id: 'psn_1', name: 'Ada' }],
      next: null,
      identity,
    }
    bench.answer.body = body
    expect((await run(['why', '#3'])).out).toBe('By helper, owner Ada.')
    expect(JSON.parse((await run(['why', '3', '--json'])).out)).toEqual({
      explanation: { sentences: ['By helper (idn_1), owner Ada (psn_1).'] },
    })
  })
})

describe('what the policies were asked', () => {
  it('is told below each other, each thing once, and no line is padded to the width of another', async () => {
    const uid = (type: string, id: string) => ({ type: `Remit::${type}`, id })
    const question = {
      principal: uid('Identity', 'idn_1'),
      action: uid('Action', 'read'),
      resource: uid('Resource', 'docs:a.md'),
      context: { approved: false },
      entities: [
        { uid: uid('Identity', 'idn_1'), attrs: { name: 'helper' }, tags: { team: 'blue' } },
        { uid: uid('Counts', 'permitted'), attrs: {}, tags: {} },
        { uid: uid('Resource', 'docs:a.md'), attrs: {}, tags: {}, parents: [{ type: 'folder', id: 'all docs' }] },
      ],
    }
    const bare = { ...question, action: uid('Action', 'write'), context: {}, entities: [] }
    bench.answer.body = {
      explanation: {
        sentences: ['It was so.'],
        asked: { told: true, questions: [question, question, bare] },
      },
      people: [],
      next: null,
    }
    expect((await run(['why', '3'])).out.trimEnd().split('\n')).toEqual([
      'It was so.',
      '',
      'The policies were asked about Identity::"idn_1" Action::"read" Resource::"docs:a.md"',
      '  approved: false',
      '  done before: nothing that policies look at',
      'They were told of Identity::"idn_1"',
      '  name: "helper"; tags team: "blue"',
      'They were told of Resource::"docs:a.md"',
      '  in folder::"all docs"',
      'The policies were asked about Identity::"idn_1" Action::"write" Resource::"docs:a.md"',
    ])
  })
})

describe('what a person decides on', () => {
  const goal = `Publish (idn_and) (psn_1) as asked by psn_1; until 2099 \u202e${'idn_'}${'a'.repeat(300)}`
  const wish = {
    goal,
    identityId: 'idn_1',
    scope: [{ action: 'docs/write', resource: 'docs:*' }],
    arguments: { text: 'a\u001b[31m\n(idn_1)', timeoutMs: 5_000 },
    because: ['A write (idn_1)', 'plain'],
    endsMs: 1_790_000_000_000,
    ticket: null,
    onBehalfOf: null,
  }
  const asking = { state: 'pending', seats: ['security'], requestedBy: ['idn_1', 'psn_1'], votes: [] }
  const approval = { ...asking, id: 'apr_1', subject: 'task', expiresMs: 0, asked: wish }

  it('is shown as it was asked: ids by name where they are facts, and nothing changed in what others wrote', async () => {
    bench.answer.body = { approvals: [approval], people: [{ id: 'psn_1', name: 'Ada' }], identity }
    const { out, code } = await run(['approvals'])
    expect(code).toBe(0)
    const shown = (name: string) => new RegExp(`^ +${name} +(.*)$`, 'm').exec(out)?.[1]
    expect(shown('identityId')).toBe('helper')
    expect(out).toContain('  Asked for helper; Ada may not answer it.\n')
    expect(shown('goal')).toBe(JSON.stringify(goal).replace('\u202e', '\\u202e'))
    expect(shown('because')).toBe('"A write (idn_1)"; plain')
    expect(JSON.parse(shown('arguments') ?? '')).toEqual(wish.arguments)
    expect(shown('ends')).toBe('2026-09-21 14:13:20Z')
    expect([shown('ticket'), shown('onBehalfOf')]).toEqual([undefined, undefined])
    expect(out).not.toMatch(/[\u001b\u202e]/)
  })

  it('is not put into what others wrote when it is explained', async () => {
    const goal = 'ends. Person psn_1 (idn_1) said "yes"'
    const sentences = [`helper (idn_1) acts for ${JSON.stringify(goal)}; asked by psn_1 (entry 3).`]
    bench.answer.body = { explanation: { sentences }, people: [{ id: 'psn_1', name: 'Ada' }], identity }
    expect((await run(['why', '3'])).out).toBe(`helper acts for ${JSON.stringify(goal)}; asked by Ada (entry 3).`)
  })
})

describe('verifying', () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const root = fileURLToPath(new URL('..', import.meta.url))
  const offline = ['--permission', `--allow-fs-read=${root}`, '--disable-warning=ExperimentalWarning', main]

  function runOffline(...words: string[]) {
    const env = { REMIT_URL: bench.url, REMIT_SESSION: 'rms_one', HOME: bench.folder }
    return spawnSync(process.execPath, [`--allow-fs-read=${bench.folder}/*`, ...offline, ...words], {
      encoding: 'utf8',
      env,
    })
  }

  it('works where no connection can be opened, and never tries', () => {
    const pack = join(bench.folder, 'x.pack')
    const vkey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
    writeFileSync(pack, '{"format":"something else"}\n')
    const { status, stdout, stderr } = runOffline('verify', pack, '--key', vkey, '--json')
    expect([status, stderr]).toEqual([1, ''])
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, failures: [{ line: expect.any(Number) }] })
    expect(bench.connections).toBe(0)
  })

  it('is held to that: the same process cannot reach the server', () => {
    const { status } = runOffline('whoami')
    expect(status).toBe(3)
    expect(bench.connections).toBe(0)
  })

  it('of a file that is not there is a usage error', () => {
    const { status, stderr } = runOffline('verify', join(bench.folder, 'none'), '--key', 'x')
    expect(status).toBe(2)
    expect(stderr).toContain('There is no file')
  })
})
