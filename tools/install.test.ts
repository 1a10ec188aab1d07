import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isInstalled, keepOwnEnvironment, takeLock } from './install.mjs'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'remit-install-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('node_modules', () => {
  const locked = { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } }

  it('is not installed when it is absent', () => {
    writeLockfile(locked)
    expect(isInstalled(root)).toBe(false)
  })

  it('is installed when npm says that it put there what is locked, and stays so without asking npm', () => {
    writeLockfile(locked)
    writeAccount(locked)
    expect(isInstalled(root)).toBe(true)
    rmSync(join(root, 'node_modules', '.package-lock.json'))
    expect(isInstalled(root)).toBe(true)
  })

  it('is installed without the optional packages of other machines', () => {
    writeLockfile({ ...locked, 'node_modules/b': { version: '1.0.0', integrity: 'sha512-b', optional: true } })
    writeAccount(locked)
    expect(isInstalled(root)).toBe(true)
  })

  it.each([
    ['another version', { 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } }],
    ['another digest', { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-b' } }],
    ['one package too few', {}],
    ['one package too many', { ...locked, 'node_modules/b': { version: '1.0.0', integrity: 'sha512-b' } }],
  ])('is not installed when npm put there %s', (_, present) => {
    writeLockfile(locked)
    writeAccount(present)
    expect(isInstalled(root)).toBe(false)
  })

  it('is no longer installed when the lockfile changes', () => {
    writeLockfile(locked)
    writeAccount(locked)
    expect(isInstalled(root)).toBe(true)
    writeLockfile({ 'node_modules/a': { version: '2.0.0', integrity: 'sha512-c' } })
    expect(isInstalled(root)).toBe(false)
  })
})

describe('the environment of the inner npm', () => {
  it.each([
    'npm_config_registry',
    'npm_config_cache',
    'npm_config_https_proxy',
    'npm_config_//r/:_authToken',
    'HOME',
    'PATH',
  ])('keeps %s', (name) => {
    expect(keepOwnEnvironment({ [name]: 'x' })).toEqual({ [name]: 'x' })
  })

  it.each([
    'npm_config_global',
    'npm_config_omit',
    'npm_config_dry_run',
    'npm_config_prefix',
    'NPM_CONFIG_WORKSPACE',
    'npm_config_exit',
  ])('drops %s, which was meant for the outer one', (name) => {
    expect(keepOwnEnvironment({ [name]: 'x' })).toEqual({})
  })
})

describe('the lock of an installation', () => {
  it('is held by one at a time', async () => {
    const folder = join(root, 'made', 'lock')
    const release = await takeLock(folder, undefined, 0)
    expect(await takeLock(folder, undefined, 0)).toBeUndefined()
    release?.()
    expect(await takeLock(folder, undefined, 0)).toBeTypeOf('function')
  })

  it('is handed to the one who waits, who is told once', async () => {
    const folder = join(root, 'lock')
    const said: string[] = []
    const release = await takeLock(folder)
    const next = takeLock(folder, (sentence: string) => said.push(sentence))
    release?.()
    expect(await next).toBeTypeOf('function')
    expect(said).toHaveLength(1)
  })

  it.each([
    ['whose process has ended', { pid: 2 ** 30, host: hostname() }, 0],
    ['of another machine, when old', { pid: 1, host: 'elsewhere' }, 86_400],
    ['without an owner, when old', undefined, 86_400],
  ])('%s is taken over', async (_, owner, ageSeconds) => {
    const folder = leaveLock(owner, ageSeconds)
    expect(await takeLock(folder, undefined, 0)).toBeTypeOf('function')
    expect(JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8')).pid).toBe(process.pid)
  })

  it.each([
    ['whose process lives', { pid: process.pid, host: hostname() }, 86_400],
    ['of another machine, when young', { pid: 1, host: 'elsewhere' }, 60],
    ['without an owner, when young', undefined, 0],
  ])('%s is respected', async (_, owner, ageSeconds) => {
    const folder = leaveLock(owner, ageSeconds)
    expect(await takeLock(folder, undefined, 0)).toBeUndefined()
    expect(existsSync(folder)).toBe(true)
  })
})

function leaveLock(owner: object | undefined, ageSeconds: number): string {
  const folder = join(root, 'lock')
  mkdirSync(folder)
  if (owner !== undefined) writeFileSync(join(folder, 'owner.json'), JSON.stringify(owner))
  const then = Date.now() / 1000 - ageSeconds
  utimesSync(folder, then, then)
  return folder
}

function writeLockfile(packages: object): void {
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...packages } }))
}

function writeAccount(packages: object): void {
  mkdirSync(join(root, 'node_modules'), { recursive: true })
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }))
}
