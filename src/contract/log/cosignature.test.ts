import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { rawOf, signAs } from '../../../test/witness.ts'
import { sha256 } from '../../ground/digest.ts'
import { verifyEd25519 } from '../../record/signer.ts'
import { type Cosignature, cosignatureType, findCosignature } from './cosignature.ts'
import { createNoteKey, formatVkey, type Malformed, parseNote, parseVkey } from './note.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const key = createNoteKey(sha256, 'witness.example/w1', rawOf(publicKey), cosignatureType)
const text = 'log.example/one\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n'

async function find(lines: string, under = text): Promise<Cosignature | Malformed | null> {
  const note = parseNote(`${under}\n${lines}`)
  return 'malformed' in note ? note : await findCosignature(note, key, verifyEd25519)
}
const line = (signature: Uint8Array): string =>
  `\u2014 ${key.name} ${Buffer.concat([key.keyId, signature]).toString('base64')}\n`

describe('what a witness signs', () => {
  it('is found under the checkpoint, with the time that it says', async () => {
    expect(await find(signAs(key, privateKey, text))).toMatchObject({ atMs: 1_800_000_000_000 })
  })

  it('is not found where another one has signed, be it by the same key as a log', async () => {
    const asLog = createNoteKey(sha256, key.name, rawOf(publicKey))
    expect(await find(signAs(asLog, privateKey, text))).toBeNull()
    expect(await find(signAs({ ...key, name: 'witness.example/w2' }, privateKey, text))).toBeNull()
  })

  it('counts for that checkpoint and that time alone', async () => {
    const signed = signAs(key, privateKey, text)
    expect(await find(signed, text.replace('\n7\n', '\n8\n'))).toHaveProperty('malformed')
    const bytes = Buffer.from(signed.split(' ')[2] ?? '', 'base64').subarray(4)
    for (const at of [0, 7, 8, 71]) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      expect(await find(line(changed)), `byte ${at}`).toHaveProperty('malformed')
    }
  })

  it.each([
    ['no time', 0],
    ['a time that no number holds', Number.MAX_SAFE_INTEGER],
    ['a time that no date can name', 8.64e12 + 1],
  ])('does not hold with %s, although it is signed', async (_, atSeconds) => {
    expect(await find(signAs(key, privateKey, text, atSeconds))).toHaveProperty('malformed')
  })

  it('holds with the last time that a date can name', async () => {
    const found = await find(signAs(key, privateKey, text, 8.64e12))
    expect(new Date((found as Cosignature).atMs).toISOString()).toBe('+275760-09-13T00:00:00.000Z')
  })

  it('does not hold where it is cut short', async () => {
    for (const bytes of [1, 8, 9, 71]) expect(await find(line(new Uint8Array(bytes)))).toHaveProperty('malformed')
  })
})

describe('the key of a witness', () => {
  it('is read as what it is, and never as the key of a log', () => {
    expect(parseVkey(sha256, formatVkey(key), cosignatureType)).toEqual(key)
    expect(parseVkey(sha256, formatVkey(key))).toEqual({
      malformed: 'the key of this vkey is not of type 0x01 (Ed25519)',
    })
    const asLog = createNoteKey(sha256, key.name, rawOf(publicKey))
    expect(parseVkey(sha256, formatVkey(asLog), cosignatureType)).toHaveProperty('malformed')
    expect(asLog.keyId).not.toEqual(key.keyId)
  })
})
