import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RemitError } from '../ground/errors.ts'
import { findLinkFault } from './link-fault.ts'

const here = new AbortController().signal
let folder: string
let root: string

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'remit-links-')))
  root = join(folder, 'files')
  mkdirSync(join(root, 'open', 'deep'), { recursive: true })
  mkdirSync(join(root, 'shut', 'inner'), { recursive: true })
  writeFileSync(join(root, 'open', 'a.md'), 'open')
  writeFileSync(join(root, 'shut', 'b.md'), 'shut')
  symlinkSync('../shut/b.md', join(root, 'open', 'file'))
  symlinkSync('../shut/inner', join(root, 'open', 'folder'))
  symlinkSync('../shut/new.md', join(root, 'open', 'to-be'))
  symlinkSync('files', join(folder, 'linked-root'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('a path that is what its name says', () => {
  it.each(['open/a.md', 'open/', 'open/./deep', '.', 'open//a.md', 'open/new/file.md', 'new.md'])(
    '%j has no fault, by its name and by its absolute path',
    async (path) => {
      expect(await findLinkFault(root, [path, `${root}/${path}`], here)).toBeNull()
    },
  )

  it('has none either where the root itself is a link, or is not on this machine', async () => {
    const linked = join(folder, 'linked-root')
    expect(await findLinkFault(linked, ['open/a.md', `${linked}/open/a.md`], here)).toBeNull()
    expect(await findLinkFault('/nowhere/at/all', ['open/file'], here)).toBeNull()
  })
})

describe('a path that opens something else than its name says', () => {
  it.each([
    'open/file',
    'open/folder',
    'open/folder/',
    'open/folder/new.md',
    'open/folder/new/deep.md',
    'open/to-be',
    'open/to-be/x',
  ])('%j is led away by a link, and among others too', async (path) => {
    expect(await findLinkFault(root, [path], here)).toContain('link')
    expect(await findLinkFault(root, ['open/a.md', `${root}/${path}`], here)).toContain('link')
  })

  it.each(['open/folder/../b.md', 'open/../open/a.md', '..', 'open/..'])(
    '%j climbs, which only the file system could follow',
    async (path) => {
      expect(await findLinkFault(root, [path], here)).toContain('climbs')
    },
  )
})

describe('a look at paths', () => {
  it('ends when nobody waits for it any more', async () => {
    const gone = AbortSignal.abort(new RemitError('call_cancelled'))
    await expect(findLinkFault(root, ['open/a.md'], gone)).rejects.toMatchObject({ code: 'call_cancelled' })
  })

  it('goes no deeper than what is there', { timeout: 10_000 }, async () => {
    expect(await findLinkFault(root, ['a/'.repeat(40_000)], here)).toBeNull()
  })
})
