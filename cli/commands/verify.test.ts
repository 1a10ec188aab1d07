import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packOf } from '../../test/prove/made-pack.ts'
import { packLines, writeStory } from '../../test/prove/write-story.ts'
import { testSigner } from '../../test/record/open-test-log.ts'
import { readEnvironment } from '../environment.ts'
import { runCommandLine } from '../main.ts'

const { vkey } = testSigner
const otherVkey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const home = process.cwd()
let folder: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remit-verify-'))
  const { parts } = await writeStory()
  writeFileSync(join(folder, 'evidence.pack'), `${(await packLines(parts)).join('\n')}\n`)
  process.chdir(folder)
})

afterEach(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true, force: true })
})

async function verify(...words: string[]) {
  const out: string[] = []
  const print = (text: string): number => out.push(text)
  const terminal = { print, warn: print, paint: (_: string, text: string) => text, columns: 100 }
  const code = await runCommandLine(['verify', ...words], readEnvironment({}), terminal)
  return { code, out: out.join('\n') }
}

function put(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

describe('a pack that verifies', () => {
  it('of the whole log is said to be so as of its last entry', async () => {
    const { out } = await verify('evidence.pack', '--key', vkey)
    expect(out).toMatch(
      /^It verifies: all 24 entries of the log remit.example\/log as of [-0-9]+ [:0-9]+Z, unchanged, in/,
    )
    expect(out).toContain('within the laws')
  })

  it('of a part is not said to keep the laws, and its summary goes as far as it tells', async () => {
    const { parts } = await writeStory()
    put('part.pack', `${(await packLines(parts, { about: { kind: 'task', id: 'tsk_docs' } })).join('\n')}\n`)
    const { code, out } = await verify('part.pack', '--key', vkey)
    expect(code).toBe(0)
    expect(out).toMatch(/of the 24 entries of the log remit.example\/log, unchanged and in order; the last is of /)
    expect(out).toContain('about the task tsk_docs; nothing shows what was left out. As far as this pack tells:')
    expect(out).not.toContain('laws')
  })

  it('counts every task, and not only those that are listed', async () => {
    const opened = (at: number) => ({
      kind: 'decision.permit',
      data: { decision: 'task', taskId: `tsk_${at}`, identityId: 'idn_x', endsMs: 9_000 },
    })
    const tasks = Array.from({ length: 150 }, (_, at) => opened(at))
    put('many.pack', packOf(tasks, { whole: false, subject: { kind: 'identity', id: 'idn_x' } }).join('\n'))
    const { out } = await verify('many.pack', '--key', vkey, '--json')
    expect(JSON.parse(out)).toMatchObject({ identities: [{ tasksTotal: 150 }] })
    expect((await verify('many.pack', '--key', vkey)).out).toContain('150 tasks')
  })
})

describe('what is no file', () => {
  it('is told to be a folder, or not to be there', async () => {
    mkdirSync(join(folder, 'packs'))
    expect(await verify('packs', '--key', vkey)).toEqual({
      code: 2,
      out: 'remit: packs is a folder, and no evidence pack.\n       Check the path.',
    })
    expect((await verify('none.pack', '--key', vkey)).out).toContain('There is no file none.pack.')
  })

  it('but a pipe is verified', async () => {
    const pipe = join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const fed = writeFile(pipe, readFileSync('evidence.pack'))
    expect((await verify(pipe, '--key', vkey)).out).toMatch(/^It verifies: /)
    await fed
  })
})

describe('a pack that another key has signed', () => {
  it('is said to be so, with where the key has to come from', async () => {
    const { code, out } = await verify('evidence.pack', '--key', otherVkey)
    expect(code).toBe(1)
    expect(out).toMatch(/^It does not verify: line 1 \(checkpoint\)/)
    expect(out).toContain('that is the key of another log: have it from whoever keeps the log')
    const { out: ofPart } = await verify('evidence.pack', '--key', vkey)
    expect(ofPart).not.toContain('another log')
  })
})

describe('an identity of which a part of a log tells', () => {
  const part = { whole: false, subject: { kind: 'identity', id: 'idn_x' } } as const
  const opened = (identity: object) => ({
    kind: 'decision.permit',
    data: { decision: 'task', taskId: 'tsk_x', identityId: 'idn_x', identity, endsMs: 9_000 },
  })

  it('has the name of its task where the entry that named it is not there, and else its id', async () => {
    put('named.pack', packOf([opened({ name: 'helper' })], part).join('\n'))
    expect((await verify('named.pack', '--key', vkey)).out).toContain('  helper (no tier): 1 task; ')
    put('nameless.pack', packOf([opened({})], part).join('\n'))
    expect((await verify('nameless.pack', '--key', vkey)).out).toContain('  idn_x (no tier): 1 task; ')
  })
})

describe('what a pack counts of an identity', () => {
  const drafted = (id: string, name: string) => ({ kind: 'identity.drafted', data: { identityId: id, name } })
  const ask = (actor: object, outcome: string, more: object = {}) => ({
    kind: `decision.${outcome}`,
    actor,
    data: { decision: 'evaluation', identityId: 'idn_x', taskId: 'tsk_x', ...more },
  })
  const part = { whole: false, subject: { kind: 'identity', id: 'idn_x' } } as const

  it('is what it asked for itself, and apart from that what was asked about it, by who asked', async () => {
    const [x, point, ann] = ['idn_x', 'idn_point', 'psn_ann']
    const [self, pep, person] = [
      { kind: 'identity', id: x },
      { kind: 'identity', id: point },
      { kind: 'person', id: ann },
    ]
    const entries = [
      drafted(x, 'summariser'),
      drafted(point, 'records-gateway'),
      ...[1, 2, 3, 4].map(() => ({ kind: 'decision.denial', actor: self, data: { decision: 'call' } })),
      ...Array.from({ length: 262 }, () => ask(person, 'denial')),
      ask(pep, 'permit', { counts: true, countedBy: 'ent_1' }),
      ask(pep, 'permit'),
      ask(pep, 'denial'),
      ask(self, 'denial'),
    ]
    put('asked.pack', packOf(entries, part).join('\n'))
    const { out } = await verify('asked.pack', '--key', vkey)
    expect(out.split('\n').slice(3)).toEqual([
      '  records-gateway (no tier): 0 tasks; of its own requests 0 permits, 0 denials',
      '    what it asked about others: 2 permits (1 act let happen by it), 1 denial',
      '  summariser (no tier): 0 tasks; of its own requests 0 permits, 4 denials',
      '    asked about it by the person psn_ann: 0 permits, 262 denials',
      '    asked about it by the identity records-gateway: 2 permits (1 act let happen by it), 1 denial',
      '    asked about it by itself: 0 permits, 1 denial',
    ])
    const { identities } = JSON.parse((await verify('asked.pack', '--key', vkey, '--json')).out)
    expect(identities[1]).toMatchObject({
      permits: 0,
      denials: 4,
      questions: {
        permits: 2,
        denials: 264,
        acts: 1,
        askersTotal: 3,
        by: [{ kind: 'person', id: ann, name: null, denials: 262 }, { name: 'records-gateway' }, { id: x }],
      },
      asks: { permits: 0, denials: 0, acts: 0 },
    })
  })

  it('names those who asked most, and how many more there are', async () => {
    const askers = Array.from({ length: 103 }, (_, at) => ask({ kind: 'person', id: `psn_${at}` }, 'denial'))
    const most = ask({ kind: 'person', id: 'psn_102' }, 'denial')
    put('crowd.pack', packOf([drafted('idn_x', 'x'), ...askers, most], part).join('\n'))
    const { out } = await verify('crowd.pack', '--key', vkey)
    expect(out).toMatch(
      /requests 0 permits, 0 denials\n {4}asked about it by the person psn_102: 0 permits, 2 denials\n/,
    )
    expect(out).toMatch(/\n {4}and 3 more askers$/)
  })
})

describe('the key that a pack is verified with', () => {
  it('is the one that was said, even where the folder of the evidence holds a file of that name', async () => {
    put(otherVkey, vkey)
    const { code, out } = await verify('evidence.pack', '--key', otherVkey)
    expect(code).toBe(1)
    expect(out).toContain(`by the key ${otherVkey}`)
  })

  it('is read from a file where what was said is no key, and the answer says so', async () => {
    put('log.key', `${vkey}\n`)
    const { code, out } = await verify('evidence.pack', '--key', 'log.key')
    expect(code).toBe(0)
    expect(out).toContain(`by the key ${vkey}, read from the file log.key`)
  })

  it('is named in the document for machines', async () => {
    const { out } = await verify('evidence.pack', '--key', vkey, '--json')
    expect(JSON.parse(out)).toMatchObject({ ok: true, key: { vkey, file: null } })
  })

  it.each([
    ['a name of no file', 'nothing-of-that-name', /names no file that is there/],
    ['a folder', '.', /cannot be read: it is a folder/],
    ['a key with a letter too many', `${vkey}x`, /is no public key of a log: /],
    ['an empty file', 'empty.key', /holds no public key of a log: it is empty/],
    ['the key of an agent', 'agent.key', /: it holds a JWK/],
    ['a PEM file', 'agent.pem', /: it holds a key or certificate in PEM/],
    ['the pack itself', 'evidence.pack', /: it holds an evidence pack/],
    ['a vkey of another kind', 'ecdsa.key', /: the key of this vkey is not of type 0x01 \(Ed25519\)/],
    ['a text', 'text.key', /: a vkey is a name, a key id and a key/],
  ])('that is %s is told apart from evidence that fails', async (_, said, sentence) => {
    put('empty.key', '\n')
    put('agent.key', '{"kty":"EC","crv":"P-256","d":"c2VjcmV0"}\n')
    put('agent.pem', '-----BEGIN PUBLIC KEY-----\nMCow\n')
    put('ecdsa.key', 'example.com/foo+530d903a+AgAAAA==')
    put('text.key', 'a text of mine')
    const { code, out } = await verify('evidence.pack', '--key', said)
    expect(code).toBe(2)
    expect(out).toMatch(sentence)
    expect(out).toContain('as `remit log key` shows it')
    expect(out).not.toMatch(/It does not verify|c2VjcmV0|a text of mine/)
    const document = JSON.parse((await verify('evidence.pack', '--key', said, '--json')).out) as object
    expect(document).toMatchObject({ error: { code: 'key_unreadable' } })
  })

  it('is that of no other log: evidence that it did not sign does not verify', async () => {
    put('other.key', otherVkey)
    const { code, out } = await verify('evidence.pack', '--key', 'other.key')
    expect(code).toBe(1)
    expect(out).toContain('It does not verify')
  })
})
