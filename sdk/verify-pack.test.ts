import { beforeAll, describe, expect, it } from 'vitest'
import { type Brief, brief, changeLine, changeValue } from '../test/prove/made-pack.ts'
import { packLines, writeMany, writeStory } from '../test/prove/write-story.ts'
import { testSigner } from '../test/record/open-test-log.ts'
import { readPackLines } from './pack-lines.ts'
import { verifyPack } from './verify-pack.ts'

const { vkey } = testSigner
const otherVkey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
let whole: readonly string[] = []
let about: readonly string[] = []

beforeAll(async () => {
  const { parts } = await writeStory()
  whole = await packLines(parts)
  about = await packLines(parts, { about: { kind: 'task', id: 'tsk_docs' } })
})

const flip = (text: string, at: number): string =>
  `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`

describe('a pack as it was written', () => {
  it('verifies with the key of its log, and says who, what, why, by whom and until when', async () => {
    const report = await verifyPack(whole, vkey)
    expect(report.failures).toEqual([])
    expect(report).toMatchObject({ ok: true, whole: true, subject: null, entries: 24, failuresTotal: 0 })
    expect(report.checkpoint).toMatchObject({ origin: 'remit.example/log', size: 24 })
    expect(report.kinds).toMatchObject({ 'decision.permit': 4, 'decision.denial': 1, 'credential.issued': 1 })
    const [docs, release] = report.identities
    expect(docs).toMatchObject({
      name: 'docs-summariser',
      state: 'active',
      owner: 'psn_ann',
      sponsor: 'psn_bob',
      purpose: 'docs',
      tier: 'T1',
      permits: 1,
      denials: 1,
    })
    expect(docs?.approvedBy.map((each) => [each.personId, each.seat])).toEqual([
      ['psn_ann', 'owner'],
      ['psn_cy', 'security'],
    ])
    expect(docs?.tasks).toMatchObject([
      { taskId: 'tsk_docs', parentId: 'tsk_release', goal: 'sum it up', ended: { because: 'done' } },
    ])
    expect(release).toMatchObject({ name: 'release-agent', permits: 3, credentials: 1, tasksTotal: 1 })
  })

  it('verifies about one task, with all that the task stands on', async () => {
    const report = await verifyPack(about, vkey)
    expect(report.failures).toEqual([])
    expect(report).toMatchObject({ ok: true, whole: false, subject: { kind: 'task', id: 'tsk_docs' } })
    expect(report.entries).toBeLessThan(24)
    expect(report.identities.map((each) => each.name)).toEqual(['docs-summariser', 'release-agent'])
  })

  it('verifies from the bytes of a file, in chunks that cut lines and characters', async () => {
    const bytes = new TextEncoder().encode(`${whole.join('\n')}\n`)
    const chunks = Array.from({ length: Math.ceil(bytes.length / 777) }, (_, at) =>
      bytes.slice(at * 777, (at + 1) * 777),
    )
    expect((await verifyPack(readPackLines(chunks), vkey)).failures).toEqual([])
  })

  it.each([1, 2, 3, 255, 256, 257, 700])('verifies with %i entries', async (count) => {
    const { parts } = await writeMany(count)
    expect(await verifyPack(await packLines(parts), vkey)).toMatchObject({ ok: true, entries: count })
  })
})

