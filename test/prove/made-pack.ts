import type { PackReport } from '../../sdk/pack-report.ts'
import { toBase64, toUtf8 } from '../../src/contract/log/bytes.ts'
import { formatCheckpoint } from '../../src/contract/log/checkpoint.ts'
import { hashLeaf, inclusionRanges, proveFromLeaves, rootOf } from '../../src/contract/log/merkle.ts'
import { signNote } from '../../src/contract/log/note.ts'
import type { PackManifest } from '../../src/contract/log/pack.ts'
import { canonicalJson } from '../../src/ground/canonical-json.ts'
import { sha256 } from '../../src/ground/digest.ts'
import { testOrigin, testSigner } from '../record/open-test-log.ts'

/** What an entry of `packOf` says, where a test does not say otherwise. */
export const system = { kind: 'system', id: 'remit' }
export const plain = {
  v: 1,
  org: 'org_test',
  atMs: 1_000,
  kind: 'refusal',
  actor: system,
  subject: system,
  data: {},
  touched: [],
}

/** The lines of a whole pack of just these entries, proven and signed as a hostile log would. */
export function packOf(entries: readonly object[], change: Partial<PackManifest> = {}): string[] {
  const origin = change.origin ?? testOrigin
  const texts = entries.map((entry) => canonicalJson({ ...plain, ...entry }))
  const leaves = texts.map((text) => hashLeaf(sha256, toUtf8(text)))
  const root = rootOf(sha256, leaves)
  const text = formatCheckpoint({ origin, size: texts.length, root, extensions: [] })
  const checkpoint = signNote(text, testSigner.key, testSigner.sign)
  const lines = texts.map((entry, index) => {
    const ranges = inclusionRanges(index, texts.length) ?? []
    return { index, entry, proof: proveFromLeaves(sha256, leaves, ranges).map(toBase64) }
  })
  const head = { format: 'remit-pack/1', org: 'org_test', origin, whole: true }
  const manifest = { ...head, size: texts.length, checkpoint, policies: [], ...change }
  return [manifest, ...lines, { end: true, entries: texts.length }].map((line) => JSON.stringify(line))
}
/** Changes one line of a pack, or what it says. */
export const changeLine = (lines: readonly string[], at: number, change: (line: string) => string): string[] =>
  lines.map((line, index) => (index === at ? change(line) : line))
export const changeValue = (lines: readonly string[], at: number, change: (value: never) => object): string[] =>
  changeLine(lines, at, (line) => JSON.stringify(change(JSON.parse(line) as never)))

/** What failed, and where. */
export type Brief = readonly [line: number, entry: number | null, check: string]
export const brief = ({ failures }: PackReport): Brief[] =>
  failures.map(({ line, entry, check }) => [line, entry, check])
