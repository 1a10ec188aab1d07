/**
 * The offline verifier of evidence packs. It trusts one thing: the public key (vkey) that the reader got from
 * elsewhere. It opens no file and no connection, reads no clock, and believes nothing a pack says of itself.
 *
 * How a pack convinces, from the bottom up:
 *   1. Line 1 holds a checkpoint: name of the log, number of entries, and a root hash over all of them. The key must
 *      have signed exactly that text (C2SP signed-note, Ed25519), and must be of that name. What else line 1 says is
 *      the packer's word, and is held against the checkpoint, the key and the entries.
 *   2. Each further line holds the exact text of an entry, its index, and hashes that lead from it to the signed root
 *      (RFC 6962). A changed byte, another place or an invented entry does not lead there. A line holds nothing else,
 *      and an entry is read in its one canonical form (sdk/pack-form.ts, src/contract/log/canonical-json.ts).
 *   3. The last line says how many entries there were, so that a pack cannot be cut short. A pack of the whole log must
 *      hold every index, and the root is computed again from the entries alone.
 *   4. What the entries say must keep the laws (src/contract/laws/entry-laws.ts): no credential without a permit, nobody
 *      approves for themselves, or without the role for it (src/contract/laws/seat-law.ts), a child inside its parent,
 *      nothing after the end, nothing on what was cut off: a task, chain, identity, owner, vendor, binding or server.
 *      Nor is anything given to what was not approved, done on behalf of a person who may not do it, or beyond a budget,
 *      a rate or a limit (src/contract/laws/use-laws.ts). What a task has read marks it and all that comes from it, and
 *      bounds what it changes and hands on (src/contract/laws/flow-laws.ts); what enforcement points let happen elsewhere
 *      is what they were entitled to (src/contract/laws/counted-laws.ts).
 *
 * What it cannot show by itself: that the operator did not keep a second log, or what came after the last entry (`asOfMs`). For
 * that, have the checkpoint signed by witnesses (C2SP tlog-cosignature), whose keys the reader may give as well; or compare
 * checkpoints with others, and with newer ones.
 * A pack about one identity or task shows that what is in it is true, not that nothing was left out of it: its summary
 * goes as far as this pack tells (`covers`), and laws about what was never told are not asked:
 * a cutoff of an owner, a vendor or a server stands for sure in a pack of the whole log only.
 */

import { judgeEntry } from '../src/contract/laws/entry-laws.ts'
import { equalBytes, fromBase64, toHex, toUtf8 } from '../src/contract/log/bytes.ts'
import { type Checkpoint, parseCheckpoint } from '../src/contract/log/checkpoint.ts'
import { cosignatureType, findCosignature } from '../src/contract/log/cosignature.ts'
import { foldRight, hashLeaf, hashNode, proofHashesMax, verifyInclusion } from '../src/contract/log/merkle.ts'
import {
  formatVkey,
  type Malformed,
  type NoteKey,
  parseNote,
  parseVkey,
  type VerifySignature,
  verifyNote,
} from '../src/contract/log/note.ts'
import {
  type PackEnd,
  type PackEntry,
  type PackManifest,
  type PackPolicy,
  packLineBytesMax,
  packManifestBytesMax,
} from '../src/contract/log/pack.ts'
import type { LogEntry } from '../src/contract/log-entry.ts'
import { readEntry } from '../src/contract/read-entry.ts'
import { tell, tellNothing } from '../src/contract/told/told.ts'
import { cutText, quote, readManifest, readPackLine } from './pack-form.ts'
import type { PackFailure, PackReport } from './pack-report.ts'
import { sha256 } from './sha256.ts'
import { summariseIdentities } from './summarise-identities.ts'

export type { PackFailure, PackReport } from './pack-report.ts'

const failuresMax = 1_000
/** Longest sentence of a failure: a hostile pack does not get to fill the report. */
const sentenceCharsMax = 400

/**
 * Verifies a pack, line by line, in time and memory that grow no faster than the pack. Each of `witnesses` (vkeys of type 4) must have
 * signed its checkpoint too. Never throws on bad input.
 */
export async function verifyPack(
  lines: AsyncIterable<string> | Iterable<string>,
  vkey: string,
  witnesses: readonly string[] = [],
): Promise<PackReport> {
  const key = parseVkey(sha256, vkey.trim())
  const reading = new Reading()
  if ('malformed' in key) return reading.refuseKey(key)
  const known: NoteKey[] = []
  for (const each of witnesses) {
    const witness = parseVkey(sha256, each.trim(), cosignatureType)
    if ('malformed' in witness) return reading.refuseKey(witness)
    known.push(witness)
  }
  for await (const line of lines) {
    if (!(await reading.take(line.endsWith('\n') ? line.slice(0, -1) : line, key, known))) break
  }
  return reading.finish()
}

