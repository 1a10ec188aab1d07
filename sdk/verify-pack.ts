/**
 * The offline verifier of evidence packs. It trusts one thing: the public key (vkey) that the reader got from
 * elsewhere. It opens no file and no connection, reads no clock, and believes nothing a pack says of itself.
 *
 * How a pack convinces, from the bottom up:
 *   1. Line 1 holds a checkpoint: name of the log, number of entries, and a root hash over all of them. The key must
 *      have signed exactly that text (C2SP signed-note, Ed25519).
 *   2. Each further line holds the exact text of an entry, its index, and hashes that lead from it to the signed root
 *      (RFC 6962). A changed byte, another place or an invented entry does not lead there.
 *   3. The last line says how many entries there were, so that a pack cannot be cut short. A pack of the whole log must
 *      hold every index, and the root is computed again from the entries alone.
 *   4. What the entries say must keep the laws (src/contract/entry-laws.ts): no credential without a permit, nobody
 *      approves for themselves, a child inside its parent, nothing after the end, nothing on what was cut off: a task,
 *      chain, identity, owner, vendor, binding or server.
 *
 * What it cannot show: that the operator did not keep a second log. For that, compare checkpoints with others.
 * A pack about one identity or task shows that what is in it is true, not that nothing was left out of it: a cutoff of
 * an owner, a vendor or a server stands for sure in a pack of the whole log only.
 */
import { equalBytes, fromBase64, toHex, toUtf8 } from '../src/contract/bytes.ts'
import { type Checkpoint, parseCheckpoint } from '../src/contract/checkpoint.ts'
import { judgeEntry } from '../src/contract/entry-laws.ts'
import { foldRight, hashLeaf, hashNode, proofHashesMax, verifyInclusion } from '../src/contract/merkle.ts'
import { type Malformed, type NoteKey, parseVkey, type VerifySignature, verifyNote } from '../src/contract/note.ts'
import { type PackSubject, packFormat, packLineBytesMax } from '../src/contract/pack.ts'
import { isMembers, parseJson, readEntry } from '../src/contract/read-entry.ts'
import { tell, tellNothing } from '../src/contract/told.ts'
import type { PackFailure, PackReport } from './pack-report.ts'
import { sha256 } from './sha256.ts'
import { summariseIdentities } from './summarise-identities.ts'

export type { PackFailure, PackReport } from './pack-report.ts'

const failuresMax = 1_000
/** Longest sentence of a failure, and longest piece of the pack in it: a hostile pack does not get to fill the report. */
const sentenceCharsMax = 400
const quoteCharsMax = 60

type Line = Readonly<Record<string, unknown>>

const NOTHING: Line = {}
const NO_NOTE: Malformed = { malformed: 'it is no text' }

/** Verifies a pack, line by line, in time and memory that grow no faster than the pack. Never throws on bad input. */
export async function verifyPack(lines: AsyncIterable<string> | Iterable<string>, vkey: string): Promise<PackReport> {
  const key = parseVkey(sha256, vkey.trim())
  const reading = new Reading()
  if ('malformed' in key) return reading.refuseKey(key)
  for await (const line of lines) {
    if (!(await reading.take(line.endsWith('\n') ? line.slice(0, -1) : line, key))) break
  }
  return reading.finish()
}

/** True where a text is a public key (vkey), and so never the name of a file that holds one. */
export function isVkey(text: string): boolean {
  return !('malformed' in parseVkey(sha256, text.trim()))
}

/** Everything that is remembered between two lines. */
class Reading {
  readonly #failures: PackFailure[] = []
  readonly #kinds = new Map<string, number>()
  readonly #told = tellNothing()
  /** Roots of complete subtrees, largest first: all that is needed to compute the root again. */
  readonly #subtrees: { size: number; root: Uint8Array }[] = []
  #failuresTotal = 0
  #line = 0
  #manifest: Line = {}
  #signed: Checkpoint | null = null
  #entries = 0
  #lastIndex = -1
  #ended = false
  /** False from the first entry on that could not be read in its place: laws and summary end there. */
  #isJudging = true

  refuseKey({ malformed }: Malformed): PackReport {
    this.#fail('key', null, `The key that was given is of no use: ${malformed}.`)
    return this.#report(false)
  }

