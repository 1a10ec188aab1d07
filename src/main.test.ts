import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'remit-words-'))

function start(...words: string[]) {
  const flags = ['--disable-warning=ExperimentalWarning', program]
  const { status, stderr } = spawnSync(process.execPath, [...flags, ...words], {
    cwd: folder,
    env: {},
    encoding: 'utf8',
  })
  return { status, stderr }
}

describe('a command line of the server', () => {
  beforeAll(() => writeFileSync(join(folder, 'serve'), ''))
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each([
    ['a port below zero', ['serve', '--port', '-1'], 'see `remit help serve`'],
    ['a port below zero in one word', ['serve', '--port=-1'], 'address.port'],
    ['a port in another notation', ['serve', '--port', '0x1F90'], 'address.port'],
    ['an option that nobody knows', ['serve', '--colour', 'red'], 'see `remit help serve`'],
    [
      'a data folder that is none, by the name of the command',
      ['serve', '--data-dir', 'serve'],
      'serve is there already and is no folder',
    ],
  ])('with %s is refused by what it is about', (_, words, sentence) => {
    const { status, stderr } = start(...words)
    expect(status).toBe(1)
    expect(stderr).toContain(sentence)
    expect(stderr).toMatch(/^remit: /)
  })
})