/** Says why a text is no public key (vkey); null where it is one, and so never the name of a file that holds one. */
export function findVkeyFault(text: string, of: 'log' | 'witness' = 'log'): string | null {
  const key = parseVkey(sha256, text.trim(), of === 'witness' ? cosignatureType : undefined)
  return 'malformed' in key ? key.malformed : null
}

/** Everything that is remembered between two lines. */
class Reading {
  readonly #failures: PackFailure[] = []
  readonly #kinds = new Map<string, number>()
  readonly #told = tellNothing()
  /** Roots of complete subtrees, largest first: all that is needed to compute the root again. */
  readonly #subtrees: { size: number; root: Uint8Array }[] = []
  /** Digests of the policy sets whose text stands in the first line. */
  readonly #texts = new Set<string>()
  /** Digests of the policy sets that entries name. */
  readonly #named = new Set<string>()
  /** Of these, the one that came into force last. */
  #loaded: string | null = null
  #failuresTotal = 0
  #line = 0
  #manifest: PackManifest | null = null
  #signed: Checkpoint | null = null
  readonly #witnesses: PackReport['witnesses'][number][] = []
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
  async take(line: string, key: NoteKey, witnesses: readonly NoteKey[]): Promise<boolean> {
    this.#line += 1
    const most = this.#line === 1 ? packManifestBytesMax : packLineBytesMax
    if (line.length > most) {
      this.#fail('form', null, `The line is longer than ${most} bytes.`)
      return this.#line > 1
    }
    if (this.#line === 1) return await this.#takeManifest(readManifest(line), key, witnesses)
    if (this.#ended) return this.#fail('end', null, 'There is a line after the closing one.')
    const read = readPackLine(line)
    if (read === null)
      this.#fail(
        'form',
        null,
        'The line is neither an entry with index and proof nor the closing one: it was changed or cut off.',
      )
    else if ('end' in read) this.#takeEnd(read)
    else this.#takeEntry(read)
    return true
  }

  async #takeManifest(
    manifest: PackManifest | Malformed,
    key: NoteKey,
    witnesses: readonly NoteKey[],
  ): Promise<boolean> {
    if ('malformed' in manifest) return this.#fail('form', null, manifest.malformed)
    this.#manifest = manifest
    const note = await verifyNote(manifest.checkpoint, [key], verifyEd25519)
    const signed: Checkpoint | Malformed = 'malformed' in note ? note : parseCheckpoint(note.text)
    if ('malformed' in signed)
      return this.#fail('checkpoint', null, `The checkpoint does not hold: ${signed.malformed}.`)
    this.#signed = signed
    this.#checkManifest(manifest, signed, key)
    for (const policy of manifest.policies) this.#checkPolicy(policy)
    for (const witness of witnesses) await this.#checkWitness(manifest.checkpoint, witness)
    return true
  }

