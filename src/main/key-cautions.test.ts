import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkConfig } from '../config.ts'
import { findKeyCautions } from './key-cautions.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'remit-keys-'))
  mkdirSync(join(folder, 'data'))
  writeFileSync(join(folder, 'data/master.key'), 'a key')
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('a master key in the data folder', () => {
  const lookAt = (masterKey: object) => findKeyCautions(checkConfig({ dataDir: 'data', masterKey }, folder))

  it('is to be destroyed where others took its place', () => {
    const said = [expect.stringMatching(/lies in clear in \S+data\/master\.key as well; destroy it/)]
    expect(lookAt({ file: 'next.key' })).toEqual(said)
    expect(lookAt({ file: 'next.key', other: { file: 'older.key' } })).toEqual(said)
  })

  it.each([
    ['seals', { file: 'data/master.key' }],
    ['is the one that is replaced', { file: 'next.key', other: { file: 'data/master.key' } }],
  ])('is not to be destroyed while it %s', (_, masterKey) => {
    expect(lookAt(masterKey)).toEqual([])
  })
})
