import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

let copy: string
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'remit-copy-'))
})
afterEach(() => rmSync(copy, { recursive: true, force: true }))

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>
}

describe('a command of npm', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest

  it.each(Object.keys(scripts))('hears what npm is told: %s takes the place of the shell that starts it', (name) => {
    expect(scripts[name]).toMatch(/^exec node tools\/run\.mjs [a-z-]+$/)
  })

  it('that is ended ends what it has begun', async () => {
    place('package.json', JSON.stringify({ name: 'ended', scripts: { bench: scripts['bench'] } }))
    place(
      'tools/run.mjs',
      `process.on('SIGTERM', () => {
        console.log('stopped its servers')
        process.exit(0)
      })
      setTimeout(() => undefined, 60_000)
      console.log('begun')`,
    )
    const npm = spawn('npm', ['run', '--silent', 'bench'], { cwd: copy, stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    npm.stdout.on('data', (chunk) => {
      said += String(chunk)
      if (said === 'begun\n') npm.kill('SIGTERM')
    })
    await once(npm.stdout, 'end')
    expect(said).toBe('begun\nstopped its servers\n')
  })
})

describe('the remit command', () => {
  beforeEach(() => cpSync(join(ROOT, 'bin'), join(copy, 'bin'), { recursive: true }))

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
})

function place(path: string, source: string): void {
  mkdirSync(join(copy, path, '..'), { recursive: true })
  writeFileSync(join(copy, path), source)
}

function runNode(args: readonly string[]) {
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 100_000 })
}
