import type { PersonCaller } from '../../authenticate/caller.ts'
import { parseTilePath } from '../../contract/log/tile.ts'
import { explainEntry } from '../../flow/explain-entry.ts'
import { writeEvidence } from '../../flow/write-evidence.ts'
import { RemitError } from '../../ground/errors.ts'
import { readLimit } from '../input/page.ts'
import { type BodyOf, type Context, Reply } from '../route.ts'

const TEXT = { 'content-type': 'text/plain; charset=utf-8' }
const IMMUTABLE = {
  'content-type': 'application/octet-stream',
  'cache-control': 'private, max-age=31536000, immutable',
}

/** Reads the index in the path. Errors: `not_found`. */
function indexOf(params: Readonly<Record<string, string>>): number {
  const text = params['index'] ?? ''
  if (!/^(0|[1-9]\d{0,14})$/.test(text)) throw new RemitError('not_found', { detail: 'There is no such entry.' })
  return Number(text)
}

export async function listEntries({ house, query }: Context<null, PersonCaller>): Promise<object> {
  const { size } = house.log.head()
  const limit = readLimit(query)
  const from = Number(query['from'] ?? Math.max(0, size - limit))
  const placed = await house.log.entriesBetween(from, from + limit)
  const end = from + placed.length
  return { entries: placed.map(({ index, entry }) => ({ index, entry })), size, next: end < size ? end : null }
}

export async function readEntry({ house, params }: Context<null, PersonCaller>): Promise<object> {
  const index = indexOf(params)
  const [placed] = await house.log.entriesBetween(index, index + 1)
  if (placed === undefined) throw new RemitError('not_found', { detail: 'There is no such entry.' })
  return placed
}

export async function explain({ house, params }: Context<null, PersonCaller>): Promise<object> {
  return { explanation: await explainEntry(house, indexOf(params)) }
}

export async function readReceipt({ house, params }: Context<null, PersonCaller>): Promise<Reply> {
  return new Reply(200, TEXT, await house.log.receipt(indexOf(params)))
}

/** An evidence pack, as it is written: one line after the other. */
export async function packEvidence({ house, caller, body }: Context<BodyOf<'evidence'>, PersonCaller>): Promise<Reply> {
  const lines = await writeEvidence(house, caller, body.about ?? null)
  return new Reply(
    200,
    { 'content-type': 'application/x-remit-pack', 'content-disposition': 'attachment; filename="evidence.remit-pack"' },
    lines,
  )
}

export async function readCheckpoint({ house }: Context<null, unknown>): Promise<Reply> {
  return new Reply(200, { ...TEXT, 'cache-control': 'no-cache' }, house.witnesses.checkpoint())
}

export async function readLogKey({ house }: Context<null, unknown>): Promise<Reply> {
  return new Reply(200, TEXT, `${house.log.vkey}\n`)
}

const toBase64 = (hashes: readonly Uint8Array[]): readonly string[] =>
  hashes.map((hash) => Buffer.from(hash).toString('base64'))

/** The hashes from an entry to the root of the tree of `size` entries; without a size, of the newest checkpoint's. */
export async function proveInclusion({ house, query }: Context<null, unknown>): Promise<object> {
  const index = Number(query['index'])
  const size = Number(query['size'] ?? house.log.head().size)
  return { index, size, hashes: toBase64(await house.log.inclusionProof(index, size)) }
}

/** The hashes by which the tree of `from` entries shows to begin that of `to`; without one, the newest checkpoint's. */
export async function proveConsistency({ house, query }: Context<null, unknown>): Promise<object> {
  const from = Number(query['from'])
  const to = Number(query['to'] ?? house.log.head().size)
  return { from, to, hashes: toBase64(await house.log.consistencyProof(from, to)) }
}

/** A tile or an entry bundle, by its C2SP tlog-tiles path. */
export async function readTile({ house, params }: Context<null, unknown>): Promise<Reply> {
  const name = parseTilePath(`tile/${params['*'] ?? ''}`)
  if (name === null) throw new RemitError('not_found', { detail: 'There is no such tile.' })
  const bytes =
    name.level === 'entries'
      ? await house.log.entries(name.n, name.width)
      : await house.log.tile(name.level, name.n, name.width)
  return new Reply(200, IMMUTABLE, bytes)
}
