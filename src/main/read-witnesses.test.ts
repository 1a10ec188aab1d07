import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { rawOf } from '../../test/witness.ts'
import { checkConfig } from '../config.ts'
import { cosignatureType } from '../contract/log/cosignature.ts'
import { createNoteKey, formatVkey } from '../contract/log/note.ts'
import { sha256 } from '../ground/digest.ts'
import { readWitnesses } from './read-witnesses.ts'

const folder = mkdtempSync(join(tmpdir(), 'remit-witness-files-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
writeFileSync(join(folder, 'ca.pem'), 'PEM')

const raw = rawOf(generateKeyPairSync('ed25519').publicKey)
const key = createNoteKey(sha256, 'witness.example/w1', raw, cosignatureType)
const row = { url: 'https://witness.example', vkey: formatVkey(key) }
const read = (...rows: readonly object[]) =>
  readWitnesses(checkConfig({ log: { witnesses: rows.map((more) => ({ ...row, ...more })) } }, folder))

it('reads each witness with its key', () => {
  expect(read({ url: 'https://witness.example/sub/', caFile: 'ca.pem' })).toEqual([
    { key, url: 'https://witness.example/sub', allowInternal: false, ca: 'PEM' },
  ])
  expect(read({ url: 'http://127.0.0.1:7460', allowInternal: true })).toHaveLength(1)
  expect(read()).toEqual([])
})

it.each([
  [{ url: 'http://witness.example' }, 'must be https, or inside (allowInternal)'],
  [{ url: 'https://user:word@witness.example' }, 'must hold no user'],
  [{ url: 'https://witness.example/?a' }, 'must hold no user, query'],
  [{ url: 'https://10.0.0.1' }, 'log.witnesses: https://10.0.0.1: lies inside; set allowInternal'],
  [{ url: 'https://[fe80::1]/' }, 'lies inside'],
  [{ vkey: formatVkey(createNoteKey(sha256, 'log.example', raw)) }, 'its vkey is of no use'],
  [{ vkey: 'witness.example/w1' }, 'its vkey is of no use'],
  [{ caFile: 'none' }, 'cannot be read'],
])('refuses to start with %j', (more, sentence) => {
  expect(() => read(more)).toThrow(sentence)
})

it('refuses to start with two of one name, which nobody could tell apart', () => {
  expect(() => read({}, { url: 'https://other.example' })).toThrow('another one is called witness.example/w1 as well')
})
