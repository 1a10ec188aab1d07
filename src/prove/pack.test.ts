import { describe, expect, it } from 'vitest'
import { storyPolicy } from '../../test/prove/story.ts'
import { keepPolicies, packLines, writeMany, writeStory } from '../../test/prove/write-story.ts'
import { createMemoryStore } from '../../test/record/memory-store.ts'
import { openTestLog } from '../../test/record/open-test-log.ts'
import { toBase64 } from '../contract/log/bytes.ts'
import { type PackEntry, type PackManifest, packManifestBytesMax } from '../contract/log/pack.ts'
import { digestText } from '../ground/digest.ts'
import { writePack } from './pack.ts'
import { createInclusionProver } from './prove-inclusion.ts'

const entriesOf = (lines: readonly string[]): PackEntry[] =>
  lines.slice(1, -1).map((line) => JSON.parse(line) as PackEntry)
const kindsOf = (lines: readonly string[]): string[] =>
  entriesOf(lines).map(({ entry }) => (JSON.parse(entry) as { kind: string }).kind)
const manifestOf = (lines: readonly string[]): PackManifest => JSON.parse(lines[0] ?? '') as PackManifest

describe('a whole pack', () => {
  it('holds every entry in order, exactly as the tree holds it, between a manifest and a closing line', async () => {
    const { store, parts } = await writeStory()
    const lines = await packLines(parts)
    expect(manifestOf(lines)).toMatchObject({
      format: 'remit-pack/1',
      org: 'org_test',
      whole: true,
      size: 24,
      checkpoint: store.head.note,
    })
    expect(entriesOf(lines).map(({ index }) => index)).toEqual(store.entries.map((_, index) => index))
    expect(entriesOf(lines).map(({ entry }) => entry)).toEqual(
      store.entries.map((bytes) => Buffer.from(bytes).toString('utf8')),
    )
    expect(lines.at(-1)).toBe('{"end":true,"entries":24}')
  })

  it('has for each entry the proof that the log gives, across the borders of tiles', async () => {
    const { store, parts } = await writeMany(1_100)
    const log = await openTestLog(store)
    const packed = entriesOf(await packLines(parts))
    for (const index of [0, 1, 255, 256, 257, 511, 512, 1_023, 1_024, 1_098, 1_099]) {
      expect(packed[index]?.proof, `entry ${index}`).toEqual((await log.inclusionProof(index)).map(toBase64))
    }
  })

  it('is read a batch at a time, and only as far as it is asked for', async () => {
    const { parts, store } = await writeMany(2_000)
    const asked: number[] = []
    const readEntries = async (from: number, to: number) => {
      asked.push(to)
      return await store.readEntries(from, to)
    }
    const lines = writePack({ ...parts, store: { ...parts.store, readEntries } }, { whole: true })
    for (let at = 0; at < 10; at++) await lines.next()
    expect(asked).toEqual([256])
  })

  it('does not hold what is written while it is made', async () => {
    const { parts, store } = await writeMany(300)
    const lines = writePack(parts, { whole: true })
    const first = [(await lines.next()).value, (await lines.next()).value]
    const log = await openTestLog(store)
    await log.record({
      entry: { kind: 'refusal', actor: { kind: 'system', id: 'x' }, subject: { kind: 'x', id: 'x' }, data: {} },
      changes: [],
    })
    for await (const line of lines) first.push(line)
    expect(first.at(-1)).toBe('{"end":true,"entries":300}\n')
  })

  it('leaves out policies that would make its first line too long, and keeps the rest', async () => {
    const { parts } = await writeStory()
    const text = 'x'.repeat(packManifestBytesMax)
    const lines = await packLines({
      ...parts,
      policies: keepPolicies({ name: 'policies', digest: digestText(text), text }, storyPolicy),
    })
    expect(manifestOf(lines).policies).toEqual([storyPolicy])
    expect(Buffer.byteLength(lines[0] ?? '')).toBeLessThanOrEqual(packManifestBytesMax)
  })

  it('leaves out a text that is not the one of its digest', async () => {
    const { parts } = await writeStory()
    const lines = await packLines({ ...parts, policies: keepPolicies({ ...storyPolicy, text: 'permit' }) })
    expect(manifestOf(lines).policies).toEqual([])
  })

  it('of an empty log is refused before its first line', async () => {
    const { parts } = await writeStory()
    const store = createMemoryStore()
    const empty = { ...parts, store, readHead: () => store.readHead() }
    await expect(packLines(empty)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('of a log whose entries are gone breaks off with an error', async () => {
    const { parts, store } = await writeMany(300)
    store.entries.splice(280)
    await expect(packLines(parts)).rejects.toMatchObject({ code: 'log_broken' })
  })
})

describe('a pack about one task', () => {
  it('holds the story of the task and of all that it stands on, and nothing of strangers', async () => {
    const { parts } = await writeStory()
    const lines = await packLines(parts, { about: { kind: 'task', id: 'tsk_docs' } })
    expect(manifestOf(lines)).toMatchObject({ whole: false, size: 24, subject: { kind: 'task', id: 'tsk_docs' } })
    const kinds = kindsOf(lines)
    expect(kinds).not.toContain('refusal')
    expect(kinds).not.toContain('log.created')
    expect(kinds.filter((kind) => kind === 'identity.activated')).toHaveLength(2)
    expect(kinds.filter((kind) => kind === 'approval.voted')).toHaveLength(5)
    expect(kinds).toContain('call.finished')
  })
})

describe('a pack about one identity', () => {
  it('holds all that names it or a task of it, and what those answer', async () => {
    const { parts } = await writeStory()
    const kinds = kindsOf(await packLines(parts, { about: { kind: 'identity', id: 'idn_release' } }))
    expect(kinds).toEqual(
      expect.arrayContaining([
        'identity.drafted',
        'approval.voted',
        'task.activated',
        'credential.issued',
        'cutoff.made',
      ]),
    )
    expect(kinds).not.toContain('refusal')
  })

  it('of which the log tells nothing is refused before its first line', async () => {
    const { parts } = await writeStory()
    await expect(packLines(parts, { about: { kind: 'identity', id: 'idn_nobody' } })).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(packLines(parts, { about: { kind: 'identity', id: 'idn_doc' } })).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})

describe('an inclusion prover', () => {
  it.each([-1, 0.5, 24, Number.NaN])('refuses the index %s', async (index) => {
    const { store } = await writeStory()
    await expect(createInclusionProver(store, 24)(index)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('reads each tile once for neighbours', async () => {
    const { store } = await writeMany(1_000)
    let reads = 0
    const readHashes = async (level: number, from: number, to: number) => {
      reads += 1
      return await store.readHashes(level, from, to)
    }
    const prove = createInclusionProver({ ...store, readHashes }, 1_000)
    for (let index = 0; index < 1_000; index++) await prove(index)
    expect(reads).toBeLessThanOrEqual(5)
  })
})
