import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { holdsSomething, writeWhole } from './whole-file.ts'

describe('a file that is written whole', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'remit-whole-'))
    file = join(folder, 'a.key')
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const read = (): string => readFileSync(file, 'utf8')

  it('is there with its mode, and nothing is left beside it', () => {
    writeWhole(file, 'text', 0o600)
    expect([read(), statSync(file).mode & 0o777, readdirSync(folder)]).toEqual(['text', 0o600, ['a.key']])
  })

  it('takes the place of an empty one, and of a draft, that a start left which was cut short', () => {
    writeFileSync(file, '')
    writeFileSync(`${file}.draft`, 'ha')
    expect(holdsSomething(file)).toBe(false)
    writeWhole(file, 'text', 0o600)
    expect([read(), readdirSync(folder)]).toEqual(['text', ['a.key']])
  })

  it('takes the place of the one that its name leads to, which would stay what it was under a name of its own', () => {
    const kept = join(folder, 'kept')
    mkdirSync(kept)
    writeFileSync(join(kept, 'b.key'), 'old')
    symlinkSync(join(kept, 'b.key'), file)
    writeWhole(file, 'text', 0o600, true)
    expect(readFileSync(join(kept, 'b.key'), 'utf8')).toBe('text')
    expect([lstatSync(file).isSymbolicLink(), readdirSync(kept)]).toEqual([true, ['b.key']])
  })

  it('never takes the place of one that holds something, unless it may', () => {
    writeFileSync(file, 'theirs')
    expect(() => writeWhole(file, 'ours', 0o600)).toThrow('EEXIST')
    expect(read()).toBe('theirs')
    writeWhole(file, 'ours', 0o600, true)
    expect(read()).toBe('ours')
  })
})
