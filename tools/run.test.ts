import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROOT } from './read-tree.ts'

describe('the word of a command', () => {
  it.each([[[]], [['dmo']], [['toString']]])('is refused with the list of words when it is %j', (words) => {
    const { status, stderr } = runNode([join(ROOT, 'tools', 'run.mjs'), ...words])
    expect(status).toBe(1)
    expect(stderr).toMatch(/^remit: Say one of: demo, .*test\.\n$/)
  })
})

describe('the remit command', () => {
  let copy: string
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'remit-copy-'))
    cpSync(join(ROOT, 'bin'), join(copy, 'bin'), { recursive: true })
  })
  afterEach(() => rmSync(copy, { recursive: true, force: true }))

  it('runs what was built, with its arguments and its exit code', () => {
    place('dist/cli/main.js', "console.log('built', ...process.argv.slice(2)); process.exitCode = 3")
    expect(runNode([join(copy, 'bin', 'remit.mjs'), 'why', '--json'])).toMatchObject({
      status: 3,
      stdout: 'built why --json\n',
    })
  })

  it('runs the sources of a clone, and never an old build beside them', () => {
    place('dist/cli/main.js', "console.log('built')")
    place('cli/main.ts', "const text: string = 'source'; console.log(text)")
    expect(runNode([join(copy, 'bin', 'remit.mjs')])).toMatchObject({ status: 0, stdout: 'source\n' })
  })

  it('says so when its copy is incomplete', () => {
    const { status, stderr } = runNode([join(copy, 'bin', 'remit.mjs')])
    expect(status).toBe(1)
    expect(stderr).toMatch(/incomplete/)
  })

  function place(path: string, source: string): void {
    mkdirSync(join(copy, path, '..'), { recursive: true })
    writeFileSync(join(copy, path), source)
  }
})

function runNode(args: readonly string[]) {
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 100_000 })
}
