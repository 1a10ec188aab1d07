import { bareRow, type Change, type Fact, touchedBy } from '../contract/change.ts'
import { fromUtf8 } from '../contract/log/bytes.ts'
import { type EntryDraft, entryBytesMax, type LogEntry } from '../contract/log-entry.ts'
import { readEntry } from '../contract/read-entry.ts'
import { canonicalJson } from '../ground/canonical-json.ts'
import { digestRow, sha256 } from '../ground/digest.ts'
import { RemitError } from '../ground/errors.ts'
import type { Ids } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import type { SealedChange, SealedFact, Write } from './store.ts'

/** An entry as it goes into the tree. */
export interface SealedEntry {
  readonly bytes: Uint8Array
  readonly leaf: Uint8Array
}

/** When an entry is written: never before the one above it. */
export interface EntryTime {
  readonly atMs: number
  /** What the clock says, where that lies too far behind to be the time of the entry. */
  readonly clockMs: number | null
}

const saltBytes = 16

/**
 * Writes the rows and the entry of a fact as canonical JSON (RFC 8785), with the leaf hash. The bytes do not hold the
 * index, so that only the place is decided late. Throws `entry_too_large` above 65,535 bytes or 1,000 touched rows,
 * and `request_invalid` or `body_too_deep` on what JSON cannot carry.
 */
export function sealFact(fact: Fact, org: string, at: EntryTime, { secret }: Pick<Ids, 'secret'>): SealedFact {
  const touched: string[] = []
  const changes = fact.changes.map((change) => {
    const sealed = sealChange(change, secret)
    const name = touchedBy(change, sealed.row === null ? '' : digestRow(sealed.row.salt, sealed.row.body))
    if (name !== null) touched.push(name)
    return sealed
  })
  if (touched.length > LIMITS.touchedMax)
    throw new RemitError('entry_too_large', { facts: { touched: touched.length } })
  const { bytes, leaf } = hashEntry(canonicalJson(toEntry(fact.entry, org, at, touched)))
  if (bytes.length > entryBytesMax) throw new RemitError('entry_too_large', { facts: { bytes: bytes.length } })
  return { bytes, leaf, changes }
}

/** A fact and what follows it, as they wait to be written. */
export interface SealedWrite extends Write {
  /** The fact itself: it says nothing of its place. */
  readonly first: SealedFact
  /** How large its entries are together. */
  readonly bytes: number
}

/**
 * Seals a fact for the place where it will most likely stand, so that whoever records it hears what is wrong with it and
 * nobody else does; what follows it is sealed again where another place becomes its own. Throws what sealing throws.
 */
export function sealWrite(fact: Fact, likelyIndex: number, seal: (fact: Fact) => SealedFact): SealedWrite {
  const first = seal(fact)
  const { followedBy } = fact
  if (followedBy === undefined) {
    const alone = [first]
    return { entries: 1, seal: () => alone, first, bytes: first.bytes.length }
  }
  const sealAt = (index: number): { readonly index: number; readonly facts: readonly SealedFact[] } => ({
    index,
    facts: [first, seal(followedBy(index))],
  })
  let known = sealAt(likelyIndex)
  return {
    entries: 2,
    seal: (index) => {
      if (index !== known.index) known = sealAt(index)
      return known.facts
    },
    first,
    bytes: known.facts.reduce((sum, { bytes }) => sum + bytes.length, 0),
  }
}

/** A leaf is hashed behind a zero byte (RFC 6962 section 2.1): the text is encoded once, with room for that before it. */
function hashEntry(text: string): SealedEntry {
  const prefixed = Buffer.allocUnsafe(1 + Buffer.byteLength(text))
  prefixed[0] = 0
  prefixed.write(text, 1)
  return { bytes: prefixed.subarray(1), leaf: sha256(prefixed) }
}

/** Writes the row that a change puts, under a salt of its own. */
function sealChange(change: Change, secret: Ids['secret']): SealedChange {
  if (!('row' in change)) return { change, row: null }
  return { change, row: { body: canonicalJson(bareRow(change.row)), salt: secret(saltBytes) } }
}

/**
 * Makes the entry of a draft, of the members that the log knows: a caller's extra members do not slip in. They stand in
 * the order in which they are written.
 */
function toEntry(
  { kind, actor, subject, data, answers, policy }: EntryDraft,
  org: string,
  { atMs, clockMs }: EntryTime,
  touched: readonly string[],
): Readonly<Record<keyof LogEntry, unknown>> {
  const said = clockMs === null ? data : { ...data, clockMs }
  return { actor, answers, atMs, data: said, kind, org, policy, subject, touched, v: 1 }
}

/** Reads the bytes of an entry; gives what is wrong where they are not the canonical form of one. */
export function parseEntry(bytes: Uint8Array): LogEntry | string {
  const text = fromUtf8(bytes)
  return text === null ? 'the entry is not UTF-8' : readEntry(text)
}