  /** Takes the next line. False: reading on would show nothing. */
  async take(line: string, key: NoteKey): Promise<boolean> {
    this.#line += 1
    if (line.length > packLineBytesMax) {
      this.#fail('form', null, `The line is longer than ${packLineBytesMax} bytes.`)
      return this.#line > 1
    }
    const value = parseJson(line)
    if (this.#line === 1) return await this.#takeManifest(value, key)
    if (this.#ended) return this.#fail('end', null, 'There is a line after the closing one.')
    if (!isMembers(value)) this.#fail('form', null, 'The line is not a JSON object: it was changed or cut off.')
    else if (value['end'] === true) this.#takeEnd(value)
    else this.#takeEntry(value)
    return true
  }

  async #takeManifest(value: unknown, key: NoteKey): Promise<boolean> {
    if (!isMembers(value)) return this.#fail('form', null, 'This is not an evidence pack: its first line is not JSON.')
    if (value['format'] !== packFormat) {
      const said = quote(value['format'])
      return this.#fail('form', null, `The format of the pack is ${said}; this verifier reads "${packFormat}".`)
    }
    this.#manifest = value
    const said = value['checkpoint']
    const note = typeof said === 'string' ? await verifyNote(said, [key], verifyEd25519) : NO_NOTE
    const signed: Checkpoint | Malformed = 'malformed' in note ? note : parseCheckpoint(note.text)
    if ('malformed' in signed)
      return this.#fail('checkpoint', null, `The checkpoint does not hold: ${signed.malformed}.`)
    this.#signed = signed
    for (const name of ['origin', 'size'] as const) {
      if (value[name] !== signed[name])
        this.#fail('checkpoint', null, `The pack says another ${name} than its checkpoint.`)
    }
    this.#checkPolicies(value['policies'])
    return true
  }

  /** Entries name a policy by the digest of its text: so the text can be held against them. */
  #checkPolicies(policies: unknown): void {
    if (!Array.isArray(policies)) return void this.#fail('form', null, 'The pack does not list its policies.')
    for (const policy of policies as unknown[]) {
      const { name, digest, text } = isMembers(policy) ? policy : NOTHING
      const holds = typeof text === 'string' && toHex(sha256(toUtf8(text))) === digest
      if (!holds) this.#fail('policy', null, `The text of the policy ${quote(name)} is not the one of its digest.`)
    }
  }

