import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Config, checkConfig } from '../config.ts'
import { systemClock } from '../ground/clock.ts'
import { type ErrorCode, RemitError } from '../ground/errors.ts'
import { raiseWhenFree } from './take-over.ts'

const clock = { ...systemClock, sleep: async () => undefined }
const postgres = { kind: 'postgres', url: 'postgres://r@127.0.0.1:1/x' }
let dataDir: string
let doors: string[]
let told: string[]
let leave: AbortController

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'remit-take-over-'))
  writeFileSync(join(dataDir, 'log.head'), 'a head')
  doors = []
  told = []
  leave = new AbortController()
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

/** Raises what fails with these codes first, one after the other; `atEach` happens at each try. */
function raise(
  codes: readonly ErrorCode[],
  store: object = postgres,
  atEach = (): void => undefined,
  isAgain = false,
): Promise<string> {
  const left = [...codes]
  const config: Config = checkConfig({ dataDir, store }, dataDir)
  const standBy = { leave: leave.signal, notice: (detail: string) => void told.push(detail), isAgain }
  const openDoor = async () => {
    doors.push('opened')
    return { close: async () => void doors.push('closed') }
  }
  const attempt = async (): Promise<string> => {
    atEach()
    const code = left.shift()
    if (code !== undefined) throw new RemitError(code, { detail: `It is ${code}.` })
    doors.push('raised')
    return 'a house'
  }
  return raiseWhenFree(attempt, openDoor, { config, clock, standBy })
}

describe('a server whose log another one writes', () => {
  it('stands by until that one has ended, says so once, and frees its port before it goes on', async () => {
    expect(await raise(['store_locked', 'store_locked', 'store_locked'])).toBe('a house')
    expect(told).toEqual(['It is store_locked.'])
    expect(doors).toEqual(['opened', 'raised', 'closed'])
  })

  it('goes on standing by while the database is away', async () => {
    expect(await raise(['store_locked', 'store_failed', 'log_unavailable', 'store_failed'])).toBe('a house')
    expect(doors).toEqual(['opened', 'raised', 'closed'])
  })

  it('ends on anything else, with its port free', async () => {
    await expect(raise(['store_locked', 'log_broken'])).rejects.toMatchObject({ code: 'log_broken' })
    await expect(raise(['store_locked', 'store_newer'])).rejects.toMatchObject({ code: 'store_newer' })
    await expect(raise(['store_locked', 'store_damaged'])).rejects.toMatchObject({ code: 'store_damaged' })
    expect(doors).toEqual(['opened', 'closed', 'opened', 'closed', 'opened', 'closed'])
  })

  it('ends at once where it could never take over: its data folder has no head of this log', async () => {
    rmSync(join(dataDir, 'log.head'))
    await expect(raise(['store_locked'])).rejects.toMatchObject({
      code: 'config_invalid',
      detail: expect.stringContaining(join(dataDir, 'log.head')),
    })
    expect(doors).toEqual([])
  })

  it('ends when it is told to', async () => {
    const codes: readonly ErrorCode[] = ['store_locked', 'store_locked', 'store_locked']
    await expect(raise(codes, postgres, () => leave.abort())).rejects.toMatchObject({ code: 'stopping' })
    expect(doors).toEqual(['opened', 'closed'])
  })
})

describe('a server whose log was taken over', () => {
  const again = (codes: readonly ErrorCode[]): Promise<string> => raise(codes, postgres, undefined, true)

  it('stands by at once, also while the database is away, until the log is free', async () => {
    expect(await again(['store_failed', 'store_locked', 'log_unavailable'])).toBe('a house')
    expect(told).toEqual(['Another process has taken it over.'])
    expect(doors).toEqual(['opened', 'raised', 'closed'])
  })

  it('goes on where it is free already, and ends on anything that does not pass', async () => {
    expect(await again([])).toBe('a house')
    await expect(again(['log_broken'])).rejects.toMatchObject({ code: 'log_broken' })
    expect(doors).toEqual(['opened', 'raised', 'closed', 'opened', 'closed'])
  })
})

describe('a server that stands by for nobody', () => {
  it('is one that finds its log free', async () => {
    expect(await raise([])).toBe('a house')
    expect([doors, told]).toEqual([['raised'], []])
  })

  it('is one whose database does not answer at its start', async () => {
    await expect(raise(['store_failed'])).rejects.toMatchObject({ code: 'store_failed' })
    expect(doors).toEqual([])
  })

  it('is one on a file, which another process on this machine owns: the same was started twice', async () => {
    await expect(raise(['store_locked'], { kind: 'sqlite' })).rejects.toMatchObject({ code: 'store_locked' })
    expect(doors).toEqual([])
  })
})
