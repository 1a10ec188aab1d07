import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makePrivateFolder } from './private-folder.ts'

let place = ''
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'remit-folder-'))
})
afterAll(() => rmSync(place, { recursive: true }))

describe('a private folder', () => {
  it('is made with all above it, for this user alone, and is left alone once it is there', () => {
    const folder = join(place, 'a', 'b', 'c')
    makePrivateFolder(folder)
    makePrivateFolder(folder)
    expect(['a', 'a/b', 'a/b/c'].map((each) => statSync(join(place, each)).mode & 0o777)).toEqual([0o700, 0o700, 0o700])
  })

  it('is refused where a file stands, or above it', () => {
    const file = join(place, 'file')
    writeFileSync(file, '')
    const below = join(file, 'a')
    expect(() => makePrivateFolder(file)).toThrow(expect.objectContaining({ code: 'EEXIST', path: file }))
    expect(() => makePrivateFolder(below)).toThrow(expect.objectContaining({ code: 'ENOTDIR', path: below }))
  })

  it('is refused, and not tried for ever, where no folder can be made', () => {
    expect(() => makePrivateFolder('/proc/nope/a')).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })
})