  #takeEntry({ index, entry, proof }: Line): void {
    if (
      typeof index !== 'number' ||
      !Number.isSafeInteger(index) ||
      index < 0 ||
      typeof entry !== 'string' ||
      !Array.isArray(proof)
    ) {
      return void this.#fail(
        'form',
        null,
        'The line is neither an entry with its index and proof nor the closing line.',
      )
    }
    const isInPlace = this.#checkOrder(index)
    this.#entries += 1
    const leaf = hashLeaf(sha256, toUtf8(entry))
    this.#addLeaf(leaf)
    const isProven = this.#isProven(index, leaf, proof)
    if (!isProven)
      this.#fail(
        'proof',
        index,
        'Entry and proof do not lead to the signed root: one of them was changed, or the entry is not of this log.',
      )
    if (!isInPlace || !isProven) this.#isJudging = false
    if (isProven) this.#read(index, entry)
  }

  #isProven(index: number, leaf: Uint8Array, proof: readonly unknown[]): boolean {
    if (proof.length > proofHashesMax) return false
    const hashes = proof.map((hash) => (typeof hash === 'string' ? fromBase64(hash) : null) ?? new Uint8Array())
    const { size = 0, root = new Uint8Array() } = this.#signed ?? {}
    return verifyInclusion(sha256, { index, size, leaf, root, proof: hashes })
  }

  #checkOrder(index: number): boolean {
    const last = this.#lastIndex
    this.#lastIndex = Math.max(last, index)
    if (index === last) return this.#fail('order', index, 'The entry stands here twice.')
    if (index < last) return this.#fail('order', index, `The entry stands after entry ${last}: lines were moved.`)
    if (index === last + 1 || this.#manifest['whole'] !== true) return true
    return this.#fail('whole', index, `Entries ${last + 1} to ${index - 1} are missing before it.`)
  }

  /**
   * Only proven entries are read: what is in the others nobody signed. Laws are asked about all that came before, and so
   * only as long as that was read.
   */
  #read(index: number, text: string): void {
    const entry = readEntry(text)
    if (typeof entry === 'string') {
      this.#isJudging = false
      return void this.#fail('form', index, `In the line, ${entry}.`)
    }
    if (entry.org !== this.#manifest['org'])
      this.#fail('form', index, 'The entry is of another organisation than the pack says.')
    this.#kinds.set(entry.kind, (this.#kinds.get(entry.kind) ?? 0) + 1)
    if (!this.#isJudging) return
    const judged = { index, entry, told: this.#told, whole: this.#manifest['whole'] === true }
    for (const { law, fault } of judgeEntry(judged)) this.#fail(`law:${law}`, index, `The log breaks a law: ${fault}.`)
    tell(this.#told, index, entry)
  }

  #takeEnd({ entries }: Line): void {
    this.#ended = true
    if (entries !== this.#entries) {
      this.#fail('whole', null, `The closing line says ${quote(entries)} entries, and ${this.#entries} stand here.`)
    }
  }

  /** Two complete subtrees of one size become one of twice the size, as in a binary counter. */
  #addLeaf(leaf: Uint8Array): void {
    let added = { size: 1, root: leaf }
    for (let last = this.#subtrees.at(-1); last?.size === added.size; last = this.#subtrees.at(-1)) {
      this.#subtrees.pop()
      added = { size: added.size * 2, root: hashNode(sha256, last.root, added.root) }
    }
    this.#subtrees.push(added)
  }

  finish(): PackReport {
    if (this.#line === 0) this.#fail('form', null, 'The pack is empty.')
    if (this.#signed !== null && !this.#ended) this.#fail('end', null, 'The pack is cut off: it has no closing line.')
    return this.#report(this.#signed !== null && this.#manifest['whole'] === true && this.#isWhole(this.#signed))
  }

  /** Where all entries together lead to the signed root, what failed a proof is the proof. */
  #report(areEntriesSigned: boolean): PackReport {
    const what = 'The proof of the entry was changed; the entry itself is as it was signed.'
    const { origin = '', size = 0, root = new Uint8Array() } = this.#signed ?? {}
    return {
      ok: this.#failuresTotal === 0,
      whole: this.#manifest['whole'] === true,
      subject: readSubject(this.#manifest['subject']),
      checkpoint: this.#signed === null ? null : { origin, size, rootHex: toHex(root) },
      entries: this.#entries,
      kinds: Object.fromEntries([...this.#kinds].sort(([x], [y]) => (x < y ? -1 : 1))),
      failures: this.#failures.map((each) => (areEntriesSigned && each.check === 'proof' ? { ...each, what } : each)),
      failuresTotal: this.#failuresTotal,
      identities: summariseIdentities(this.#told),
    }
  }

  #isWhole(signed: Checkpoint): boolean {
    if (this.#entries !== signed.size) {
      return this.#fail('whole', null, `The log has ${signed.size} entries, and ${this.#entries} stand here.`)
    }
    const roots = this.#subtrees.map((each) => each.root)
    const root = roots.length === 0 ? sha256(new Uint8Array()) : foldRight(sha256, roots)
    return (
      equalBytes(root, signed.root) ||
      this.#fail('whole', null, 'The root computed from all entries is not the signed one.')
    )
  }

  #fail(check: string, entry: number | null, what: string): false {
    this.#failuresTotal += 1
    if (this.#failures.length < failuresMax)
      this.#failures.push({ line: this.#line, entry, check, what: cutText(what, sentenceCharsMax) })
    return false
  }
}

/** Says a value of the pack in a sentence; what has parts is not said, as it could be of any size and depth. */
function quote(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cutText(value, quoteCharsMax))
  return typeof value === 'object' && value !== null ? 'something with parts' : String(value)
}

/** Cuts a long text into a new one, so that the long one need not be kept. */
function cutText(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${Array.from(text.slice(0, charsMax)).join('')}…`
}

function readSubject(value: unknown): PackSubject | null {
  const { kind, id } = isMembers(value) ? value : NOTHING
  return (kind === 'identity' || kind === 'task') && typeof id === 'string' ? { kind, id } : null
}

/** Ed25519 (RFC 8032) by the platform; a key that is none verifies nothing. */
const verifyEd25519: VerifySignature = async (publicKey, message, signature) => {
  try {
    const key = await crypto.subtle.importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(message))
  } catch {
    return false
  }
}
