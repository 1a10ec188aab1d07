import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quote } from '../sdk/quote.ts'
import { findUnread, readDomainFolder, readPolicyFolder } from './policy-folder.ts'

let folder: string
const put = (...names: readonly string[]): void => {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), name)
  }
}
/** Does it as somebody whom modes keep out, as they do not root. */
function asNobody<T>(act: () => T): T {
  if (process.geteuid?.() !== 0) return act()
  chmodSync(folder, 0o755)
  process.seteuid?.('nobody')
  try {
    return act()
  } finally {
    process.seteuid?.(0)
  }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'remit-policies-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('a folder of policies', () => {
  it('has nothing unread where each file is as it is called for', () => {
    put('a.cedar', 'a.test.json', 'schema.cedarschema', 'entities.json', 'README.md', '.git/b.cedar', 'docs/notes.md')
    expect(findUnread(folder)).toEqual([])
    expect(readPolicyFolder(folder).map(({ name }) => name)).toEqual(['a.cedar', 'a.test.json'])
    expect(readDomainFolder(folder)).toHaveLength(4)
  })

  it('has a policy in a folder inside, and a name in other letters, told as what is not read', () => {
    put('sub/forbid.cedar', 'b.CEDAR', 'Entities.json', 'B.Test.json')
    const unread = findUnread(folder).map(({ file, line }) => [file, line])
    expect(unread).toEqual(['B.Test.json', 'Entities.json', 'b.CEDAR', 'sub/forbid.cedar'].map((file) => [file, 0]))
    expect(readDomainFolder(folder)).toHaveLength(4)
  })

  it('has a folder inside that cannot be looked into told, and all else as well', () => {
    mkdirSync(join(folder, 'shut'))
    chmodSync(join(folder, 'shut'), 0)
    const told = asNobody(() => findUnread(folder))
    chmodSync(join(folder, 'shut'), 0o700)
    const ofShut = { sentence: 'This folder cannot be read.', hint: 'Let it be read, or take it out.' }
    expect(told.find(({ file }) => file === 'shut')).toMatchObject(ofShut)
    expect(told.find(({ file }) => file === 'sub/forbid.cedar')?.sentence).toBe('This file is not read.')
  })

  it.each([
    ['a folder', (path: string) => mkdirSync(path)],
    ['a link that leads nowhere', (path: string) => symlinkSync('nowhere', path)],
  ])('is refused where what is called as a file is %s', (_, make) => {
    make(join(folder, 'y.cedar'))
    expect(() => readPolicyFolder(folder)).toThrow(/y\.cedar is not a file/)
    rmSync(join(folder, 'y.cedar'), { recursive: true })
  })

  it.each(['-a.cedar', '.b.cedar', 'no friday.cedar', 'größe.test.json', `${'x'.repeat(101)}.cedar`, 'c\n.cedar'])(
    'is refused where a file has a name that no server takes, which is told: %j',
    (name) => {
      put(name)
      expect(() => readPolicyFolder(folder)).toThrow(`The file ${quote.unlessWord(name)} has a name that is not taken.`)
      rmSync(join(folder, name))
    },
  )

  it('has so many of them told', () => {
    put(...Array.from({ length: 30 }, (_, at) => `many/${at}.cedar`))
    expect(findUnread(folder)).toHaveLength(20)
  })
})