  async #checkWitness(checkpoint: string, witness: NoteKey): Promise<void> {
    const note = parseNote(checkpoint)
    const found = 'malformed' in note ? note : await findCosignature(note, witness, verifyEd25519)
    if (found !== null && 'line' in found) this.#witnesses.push({ name: witness.name, atMs: found.atMs })
    else {
      const why = found === null ? 'has not signed this checkpoint' : `is not proved: ${found.malformed}`
      this.#fail('witness', null, `The witness ${quote(witness.name)} ${why}.`)
    }
  }

  /** What the first line says beside its checkpoint is the packer's word: it must be that of the checkpoint and the key. */
  #checkManifest(manifest: PackManifest, signed: Checkpoint, key: NoteKey): void {
    for (const name of ['origin', 'size'] as const) {
      if (manifest[name] !== signed[name])
        this.#fail('checkpoint', null, `The pack says another ${name} than its checkpoint.`)
    }
    if (signed.origin !== key.name)
      this.#fail(
        'checkpoint',
        null,
        `The checkpoint is of the log ${quote(signed.origin)}, and the key is that of ${quote(key.name)}.`,
      )
    if (manifest.vkey !== undefined && manifest.vkey !== formatVkey(key))
      this.#fail('checkpoint', null, 'The pack names another key than the one that was given.')
  }

  /** Entries name a policy by the digest of its text: so the text can be held against them. */
  #checkPolicy({ digest, text }: PackPolicy): void {
    if (toHex(sha256(toUtf8(text))) !== digest)
      this.#fail('policy', null, `The text of the policy ${quote(digest)} is not the one of its digest.`)
    if (this.#texts.has(digest)) this.#fail('policy', null, `The policy ${quote(digest)} stands here twice.`)
    this.#texts.add(digest)
  }

  #takeEntry({ index, entry, proof }: PackEntry): void {
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

  #isProven(index: number, leaf: Uint8Array, proof: readonly string[]): boolean {
    if (proof.length > proofHashesMax) return false
    const hashes = proof.map((hash) => fromBase64(hash) ?? new Uint8Array())
    const { size = 0, root = new Uint8Array() } = this.#signed ?? {}
    return verifyInclusion(sha256, { index, size, leaf, root, proof: hashes })
  }

  #checkOrder(index: number): boolean {
    const last = this.#lastIndex
    this.#lastIndex = Math.max(last, index)
    if (index === last) return this.#fail('order', index, 'The entry stands here twice.')
    if (index < last) return this.#fail('order', index, `The entry stands after entry ${last}: lines were moved.`)
    if (index === last + 1 || !this.#isWhole) return true
    const gone = last + 2 === index ? `Entry ${last + 1} is` : `Entries ${last + 1} to ${index - 1} are`
    return this.#fail('whole', index, `${gone} missing before it.`)
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
    if (entry.org !== this.#manifest?.org)
      this.#fail('form', index, 'The entry is of another organisation than the pack says.')
    this.#kinds.set(entry.kind, (this.#kinds.get(entry.kind) ?? 0) + 1)
    if (!this.#isJudging) return
    this.#notePolicy(entry)
    const judged = { index, entry, told: this.#told, whole: this.#isWhole }
    for (const { law, fault } of judgeEntry(judged)) this.#fail(`law:${law}`, index, `The log breaks a law: ${fault}.`)
    tell(this.#told, index, entry)
  }

  #notePolicy({ kind, policy }: LogEntry): void {
    if (policy === undefined) return
    this.#named.add(policy)
    if (kind === 'policy.loaded' || kind === 'policy.published') this.#loaded = policy
  }

  #takeEnd({ entries }: PackEnd): void {
    this.#ended = true
    if (entries !== this.#entries)
      this.#fail('whole', null, `The closing line says ${entries} entries, and ${this.#entries} stand here.`)
    if (this.#entries === 0) this.#fail('whole', null, 'The pack holds no entry.')
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
    if (this.#signed !== null && this.#isJudging) this.#checkSubject()
    const isAll = this.#signed !== null && this.#isWhole && this.#holdsAll(this.#signed)
    if (isAll && this.#isJudging) this.#checkPolicies(this.#manifest?.policies ?? [])
    return this.#report(isAll)
  }

  get #isWhole(): boolean {
    return this.#manifest?.whole === true
  }

  /** The whole log names every policy set that ever decided: no other text belongs to it, and the one in force does. */
  #checkPolicies(policies: readonly PackPolicy[]): void {
    for (const { digest } of policies) {
      if (!this.#named.has(digest)) this.#fail('policy', null, `No entry names the policy ${quote(digest)}.`)
    }
    if (this.#loaded !== null && policies.every(({ digest }) => digest !== this.#loaded))
      this.#fail(
        'policy',
        null,
        `The text of the policy ${quote(this.#loaded)}, which came into force last, is missing.`,
      )
  }

  /** What a pack is about is the packer's word, until an entry tells of it. */
  #checkSubject(): void {
    const subject = this.#manifest?.subject
    if (subject === undefined) return
    const told = subject.kind === 'identity' ? this.#told.identities : this.#told.tasks
    if (!told.has(subject.id))
      this.#fail(
        'subject',
        null,
        `The pack says it is about the ${subject.kind} ${quote(subject.id)}, of which no entry tells.`,
      )
  }

  /** Where all entries together lead to the signed root, what failed a proof is the proof. */
  #report(areEntriesSigned: boolean): PackReport {
    const what = 'The proof of the entry was changed; the entry itself is as it was signed.'
    const { origin = '', size = 0, root = new Uint8Array() } = this.#signed ?? {}
    return {
      ok: this.#failuresTotal === 0,
      whole: this.#isWhole,
      subject: this.#manifest?.subject ?? null,
      checkpoint: this.#signed === null ? null : { origin, size, rootHex: toHex(root) },
      witnesses: this.#witnesses,
      entries: this.#entries,
      kinds: Object.fromEntries([...this.#kinds].sort(([x], [y]) => (x < y ? -1 : 1))),
      failures: this.#failures.map((each) => (areEntriesSigned && each.check === 'proof' ? { ...each, what } : each)),
      failuresTotal: this.#failuresTotal,
      asOfMs: Number.isFinite(this.#told.lastMs) ? this.#told.lastMs : null,
      policies: (this.#manifest?.policies ?? [])
        .map(({ digest }) => digest)
        .filter((digest) => this.#named.has(digest)),
      covers: this.#isWhole ? 'the whole log' : 'as far as this pack tells',
      identities: summariseIdentities(this.#told),
    }
  }

  #holdsAll(signed: Checkpoint): boolean {
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

/** Ed25519 (RFC 8032) by the platform; a key that is none verifies nothing. */
const verifyEd25519: VerifySignature = async (publicKey, message, signature) => {
  try {
    const key = await crypto.subtle.importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', key, new Uint8Array(signature), new Uint8Array(message))
  } catch {
    return false
  }
}
