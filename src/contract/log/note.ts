import { concatBytes, equalBytes, fromBase64, toBase64, toHex, toUtf8 } from './bytes.ts'
import type { Hash } from './merkle.ts'

/** What is wrong with a text that does not have the form of its format. */
export interface Malformed {
  readonly malformed: string
}

/** One line under a note. */
export interface NoteSignature {
  readonly name: string
  /** Four bytes that tell the key; not a strong hash. */
  readonly keyId: Uint8Array
  readonly signature: Uint8Array
}

/** A text with signatures under it (C2SP signed-note v1). The text ends in a newline. */
export interface SignedNote {
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** A key that notes are verified with: what a vkey text says. */
export interface NoteKey {
  readonly name: string
  readonly keyId: Uint8Array
  readonly type: number
  readonly publicKey: Uint8Array
}

/** Signature type of Ed25519 over the note text; the only one that `verifyNote` verifies. */
const ed25519Type = 0x01

/** Longest note in characters: room for 16 post-quantum signatures of 5 kB and more. */
const noteCharsMax = 256 * 1024

/** Most signature lines in a note; the format demands at least 16. */
const noteSignaturesMax = 64

const keyIdBytes = 4
const publicKeyBytes = 32
const LINE = /^\u2014 ([^ ]+) ([A-Za-z0-9+/=]+)$/
const NAME = /^[^\p{White_Space}\p{Cc}+]+$/u
const CONTROL = /[\0-\x09\x0b-\x1f]/

/** True where a text may name a key: not empty, without white space, control characters and plus. */
export function isKeyName(name: string): boolean {
  return name.length <= 255 && name.isWellFormed() && NAME.test(name)
}

/** Gives the Ed25519 key of this name, with its key id: SHA-256(name || 0x0A || type || public key), first 4 bytes. */
export function createNoteKey(hash: Hash, name: string, publicKey: Uint8Array, type = ed25519Type): NoteKey {
  if (!isKeyName(name)) throw new RangeError('a key name is not empty and has no white space and no plus')
  if (publicKey.length !== publicKeyBytes) throw new RangeError('an Ed25519 public key has 32 bytes')
  const named = hash(concatBytes(toUtf8(`${name}\n`), Uint8Array.of(type), publicKey))
  return { name, keyId: Uint8Array.from(named.subarray(0, keyIdBytes)), type, publicKey }
}

/** Writes the vkey text of a key: `<name>+<8 hex of key id>+<base64 of type and key>`. */
export function formatVkey({ name, keyId, type, publicKey }: NoteKey): string {
  return `${name}+${toHex(keyId)}+${toBase64(concatBytes(Uint8Array.of(type), publicKey))}`
}

/** Reads the vkey text of an Ed25519 key of this type; the key id in it must be the one that the key has. */
export function parseVkey(hash: Hash, vkey: string, type = ed25519Type): NoteKey | Malformed {
  const [name = '', keyId = '', key = '', ...rest] = vkey.length > noteCharsMax ? [] : splitVkey(vkey)
  if (rest.length > 0 || !isKeyName(name)) return { malformed: 'a vkey is a name, a key id and a key, joined by plus' }
  const bytes = fromBase64(key)
  if (bytes === null) return { malformed: 'the key of a vkey is base64' }
  if (bytes[0] !== type) return { malformed: `the key of this vkey is not of type 0x0${type} (Ed25519)` }
  if (bytes.length !== 1 + publicKeyBytes) return { malformed: 'an Ed25519 public key has 32 bytes' }
  const parsed = createNoteKey(hash, name, bytes.slice(1), type)
  return toHex(parsed.keyId) === keyId ? parsed : { malformed: 'the key id of the vkey is not that of its key' }
}

/** The key is base64, in which a plus may stand: only the first two pluses part. */
function splitVkey(vkey: string): string[] {
  const first = vkey.indexOf('+')
  const second = vkey.indexOf('+', first + 1)
  return first < 0 || second < 0 ? [] : [vkey.slice(0, first), vkey.slice(first + 1, second), vkey.slice(second + 1)]
}

/** Writes a signed note. The text must end in a newline and hold no other control character. */
export function formatNote({ text, signatures }: SignedNote): string {
  if (!isNoteText(text)) throw new RangeError('a note text ends in a newline and has no other control characters')
  if (signatures.length === 0) throw new RangeError('a note has at least one signature')
  const lines = signatures.map((each) => {
    if (!isKeyName(each.name)) throw new RangeError('a key name is not empty and has no white space and no plus')
    return `\u2014 ${each.name} ${toBase64(concatBytes(each.keyId, each.signature))}\n`
  })
  return `${text}\n${lines.join('')}`
}

function isNoteText(text: string): boolean {
  return text.endsWith('\n') && text.isWellFormed() && !CONTROL.test(text)
}

/** Reads a signed note strictly. Nothing in it is true before `verifyNote` says so. */
export function parseNote(note: string): SignedNote | Malformed {
  if (note.length > noteCharsMax) return { malformed: `a note has at most ${noteCharsMax} characters` }
  if (!note.isWellFormed() || CONTROL.test(note)) return { malformed: 'a note is Unicode without control characters' }
  if (!note.endsWith('\n')) return { malformed: 'a note ends in a newline' }
  const border = note.lastIndexOf('\n\n')
  if (border < 0) return { malformed: 'an empty line stands between the text of a note and its signatures' }
  return parseSignatures(note.slice(0, border + 1), note.slice(border + 2, -1).split('\n'))
}

function parseSignatures(text: string, lines: readonly string[]): SignedNote | Malformed {
  if (lines.length > noteSignaturesMax) return { malformed: `a note has at most ${noteSignaturesMax} signatures` }
  const signatures: NoteSignature[] = []
  for (const line of lines) {
    const [, name = '', encoded = ''] = LINE.exec(line) ?? []
    const bytes = fromBase64(encoded)
    if (!isKeyName(name) || bytes === null || bytes.length <= keyIdBytes) {
      return { malformed: 'a signature line is an em dash, a key name and base64 of key id and signature' }
    }
    signatures.push({ name, keyId: bytes.slice(0, keyIdBytes), signature: bytes.slice(keyIdBytes) })
  }
  return { text, signatures }
}

/** Verifies one Ed25519 signature (RFC 8032): passed in, as the contract does no cryptography of its own. */
export type VerifySignature = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean | Promise<boolean>

/** Signs bytes with Ed25519: passed in. */
export type SignBytes = (message: Uint8Array) => Uint8Array

/** Signs a text as a note of one signature. */
export function signNote(text: string, key: NoteKey, sign: SignBytes): string {
  const { name, keyId } = key
  return formatNote({ text, signatures: [{ name, keyId, signature: sign(toUtf8(text)) }] })
}

/**
 * Reads a note and verifies it: signatures of unknown keys are passed over, every signature of a known key must
 * verify, and there must be one. Gives the note with its verified signatures only.
 */
export async function verifyNote(
  note: string,
  keys: readonly NoteKey[],
  verify: VerifySignature,
): Promise<SignedNote | Malformed> {
  const parsed = parseNote(note)
  if ('malformed' in parsed) return parsed
  const message = toUtf8(parsed.text)
  const verified: NoteSignature[] = []
  for (const each of parsed.signatures) {
    const key = keys.find(({ name, keyId }) => name === each.name && equalBytes(keyId, each.keyId))
    if (key === undefined) continue
    if (!(await verify(key.publicKey, message, each.signature))) {
      return { malformed: `the signature of ${key.name} does not verify` }
    }
    verified.push(each)
  }
  return verified.length > 0 ? { text: parsed.text, signatures: verified } : { malformed: 'no known key has signed' }
}