describe('a pack of which one byte was changed', () => {
  it('names the entry, wherever in it the byte is', async () => {
    const { entry } = JSON.parse(whole[6] ?? '') as { entry: string }
    for (let at = 0; at < entry.length; at += 7) {
      const changed = changeValue(whole, 6, (value: { entry: string }) => ({ ...value, entry: flip(value.entry, at) }))
      const report = await verifyPack(changed, vkey)
      expect(brief(report)).toContainEqual([7, 5, 'proof'])
      expect(brief(report)).toContainEqual([26, null, 'whole'])
      expect(report.ok).toBe(false)
    }
  })

  it('names the entry whose proof it is in, and that the entry itself is as signed', async () => {
    for (const hash of [0, 1, 2, 3, 4]) {
      const changed = changeValue(whole, 6, (value: { proof: string[] }) => ({
        ...value,
        proof: changeLine(value.proof, hash, (text) => flip(text, 3)),
      }))
      const report = await verifyPack(changed, vkey)
      expect(brief(report)).toEqual([[7, 5, 'proof']])
      expect(report.failures[0]?.what).toBe('The proof of the entry was changed; the entry itself is as it was signed.')
    }
  })

  it('says that the entry was changed, where it was', async () => {
    const changed = changeValue(whole, 6, (value: { entry: string }) => ({
      ...value,
      entry: value.entry.replace('release-agent', 'release-agenT'),
    }))
    const report = await verifyPack(changed, vkey)
    expect(report.failures[0]).toMatchObject({ line: 7, entry: 5, check: 'proof' })
    expect(report.failures[0]?.what).toMatch(/do not lead to the signed root/)
  })

  it.each([
    ['in the origin', 'remit.example/log\n', 'remit.example/lag\n'],
    ['in the size', '\n24\n', '\n25\n'],
    ['in the root', /\n24\n./, '\n24\n-'],
    ['in the signature', /(\n\u2014 [^ ]+ .{20})./, '$1-'],
  ])('%s of the checkpoint, proves nothing more', async (_, from, to) => {
    const changed = changeValue(whole, 0, (value: { checkpoint: string }) => {
      const checkpoint = value.checkpoint.replace(from, to)
      expect(checkpoint).not.toBe(value.checkpoint)
      return { ...value, checkpoint }
    })
    const report = await verifyPack(changed, vkey)
    expect(brief(report)).toEqual([[1, null, 'checkpoint']])
    expect(report).toMatchObject({ ok: false, checkpoint: null, entries: 0 })
  })

  it('anywhere in the file never verifies', async () => {
    const bytes = Buffer.from(`${about.join('\n')}\n`)
    for (let at = 0; at < bytes.length - 1; at += 97) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect((await verifyPack(readPackLines([changed]), vkey)).ok, `byte ${at}`).toBe(false)
    }
  })
})

describe('a pack of which lines were moved', () => {
  const without = (at: number) => whole.filter((_, index) => index !== at)
  it.each<[string, () => readonly string[], Brief[]]>([
    [
      'one missing',
      () => without(6),
      [
        [7, 6, 'whole'],
        [25, null, 'whole'],
        [25, null, 'whole'],
      ],
    ],
    [
      'the first entry missing',
      () => without(1),
      [
        [2, 1, 'whole'],
        [25, null, 'whole'],
        [25, null, 'whole'],
      ],
    ],
    [
      'the last entry missing',
      () => without(24),
      [
        [25, null, 'whole'],
        [25, null, 'whole'],
      ],
    ],
    [
      'two swapped',
      () => [...whole.slice(0, 6), whole[7] ?? '', whole[6] ?? '', ...whole.slice(8)],
      [
        [7, 6, 'whole'],
        [8, 5, 'order'],
        [26, null, 'whole'],
      ],
    ],
    [
      'one twice',
      () => [...whole.slice(0, 7), ...whole.slice(6)],
      [
        [8, 5, 'order'],
        [27, null, 'whole'],
        [27, null, 'whole'],
      ],
    ],
    ['the closing line missing', () => whole.slice(0, -1), [[25, null, 'end']]],
    ['one after the closing line', () => [...whole, '{}'], [[27, null, 'end']]],
    ['the manifest missing', () => whole.slice(1), [[1, null, 'form']]],
    ['nothing in it', () => [], [[0, null, 'form']]],
  ])('with %s is refused, and says where', async (_, lines, failures) => {
    const report = await verifyPack(lines(), vkey)
    expect(brief(report).filter(([, , check]) => !check.startsWith('law:'))).toEqual(failures)
    expect(report.ok).toBe(false)
  })

  it('says how many are gone, by their numbers', async () => {
    const said = async (lines: readonly string[]) => (await verifyPack(lines, vkey)).failures[0]?.what
    expect(await said(without(6))).toBe('Entry 5 is missing before it.')
    expect(await said([...whole.slice(0, 6), ...whole.slice(8)])).toBe('Entries 5 to 6 are missing before it.')
  })

  it('cut off in the middle of a line names the line and the missing end', async () => {
    const cut = [...whole.slice(0, 9), (whole[9] ?? '').slice(0, 100)]
    expect(brief(await verifyPack(cut, vkey))).toEqual([
      [10, null, 'form'],
      [10, null, 'end'],
      [10, null, 'whole'],
    ])
  })

  it('that was about one task and calls itself whole is refused', async () => {
    const posing = changeValue(about, 0, (value: object) => ({ ...value, whole: true, subject: undefined }))
    expect((await verifyPack(posing, vkey)).failures.map((each) => each.check)).toContain('whole')
  })

  it('with an entry at the place of another one is refused', async () => {
    const moved = changeValue(about, 3, (value: { index: number }) => ({ ...value, index: value.index + 1 }))
    expect((await verifyPack(moved, vkey)).failures[0]).toMatchObject({ line: 4, check: 'proof' })
  })

  it('about one task from which a line is missing is refused by its count', async () => {
    const report = await verifyPack(
      about.filter((_, index) => index !== about.length - 2),
      vkey,
    )
    expect(report.failures).toMatchObject([{ check: 'whole', what: expect.stringContaining('stand here') }])
  })
})

