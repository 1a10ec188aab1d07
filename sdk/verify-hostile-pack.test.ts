import { beforeAll, describe, expect, it } from 'vitest'
import { toHex, toUtf8 } from '../src/contract/log/bytes.ts'
import type { PackPolicy } from '../src/contract/log/pack.ts'
import { canonicalJson } from '../src/ground/canonical-json.ts'
import { type Brief, brief, changeLine, changeValue, packOf, plain, system } from '../test/prove/made-pack.ts'
import { packLines, writeStory } from '../test/prove/write-story.ts'
import { testSigner } from '../test/record/open-test-log.ts'
import { readPackLines } from './pack-lines.ts'
import { sha256 } from './sha256.ts'
import { verifyPack } from './verify-pack.ts'

const { vkey } = testSigner
let whole: readonly string[] = []
let about: readonly string[] = []

beforeAll(async () => {
  const { parts } = await writeStory()
  whole = await packLines(parts)
  about = await packLines(parts, { about: { kind: 'task', id: 'tsk_docs' } })
})

describe('a pack that is made to hurt its reader', () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
  const nest = (line: string, name: string): string => line.replace(`"${name}":0`, `"${name}":${deep}`)

  it.each<[string, () => readonly string[], Brief]>([
    [
      'a checkpoint that is no text',
      () => changeValue(whole, 0, (value: object) => ({ ...value, checkpoint: { toString: 1, valueOf: 1 } })),
      [1, null, 'form'],
    ],
    ['a format that is nested deeply', () => [nest('{"format":0}', 'format')], [1, null, 'form']],
    [
      'a checkpoint that is nested deeply',
      () => [nest('{"format":"remit-pack/1","checkpoint":0}', 'checkpoint')],
      [1, null, 'form'],
    ],
    [
      'a policy name that is nested deeply',
      () => changeLine(packOf([{}], { policies: [] }), 0, (line) => nest(line.replace('[]', '[{"name":0}]'), 'name')),
      [1, null, 'form'],
    ],
    [
      'a count that is nested deeply',
      () => [...whole.slice(0, -1), `{"end":true,"entries":${deep}}`],
      [26, null, 'form'],
    ],
  ])('with %s is refused, and throws nothing', async (_, lines, failure) => {
    const report = await verifyPack(lines(), vkey)
    expect(brief(report)[0]).toEqual(failure)
    expect(report.ok).toBe(false)
  })

  it.each<[string, unknown]>([
    ['a number', 5],
    ['an object', {}],
    ['a list of other things', [{ taskId: 5 }]],
  ])('in which the chain of an actor is %s is refused', async (_, chain) => {
    const report = await verifyPack(packOf([{ actor: { ...system, chain } }]), vkey)
    expect(brief(report)).toEqual([[2, 0, 'form']])
  })

  it('has no long text of its own in what the report says', async () => {
    const long = 'x'.repeat(60_000)
    const lines = packOf([{ kind: 'decision.permit', data: { decision: 'task', taskId: 't', parentId: long } }])
    const posing = { policies: [{ name: 'policies', digest: long, text: '' }], origin: long }
    const reports = [
      await verifyPack(
        changeValue(lines, 0, (value: object) => ({ ...value, ...posing })),
        vkey,
      ),
      await verifyPack([JSON.stringify({ format: long })], vkey),
      await verifyPack(packOf([{}], { whole: false, subject: { kind: 'task', id: long } }), vkey),
    ]
    const failures = reports.flatMap((report) => report.failures)
    expect(failures.length).toBeGreaterThanOrEqual(5)
    for (const { what } of failures) expect(what.length).toBeLessThanOrEqual(401)
  })

  it('tells nothing by entries that nobody signed', async () => {
    const entry = canonicalJson({ ...plain, kind: 'identity.drafted', data: { identityId: 'idn_x', name: 'forged' } })
    const lines = [
      ...packOf([{}]).slice(0, 1),
      JSON.stringify({ index: 0, entry, proof: [] }),
      '{"end":true,"entries":1}',
    ]
    const report = await verifyPack(lines, vkey)
    expect(report).toMatchObject({ ok: false, kinds: {}, identities: [] })
  })

  it('by a chain of many tasks breaks the law on chains, and its permits are judged all the same', async () => {
    const handOn = (at: number) => ({
      kind: 'decision.permit',
      data: {
        decision: 'delegation',
        taskId: `t${at}`,
        ...(at === 0 ? {} : { parentId: `t${at - 1}` }),
        endsMs: 9_000,
        helper: { id: 'i', name: 'n' },
      },
    })
    const report = await verifyPack(packOf(Array.from({ length: 40 }, (_, at) => handOn(at))), vkey)
    expect(report.failures.find((each) => each.check === 'law:narrower')).toMatchObject({ entry: 16 })
  })
})

const changeHead = (lines: readonly string[], change: object) =>
  changeValue(lines, 0, (value: object) => ({ ...value, ...change }))

