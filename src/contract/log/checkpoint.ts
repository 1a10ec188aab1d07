import { fromBase64, toBase64 } from './bytes.ts'
import { hashBytes, proofHashesMax } from './merkle.ts'
import type { Malformed } from './note.ts'

/** What the head of a log says: which log, how many entries, and the root over them (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Unique name of the log: a URL without scheme. */
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
  /** Lines after the root; this log writes none. */
  readonly extensions: readonly string[]
}

/** An inclusion proof that verifies offline (C2SP tlog-proof v1): the receipt of an entry. */
export interface Receipt {
  readonly index: number
  readonly proof: readonly Uint8Array[]
  /** The signed checkpoint that the proof leads to. */
  readonly note: string
  /** Not authenticated: never trust it. */
  readonly extra?: Uint8Array
}

const receiptHeader = 'c2sp.org/tlog-proof@v1'
const COUNT = /^(?:0|[1-9][0-9]{0,15})$/

/** Writes the text of a checkpoint, to be signed as a note. */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  const lines = [origin, String(size), toBase64(root), ...extensions]
  if (!Number.isSafeInteger(size) || size < 0 || root.length !== hashBytes) throw new RangeError('no such tree')
  if (lines.some((line) => line === '' || line.includes('\n'))) throw new RangeError('a checkpoint has no empty lines')
  return `${lines.join('\n')}\n`
}

/** Reads the text of a checkpoint strictly. Verify the note around it first. */
export function parseCheckpoint(text: string): Checkpoint | Malformed {
  if (!text.endsWith('\n')) return { malformed: 'a checkpoint ends in a newline' }
  const [origin = '', size = '', root = '', ...extensions] = text.slice(0, -1).split('\n')
  if (origin === '' || extensions.includes('')) return { malformed: 'a checkpoint has no empty lines' }
  const count = parseCount(size)
  if (count === null) return { malformed: 'the size of a checkpoint is a whole number without leading zeroes' }
  const hash = fromBase64(root)
  if (hash?.length !== hashBytes) return { malformed: 'the root of a checkpoint is 32 bytes in base64' }
  return { origin, size: count, root: hash, extensions }
}

function parseCount(text: string): number | null {
  return COUNT.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null
}

/** Writes the text of a receipt (`.tlog-proof`). */
export function formatReceipt({ index, proof, note, extra }: Receipt): string {
  const lines = [
    receiptHeader,
    ...(extra === undefined ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...proof.map(toBase64),
  ]
  return `${lines.join('\n')}\n\n${note}`
}

/** Reads a receipt strictly. It proves nothing before note and inclusion are verified. */
export function parseReceipt(text: string): Receipt | Malformed {
  const border = text.indexOf('\n\n')
  if (border < 0) return { malformed: 'an empty line stands between proof and checkpoint' }
  const [header, ...lines] = text.slice(0, border).split('\n')
  if (header !== receiptHeader) return { malformed: `a receipt begins with ${receiptHeader}` }
  const extra = lines[0]?.startsWith('extra ') ? fromBase64(lines.shift()?.slice(6) ?? '') : undefined
  if (extra === null) return { malformed: 'the extra line of a receipt is base64' }
  const [first = '', ...hashes] = lines
  const index = first.startsWith('index ') ? parseCount(first.slice(6)) : null
  if (index === null) return { malformed: 'a receipt says its index' }
  const proof = hashes.flatMap((line) => fromBase64(line) ?? [new Uint8Array()])
  if (hashes.length > proofHashesMax || proof.some((hash) => hash.length !== hashBytes)) {
    return { malformed: `a proof has at most ${proofHashesMax} hashes of 32 bytes in base64` }
  }
  return { index, proof, note: text.slice(border + 2), ...(extra === undefined ? {} : { extra }) }
}
