import { copyFileSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../ground/clock.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Order } from './order.ts'
import { openWriterThreads, type WriterThreads } from './writer-threads.ts'

let home: string
let path: string
let threads: WriterThreads
/** How long the pauses are, what waits for one to be over, and what standard error was told. */
let pausesMs: number[]
let waiting: (() => void)[]
let said: string[]
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'remit-writer-'))
  path = join(home, 'store.db')
  pausesMs = []
  waiting = []
  said = []
  vi.spyOn(systemClock, 'after').mockImplementation((ms, run) => {
    pausesMs.push(ms)
    waiting.push(run)
    return () => void waiting.splice(waiting.indexOf(run), 1)
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => said.push(String(line)) > 0)
  threads = await openWriterThreads(path)
})
afterEach(async () => {
  await threads.close()
  vi.restoreAllMocks()
  rmSync(home, { recursive: true, force: true })
})

const order = (sql: string): Order => ({ begins: true, statements: [{ sql, values: [] }], ends: 'commit' })
const run = async (sql: string) => await threads.current()?.obey(order(sql))

/** The thread that there is ends while it is at something. */
async function endThread(): Promise<void> {
  const post = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker) {
    this.terminate().catch(() => undefined)
  })
  await expect(threads.current()?.fold()).rejects.toThrow('the thread that writes ended with 1')
  post.mockRestore()
}

describe('threads that write, one after another', () => {
  it('are one, for as long as that lasts', async () => {
    await run('create table t (x)')
    expect(threads.standing()).toEqual({ hasThread: true, ends: 0, lastEndMs: null })
    expect([waiting, said]).toEqual([[], []])
  })

  it('are none for a while where one has ended, which is reported, and then another one', async () => {
    await run('create table t (x)')
    const first = threads.current()
    await endThread()
    expect(threads.current()).toBeNull()
    expect(threads.standing()).toEqual({ hasThread: false, ends: 1, lastEndMs: expect.any(Number) })
    expect(said).toEqual([expect.stringContaining('the thread that writes ended with 1')])
    expect(pausesMs).toEqual([LIMITS.writerPauseMs])
    waiting.pop()?.()
    await expect.poll(() => threads.current()).not.toBeNull()
    expect(threads.current()).not.toBe(first)
    expect(await run('insert into t values (1)')).toMatchObject({ isCommitted: true })
    expect(threads.standing()).toMatchObject({ hasThread: true, ends: 1 })
  })

  it('are tried again and again where none starts', async () => {
    await endThread()
    renameSync(home, `${home}-away`)
    waiting.pop()?.()
    await expect.poll(() => waiting.length).toBe(1)
    expect(threads.standing()).toMatchObject({ hasThread: false, ends: 2 })
    expect(said.at(-1)).toContain('does not start')
    renameSync(`${home}-away`, home)
    waiting.pop()?.()
    await expect.poll(() => threads.standing().hasThread).toBe(true)
  })

  it.each([
    ['none lies', () => undefined],
    ['another one lies', () => copyFileSync(`${path}-away`, path)],
  ])('leave the path alone where %s by then, and begin again once the file is back', async (_, putThere) => {
    await run('create table t (x)')
    await endThread()
    renameSync(path, `${path}-away`)
    putThere()
    const found = () => readdirSync(home).map((name) => [name, statSync(join(home, name)).size])
    const before = found()
    waiting.pop()?.()
    await expect.poll(() => waiting.length).toBe(1)
    expect(threads.standing()).toMatchObject({ hasThread: false, ends: 2 })
    expect(said.at(-1)).toContain('was moved away')
    expect(found()).toEqual(before)
    renameSync(`${path}-away`, path)
    waiting.pop()?.()
    await expect.poll(() => threads.standing().hasThread).toBe(true)
  })

  it('write no other file that is put at the path while one starts', async () => {
    await endThread()
    waiting.pop()?.()
    renameSync(path, `${path}-away`)
    copyFileSync(`${path}-away`, path)
    await expect.poll(() => waiting.length).toBe(1)
    expect(threads.standing()).toMatchObject({ hasThread: false, ends: 2 })
    expect(said.at(-1)).toContain('was moved away')
  })

  it('that are to end start no other', async () => {
    await endThread()
    await threads.close()
    expect([waiting, threads.current()]).toEqual([[], null])
  })

  it('that are to end wait for one that is just starting, and end it', async () => {
    await endThread()
    waiting.pop()?.()
    await threads.close()
    expect(threads.standing()).toMatchObject({ hasThread: true, ends: 1 })
    await expect(run('select 1')).rejects.toThrow('told to end')
  })

  it('throw what SQLite threw where the first does not start', async () => {
    await expect(openWriterThreads(join(home, 'missing', 'store.db'))).rejects.toMatchObject({ errcode: 14 })
    expect([waiting, said]).toEqual([[], []])
  })
})
