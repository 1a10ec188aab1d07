import { toBase64 } from '../../contract/log/bytes.ts'
import { type Cosignature, findCosignature } from '../../contract/log/cosignature.ts'
import { type NoteKey, parseNote } from '../../contract/log/note.ts'
import type { Clock } from '../../ground/clock.ts'
import { RemitError } from '../../ground/errors.ts'
import type { OutboundFetch } from '../../ground/outbound.ts'
import { readBytes } from '../../ground/read-bytes.ts'
import { verifyEd25519 } from '../signer.ts'
import type { LogHead } from '../store.ts'

/** How long a witness is waited for in all, also where it is asked a second time. */
const witnessAnswerMs = 5_000
/** Longest answer that is read. */
export const witnessAnswerBytesMax = 64 * 1024

/** Somebody elsewhere who remembers the newest checkpoint of this log, and signs only one that continues it. */
export interface Witness {
  readonly key: NoteKey
  /** What `/add-checkpoint` is put behind. */
  readonly url: string
  /** It may lie inside: loopback, link-local, private. */
  readonly allowInternal: boolean
  /** Authorities that are believed instead of the public ones, as PEM. */
  readonly ca?: string | undefined
}

/** Why a witness has not signed. `isOther`: it has seen a log of this name that the one here does not continue. */
export interface Unsigned {
  readonly fault: string
  readonly isOther: boolean
}

/** What a witness is asked with. */
export interface Asking {
  readonly fetch: OutboundFetch
  readonly clock: Pick<Clock, 'after'>
  /** Hashes that prove the tree of `from` entries to begin that of `to`. */
  readonly prove: (from: number, to: number) => Promise<readonly Uint8Array[]>
}

/**
 * Has a witness sign a head (C2SP tlog-witness, add-checkpoint). `knownSize` is the size that it signed last, 0 where that is not
 * known: then it says so, and is asked again. Never throws for what it answers, or does not.
 */
export async function askWitness(
  asking: Asking,
  witness: Witness,
  head: LogHead,
  knownSize: number,
): Promise<Cosignature | Unsigned> {
  const abort = new AbortController()
  const late = new RemitError('log_unavailable', { detail: `It does not answer within ${witnessAnswerMs} ms.` })
  const cancel = asking.clock.after(witnessAnswerMs, () => abort.abort(late)) // however often it is asked
  const sendFrom = (size: number): Promise<Answer> => send(asking, witness, head, { size, signal: abort.signal })
  try {
    const first = await sendFrom(knownSize)
    const size = readConflict(first)
    if (size === null || size === knownSize) return await readAnswer(first, witness, head, knownSize)
    if (size > head.size) return sayOther(size, head)
    return await readAnswer(await sendFrom(size), witness, head, size)
  } catch (error) {
    const why = abort.signal.aborted ? late : error
    return unsigned(why instanceof RemitError ? why.detail : 'It cannot be reached.')
  } finally {
    cancel()
  }
}

interface Answer {
  readonly status: number
  readonly text: string
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8' } as const

async function send(
  { fetch, prove }: Asking,
  { url, allowInternal, ca }: Witness,
  head: LogHead,
  from: { readonly size: number; readonly signal: AbortSignal },
): Promise<Answer> {
  const proof = from.size === 0 || from.size === head.size ? [] : await prove(from.size, head.size)
  const body = `old ${from.size}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${head.note}`
  const init = { headers: TEXT, body, signal: from.signal, allowInternal, ca }
  const answer = await fetch(`${url}/add-checkpoint`, init)
  const bytes = await readBytes(answer, witnessAnswerBytesMax)
  if (bytes === null)
    throw new RemitError('log_unavailable', {
      detail: `It answers with more than ${witnessAnswerBytesMax} bytes.`,
    })
  return { status: answer.status, text: Buffer.from(bytes).toString('utf8') }
}

const SIZE = /^(0|[1-9][0-9]{0,15})\n$/

/** Gives the size that a witness says it has signed, where that is not the one it was told. */
function readConflict({ status, text }: Answer): number | null {
  const [, size] = (status === 409 && SIZE.exec(text)) || []
  return size === undefined ? null : Number(size)
}

/** What else it may answer. */
const FAULTS: ReadonlyMap<number, string> = new Map([
  [403, 'It does not know the key of this log: give it that of `remit log key`.'],
  [404, 'It does not know this log: give it the key of `remit log key`.'],
  [409, 'Its last signature changed while it was asked.'],
])

async function readAnswer(
  { status, text }: Answer,
  { key }: Witness,
  head: LogHead,
  from: number,
): Promise<Cosignature | Unsigned> {
  if (status === 409 && from === head.size) return sayOther(from, head)
  if (status === 422)
    return {
      fault: 'What it has signed does not lead to what is here: it was shown another log of this name.',
      isOther: true,
    }
  if (status !== 200) return unsigned(FAULTS.get(status) ?? `It answers with status ${status}.`)
  const note = parseNote(`${head.note}${text}`)
  if ('malformed' in note) return unsigned(`Its answer holds no signature lines: ${note.malformed}.`)
  if (!head.note.startsWith(`${note.text}\n`)) return unsigned('Its answer signs more than this checkpoint.')
  const found = await findCosignature(note, key, verifyEd25519)
  if (found === null) return unsigned('Its answer is not signed by its key.')
  return 'malformed' in found ? unsigned(`Its answer does not hold: ${found.malformed}.`) : found
}

function sayOther(size: number, head: LogHead): Unsigned {
  const fault =
    size > head.size
      ? `It has signed ${size} entries, and there are ${head.size} here: this log was put back to an older state, or another one bears its name.`
      : `It has signed another log of this name, of ${size} entries too.`
  return { fault, isOther: true }
}

const unsigned = (fault: string): Unsigned => ({ fault, isOther: false })