describe('a pack that says more than is signed', () => {
  it.each<[string, () => readonly string[], string]>([
    [
      'is about an identity of which no entry tells',
      () => changeHead(about, { subject: { kind: 'identity', id: 'idn_ceo' } }),
      'subject',
    ],
    [
      'is about a task of which no entry tells',
      () => changeHead(about, { subject: { kind: 'task', id: 'tsk_no' } }),
      'subject',
    ],
    ['is whole and about one thing', () => changeHead(whole, { subject: { kind: 'task', id: 'tsk_docs' } }), 'form'],
    ['is a part, and about nothing', () => changeHead(whole, { whole: false }), 'form'],
    ['holds no entry', () => [about[0] ?? '', '{"end":true,"entries":0}'], 'whole'],
    ['names another key', () => changeHead(whole, { vkey: 'evil+00000000+AAAA' }), 'checkpoint'],
    [
      'has a member that the format does not know',
      () => changeHead(whole, { verdict: 'approved by auditors' }),
      'form',
    ],
    [
      'has a policy with a member more',
      () => changeHead(whole, { policies: [{ name: 'p', digest: 'd', text: 't', by: 'us' }] }),
      'form',
    ],
    [
      'is about something with a member more',
      () => changeHead(about, { subject: { kind: 'task', id: 'tsk_docs', name: 'x' } }),
      'form',
    ],
  ])('and %s is refused', async (_, lines, check) => {
    expect((await verifyPack(lines(), vkey)).failures.map((each) => each.check)).toContain(check)
  })

  it('in the checkpoint of a log that is not that of the key is refused', async () => {
    const report = await verifyPack(packOf([{}], { origin: 'other.example/log' }), vkey)
    expect(brief(report)).toEqual([[1, null, 'checkpoint']])
    expect(report.failures[0]?.what).toContain(
      'the log "other.example/log", and the key is that of "remit.example/log"',
    )
  })

  it.each<[string, (line: string) => string]>([
    ['a member that stands twice', (line) => line.replace('{"index"', '{"entry":"{}","index"')],
    ['a member that the format does not know', (line) => line.replace('{"index"', '{"verdict":"fine","index"')],
    ['a member under a prototype name', (line) => line.replace('{"index"', '{"__proto__":1,"index"')],
    ['an escape that needs none', (line) => line.replace('{"index"', '{"\\u0069ndex"')],
    ['a number in another form', (line) => line.replace('"index":4', '"index":4.0')],
    ['white space', (line) => line.replace(':', ': ')],
    ['a carriage return', (line) => `${line}\r`],
  ])('in a line with %s is refused', async (_, change) => {
    const changed = changeLine(whole, 5, change)
    expect(changed).not.toEqual(whole)
    expect(brief(await verifyPack(changed, vkey))[0]).toEqual([6, null, 'form'])
  })

  it('in a byte that is not UTF-8 is refused, even where it reads as what was signed', async () => {
    const bytes = Buffer.from(packOf([{ data: { why: 'a\ufffdb' } }]).join('\n'))
    expect((await verifyPack(readPackLines([bytes]), vkey)).ok).toBe(true)
    const at = bytes.indexOf('\ufffd')
    const bad = Buffer.concat([bytes.subarray(0, at), Buffer.of(0xff), bytes.subarray(at + 3)])
    expect(brief(await verifyPack(readPackLines([bad]), vkey))[0]).toEqual([2, null, 'form'])
  })
})

describe('a pack with texts of policies', () => {
  const policyOf = (text: string) => ({ name: 'policies' as const, digest: toHex(sha256(toUtf8(text))), text })
  const [mine, older, foreign] = [
    'permit (principal, action, resource);',
    'forbid (principal, action, resource);',
    'x',
  ].map(policyOf)
  const loaded = [older, mine].map((policy) => ({ kind: 'policy.loaded', policy: policy?.digest }))
  const withTexts = (...policies: (PackPolicy | undefined)[]) =>
    packOf([...loaded, {}], { policies: policies.filter((each) => each !== undefined) })

  it('verifies with that of the set in force, and with those of older ones', async () => {
    expect(await verifyPack(withTexts(mine), vkey)).toMatchObject({ ok: true, policies: [mine?.digest] })
    expect(await verifyPack(withTexts(mine, older), vkey)).toMatchObject({
      ok: true,
      policies: [mine?.digest, older?.digest],
    })
  })

  it.each([
    ['none', () => withTexts()],
    ['that of an older set alone', () => withTexts(older)],
    ['one that no entry names', () => withTexts(mine, foreign)],
  ])('is refused with %s', async (_, lines) => {
    expect(brief(await verifyPack(lines(), vkey))).toEqual([[5, null, 'policy']])
  })

  it('is refused with one that stands there twice, or goes by another name', async () => {
    expect(brief(await verifyPack(withTexts(mine, older, mine), vkey))).toEqual([[1, null, 'policy']])
    const renamed = changeHead(withTexts(mine), { policies: [{ ...mine, name: 'approved by the auditor' }] })
    expect(brief(await verifyPack(renamed, vkey))).toEqual([[1, null, 'form']])
  })

  it('counts none that no entry of a part names', async () => {
    const report = await verifyPack(changeHead(about, { policies: [foreign] }), vkey)
    expect(report).toMatchObject({ ok: true, policies: [] })
  })
})

describe('a pack that leaves something out', () => {
  it('says of its summary that it goes only as far as the pack tells, and until when', async () => {
    expect(await verifyPack(about, vkey)).toMatchObject({ ok: true, covers: 'as far as this pack tells' })
    const report = await verifyPack(packOf([{}, { atMs: 2_000 }]), vkey)
    expect(report).toMatchObject({ ok: true, covers: 'the whole log', asOfMs: 2_000 })
  })
})