describe('a pack with anything else', () => {
  it.each<[string, string, Brief]>([
    ['another key', otherVkey, [1, null, 'checkpoint']],
    ['no key', '', [0, null, 'key']],
    ['a key that is cut off', vkey.slice(0, -4), [0, null, 'key']],
    ['a key of which one letter was changed', flip(vkey, vkey.length - 5), [0, null, 'key']],
  ])('does not verify with %s', async (_, key, failure) => {
    expect(brief(await verifyPack(whole, key))).toEqual([failure])
  })

  it.each([
    ['a newer format', { format: 'remit-pack/2' }],
    ['another format', { format: 'tar' }],
    ['no format', { format: undefined }],
  ])('says that it does not read %s', async (_, change) => {
    const report = await verifyPack(
      changeValue(whole, 0, (value: object) => ({ ...value, ...change })),
      vkey,
    )
    expect(brief(report)).toEqual([[1, null, 'form']])
    expect(report.failures[0]?.what).toContain('"remit-pack/1"')
  })

  it.each<[string, object, string]>([
    ['another organisation', { org: 'org_other' }, 'form'],
    ['another origin', { origin: 'remit.example/other' }, 'checkpoint'],
    ['another size', { size: 23 }, 'checkpoint'],
    ['another text of a policy', { policies: [{ name: 'policies', digest: '00', text: 'permit' }] }, 'policy'],
    ['no list of policies', { policies: {} }, 'form'],
  ])('that says %s than it holds is refused', async (_, change, check) => {
    const report = await verifyPack(
      changeValue(whole, 0, (value: object) => ({ ...value, ...change })),
      vkey,
    )
    expect(report.failures[0]?.check).toBe(check)
  })

  it('with a line of 64 MiB is read without holding it, and the line is named', async () => {
    const chunk = new Uint8Array(1024 * 1024).fill(120)
    function* huge(): Generator<Uint8Array> {
      yield new TextEncoder().encode(`${whole.slice(0, 3).join('\n')}\n`)
      for (let at = 0; at < 64; at++) yield chunk
      yield new TextEncoder().encode(`\n${whole.slice(3).join('\n')}\n`)
    }
    const report = await verifyPack(readPackLines(huge()), vkey)
    expect(brief(report)).toEqual([[4, null, 'form']])
    expect(report.failures[0]?.what).toContain('longer than 262144 bytes')
  })

  it.each<[string, Uint8Array]>([
    ['binary garbage', Uint8Array.from({ length: 5_000 }, (_, at) => (at * 7919) % 256)],
    ['zeroes', new Uint8Array(100_000)],
    ['newlines', new Uint8Array(1_000).fill(10)],
    ['deep brackets', new Uint8Array(200_000).fill(91)],
    ['a list', new TextEncoder().encode('[]\n')],
  ])('such as %s is refused at its first line', async (_, bytes) => {
    expect(brief(await verifyPack(readPackLines([bytes]), vkey))).toEqual([[1, null, 'form']])
  })

  it.each<[string, object | string]>([
    ['no index', { entry: '{}', proof: [] }],
    ['a fraction for an index', { index: 0.5, entry: '{}', proof: [] }],
    ['a negative index', { index: -1, entry: '{}', proof: [] }],
    ['an entry that is no text', { index: 5, entry: {}, proof: [] }],
    ['a proof that is no list', { index: 5, entry: '{}', proof: '' }],
    ['a proof of numbers', { index: 5, entry: '{}', proof: [1] }],
    ['nothing', {}],
  ])('whose line has %s names the line', async (_, line) => {
    const report = await verifyPack(
      changeLine(whole, 6, () => JSON.stringify(line)),
      vkey,
    )
    expect(brief(report)[0]).toEqual([7, null, 'form'])
  })

  it('in a proof of the wrong form names the entry', async () => {
    for (const proof of [[], ['AAAA'], ['x'], Array.from({ length: 65 }, () => 'A'.repeat(43))]) {
      const report = await verifyPack(
        changeValue(whole, 6, (value: object) => ({ ...value, proof })),
        vkey,
      )
      expect(brief(report)).toEqual([[7, 5, 'proof']])
    }
  })

  it('wrong ten thousand times lists the first thousand and counts all', async () => {
    const report = await verifyPack([whole[0] ?? '', ...Array.from({ length: 10_000 }, () => 'x')], vkey)
    expect(report.failures).toHaveLength(1_000)
    expect(report.failuresTotal).toBe(10_002)
  })
})
