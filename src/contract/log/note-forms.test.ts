import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Hash } from './merkle.ts'
import { createNoteKey, formatNote, isKeyName, parseNote, parseVkey, verifyNote } from './note.ts'

const sha256: Hash = (bytes) => createHash('sha256').update(bytes).digest()
const vkey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const line =
  '\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM='
const publicKey = new Uint8Array(32)
const signature = { name: 'a', keyId: new Uint8Array(4), signature: new Uint8Array(64) }

describe('the name of a key', () => {
  it.each(['a', 'remit.example/log', 'é', 'x'.repeat(255)])('may be %s', (name) => {
    expect(isKeyName(name)).toBe(true)
  })

  it.each(['', 'a b', 'a+b', 'a\tb', 'a\u0085', 'a\u00a0', '\ud800', 'x'.repeat(256)])('is not %j', (name) => {
    expect(isKeyName(name)).toBe(false)
  })
})

describe('a vkey that is none', () => {
  const parts = 'a vkey is a name, a key id and a key, joined by plus'
  it.each([
    ['', parts],
    ['example.com', parts],
    ['example.com+530d903a', parts],
    ['+530d903a+AAAA', parts],
    [`${vkey}${'A'.repeat(256 * 1024)}`, parts],
    ['a+b+****', 'the key of a vkey is base64'],
    ['a+b+', 'the key of this vkey is not of type 0x01 (Ed25519)'],
    ['a+b+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k', 'the key of this vkey is not of type 0x01 (Ed25519)'],
    ['a+b+AekyeRrm56hApGFkyQR4ZA==', 'an Ed25519 public key has 32 bytes'],
    [vkey.replace('530d903a', ''), 'the key id of the vkey is not that of its key'],
    [vkey.replace('530d903a', '530d903b'), 'the key id of the vkey is not that of its key'],
  ])('says what is wrong with it: %#', (text, malformed) => {
    expect(parseVkey(sha256, text)).toEqual({ malformed })
  })

  it('is refused for its sum before its key is read where it is longer than any note', () => {
    const atMost = `${'n'.repeat(250)}+00000000+`.padEnd(256 * 1024, 'A')
    expect(parseVkey(sha256, atMost)).toEqual({ malformed: 'the key of this vkey is not of type 0x01 (Ed25519)' })
    expect(parseVkey(sha256, `${atMost}AAAA`)).toEqual({ malformed: parts })
  })
})

describe('a note that is none', () => {
  const text = 'text\n'
  const lines = 'a signature line is an em dash, a key name and base64 of key id and signature'
  const many = (count: number): string => `${text}\n${`${line}\n`.repeat(count)}`
  it.each([
    ['', 'a note ends in a newline'],
    [`${text}\n${line}`, 'a note ends in a newline'],
    [`${text}${line}\n`, 'an empty line stands between the text of a note and its signatures'],
    [`te\0xt\n\n${line}\n`, 'a note is Unicode without control characters'],
    [`te\ud800xt\n\n${line}\n`, 'a note is Unicode without control characters'],
    [many(65), 'a note has at most 64 signatures'],
    [`${text}\n${line}\nmore\n`, lines],
    [`${text}\n`, lines],
    [`${text}\n x${line}\n`, lines],
    [`${text}\n${line} x\n`, lines],
    [`${text}\n\u2014 a+b Uw2QOkn8\n`, lines],
    [`${text}\n\u2014 a Uw2QOg==\n`, lines],
    [`${text}\n\u2014 a Uw2QO\n`, lines],
    [`${'x'.repeat(256 * 1024)}${text}\n${line}\n`, 'a note has at most 262144 characters'],
  ])('says what is wrong with it: %#', (note, malformed) => {
    expect(parseNote(note)).toEqual({ malformed })
  })

  it('may be as long, and have as many signatures, as is allowed', () => {
    expect(parseNote(many(64))).toMatchObject({ text, signatures: { length: 64 } })
    const rest = `\n\n${line}\n`
    expect(parseNote(`${'x'.repeat(256 * 1024 - rest.length)}${rest}`)).toMatchObject({ signatures: { length: 1 } })
  })

  it('may have no text but its end', () => {
    expect(parseNote(`\n\n${line}\n`)).toMatchObject({ text: '\n' })
  })
})

describe('what is written', () => {
  const name = 'a key name is not empty and has no white space and no plus'
  it.each<[string, () => unknown, string]>([
    ['a name that names no key', () => createNoteKey(sha256, 'a b', publicKey), name],
    [
      'a key of another length',
      () => createNoteKey(sha256, 'a', publicKey.slice(1)),
      'an Ed25519 public key has 32 bytes',
    ],
    [
      'a text without an end',
      () => formatNote({ text: 'x', signatures: [signature] }),
      'a note text ends in a newline and has no other control characters',
    ],
    ['no signature', () => formatNote({ text: 'x\n', signatures: [] }), 'a note has at least one signature'],
    ['a signature of nobody', () => formatNote({ text: 'x\n', signatures: [{ ...signature, name: 'a b' }] }), name],
  ])('is no note with %s', (_, write, sentence) => {
    expect(write).toThrow(new RangeError(sentence))
  })
})

it('who verifies is told whose signature it is that does not hold', async () => {
  const key = createNoteKey(sha256, 'a', publicKey)
  const note = formatNote({ text: 'x\n', signatures: [{ ...signature, keyId: key.keyId }] })
  expect(await verifyNote(note, [key], () => false)).toEqual({ malformed: 'the signature of a does not verify' })
  expect(await verifyNote('x', [key], () => true)).toEqual({ malformed: 'a note ends in a newline' })
})
