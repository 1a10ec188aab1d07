import { createHash, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RUNS } from '../../../test/arbitraries.ts'
import { toUtf8 } from './bytes.ts'
import type { Hash } from './merkle.ts'
import {
  createNoteKey,
  formatNote,
  formatVkey,
  type NoteKey,
  parseNote,
  parseVkey,
  signNote,
  type VerifySignature,
  verifyNote,
} from './note.ts'

const sha256: Hash = (bytes) => createHash('sha256').update(bytes).digest()
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const key = createNoteKey(
  sha256,
  'remit.example/log',
  Uint8Array.from(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')),
)
const signBytes = (message: Uint8Array): Uint8Array => sign(null, message, privateKey)
const verifyBytes: VerifySignature = (bytes, message, signature) => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(bytes).toString('base64url') }
  return verify(null, message, createPublicKey({ format: 'jwk', key: jwk }), signature)
}

/** The worked example of the signed-note format. */
const example = {
  vkey: 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
  text: 'This is an example message.\n',
  signature: 'Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=',
}
const exampleNote = `${example.text}\n\u2014 example.com/foo ${example.signature}\n`

/** A signed note as the file of vectors holds it. */
interface Vector {
  readonly vkey: string
  readonly name: string
  readonly key_id_hex: string
  readonly text: string
  readonly signature_line_b64: string
}
const exampleVector: Vector = {
  vkey: example.vkey,
  name: 'example.com/foo',
  key_id_hex: '530d903a',
  text: example.text,
  signature_line_b64: example.signature,
}

function readKey(vkey: string): NoteKey {
  const parsed = parseVkey(sha256, vkey)
  return 'malformed' in parsed ? expect.unreachable(parsed.malformed) : parsed
}

describe('signed notes', () => {
  it('the example of the format verifies', async () => {
    expect(await verifyNote(exampleNote, [readKey(example.vkey)], verifyBytes)).toMatchObject({ text: example.text })
  })

  it('the vectors beside the repository, or the example where there are none, verify as the key that they name', async () => {
    const path = new URL('../../../../shared/vectors/tlog/signed-note-vectors.json', import.meta.url)
    const vectors: readonly Vector[] = existsSync(path)
      ? JSON.parse(readFileSync(path, 'utf8')).signed_note
      : [exampleVector]
    expect(vectors).toContainEqual(expect.objectContaining(exampleVector))
    for (const vector of vectors) {
      const note = `${vector.text}\n\u2014 ${vector.name} ${vector.signature_line_b64}\n`
      const vectorKey = readKey(vector.vkey)
      expect([vectorKey.name, Buffer.from(vectorKey.keyId).toString('hex')]).toEqual([vector.name, vector.key_id_hex])
      expect(await verifyNote(note, [vectorKey], verifyBytes)).toMatchObject({
        text: vector.text,
        signatures: [{ name: vector.name }],
      })
    }
  })

  it('a vkey is written as it was read', () => {
    expect(formatVkey(readKey(example.vkey))).toBe(example.vkey)
    expect(readKey(formatVkey(key))).toEqual(key)
  })

  const text = fc
    .string({ unit: 'grapheme', maxLength: 200 })
    .map((body) => `${body.replaceAll(/[\0-\x1f]/g, '\n')}\n`)
    .filter((each) => each.isWellFormed())

  it('a signed note is read back as it was written', () => {
    fc.assert(
      fc.property(text, (body) => {
        const note = signNote(body, key, () => new Uint8Array(64))
        expect(parseNote(note)).toEqual({
          text: body,
          signatures: [{ name: key.name, keyId: key.keyId, signature: new Uint8Array(64) }],
        })
      }),
      RUNS,
    )
  })

  it('a note with any character changed is not the same signed note', async () => {
    const note = signNote('remit.example/log\n12\nAAAA\n', key, signBytes)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(note.length - 1),
        fc.constantFrom('x', '7', '\n', ' ', '\u2014', '='),
        async (place, char) => {
          const changed = note.slice(0, place) + char + note.slice(place + 1)
          if (changed === note) return
          expect(await verifyNote(changed, [key], verifyBytes)).toHaveProperty('malformed')
        },
      ),
      RUNS,
    )
  })

  it('sixteen signatures of which one is known verify; unknown keys of the same name or the same id are passed over', async () => {
    const signature = sign(null, toUtf8(example.text), privateKey)
    const junk = new Uint8Array(2500).fill(9)
    const others = Array.from({ length: 13 }, (_, at) => ({
      name: `w${at}.example`,
      keyId: Uint8Array.of(0, 0, 0, at),
      signature: junk,
    }))
    const note = formatNote({
      text: example.text,
      signatures: [
        ...others,
        { name: key.name, keyId: Uint8Array.of(1, 2, 3, 4), signature: junk },
        { name: 'else.example', keyId: key.keyId, signature: junk },
        { name: key.name, keyId: key.keyId, signature: Uint8Array.from(signature) },
      ],
    })
    expect(await verifyNote(note, [key], verifyBytes)).toEqual({
      text: example.text,
      signatures: [{ name: key.name, keyId: key.keyId, signature: Uint8Array.from(signature) }],
    })
  })

  it('a note is refused when a known key has signed it wrongly, even where another has signed it well', async () => {
    const both = exampleNote + signNote('something else\n', key, signBytes).split('\n\n')[1]
    expect(await verifyNote(both, [readKey(example.vkey)], verifyBytes)).toHaveProperty('text')
    expect(await verifyNote(both, [readKey(example.vkey), key], verifyBytes)).toHaveProperty('malformed')
  })

  it('a note that no known key has signed is refused', async () => {
    expect(await verifyNote(exampleNote, [key], verifyBytes)).toEqual({ malformed: 'no known key has signed' })
  })

  it('the text may hold empty lines: the last one parts it from its signatures', () => {
    const note = signNote('one\n\n\ntwo\n\n', key, signBytes)
    expect(parseNote(note)).toMatchObject({ text: 'one\n\n\ntwo\n\n' })
  })

  const malformed: [string, string][] = [
    ['nothing', ''],
    ['a text alone', 'text\n'],
    ['a text without signatures', 'text\n\n'],
    ['no newline at the end', exampleNote.slice(0, -1)],
    ['no empty line', exampleNote.replace('\n\n', '\n')],
    ['a hyphen for the em dash', exampleNote.replace('\u2014', '-')],
    ['two spaces', exampleNote.replace('\u2014 ', '\u2014  ')],
    ['a key name with a plus', exampleNote.replace('example.com/foo', 'example.com+foo')],
    ['a key name with a no-break space', exampleNote.replace('example.com/foo', 'example.com\u00a0foo')],
    ['an empty key name', exampleNote.replace('example.com/foo ', '')],
    ['base64 without padding', exampleNote.replace('QM=', 'QM')],
    ['base64 with loose bits', exampleNote.replace('QM=', 'QN=')],
    ['a key id without signature', `text\n\n\u2014 example.com/foo Uw2QOg==\n`],
    ['a carriage return', exampleNote.replaceAll('\n', '\r\n')],
    ['a NUL', exampleNote.replace('This', '\0his')],
    ['half a character', exampleNote.replace('This', '\ud800')],
    ['words after the signatures', `${exampleNote}and more\n`],
    ['more signatures than anybody needs', exampleNote + `\u2014 example.com/foo ${example.signature}\n`.repeat(64)],
    ['more characters than anybody needs', 'x'.repeat(256 * 1024) + exampleNote],
  ]
  it.each(malformed)('%s is no signed note', (_, note) => {
    expect(parseNote(note)).toHaveProperty('malformed')
  })

  const refused: [string, () => unknown][] = [
    ['a text that does not end', () => signNote('text', key, signBytes)],
    ['a text with a tab', () => signNote('a\tb\n', key, signBytes)],
    ['no signatures', () => formatNote({ text: 'text\n', signatures: [] })],
    ['a key name with a space', () => createNoteKey(sha256, 'a b', key.publicKey)],
    ['a key of 31 bytes', () => createNoteKey(sha256, 'a', key.publicKey.slice(1))],
  ]
  it.each(refused)('%s is refused when writing', (_, write) => {
    expect(write).toThrow(RangeError)
  })

  const [name, id, bytes] = example.vkey.split('+')
  const vkeys: [string, string][] = [
    ['nothing', ''],
    ['a name alone', `${name}`],
    ['no key', `${name}+${id}`],
    ['no name', `+${id}+${bytes}`],
    ['a name with a space', `a b+${id}+${bytes}`],
    ['the id of another key', `${name}+530d903b+${bytes}`],
    ['an id in capitals', `${name}+530D903A+${bytes}`],
    ['another name than the id is of', `other+${id}+${bytes}`],
    ['another type', `${name}+${id}+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k`],
    ['a short key', `${name}+${id}+AekyeRrm56hApGFkyQR4ZA==`],
    ['no base64', `${name}+${id}+****`],
  ]
  it.each(vkeys)('a vkey with %s is refused', (_, vkey) => {
    expect(parseVkey(sha256, vkey)).toHaveProperty('malformed')
  })

  it('a vkey whose key holds a plus in base64 is read', () => {
    const plussed = createNoteKey(
      sha256,
      'a',
      Uint8Array.from({ length: 32 }, (_, at) => [0xbe, 0xfb, 0xef][(at + 2) % 3] ?? 0),
    )
    expect(formatVkey(plussed).split('+').length).toBeGreaterThan(3)
    expect(parseVkey(sha256, formatVkey(plussed))).toEqual(plussed)
  })
})
