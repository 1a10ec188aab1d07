import { copyFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { writeBeside } from '../write-beside.ts'
import { noteThreads } from './threads.ts'

const { threads, stop } = noteThreads('audit-thread')

let house: House
beforeAll(async () => {
  house = await startHouse()
})
afterAll(async () => {
  stop()
  await house.end()
})

const NONE_ENDED = ['remit_audit_threads_ended_total 0']
const edit = (from: string, to: string): Promise<void> =>
  writeBeside(join(house.dataDir, 'remit.db'), `update persons set body = replace(body, '${from}', '${to}')`)
const isReady = async (): Promise<number> => (await house.fetch(`${house.url}/readyz`)).status
const readFaults = async (): Promise<string[]> => {
  const text = await (await house.fetch(`${house.url}/metrics`)).text()
  return text.split('\n').filter((line) => line.startsWith('remit_audit_'))
}

describe('a house whose log is audited in a thread', () => {
  it('is audited there, slice after slice', async () => {
    await expect.poll(() => threads[0]?.heard).toBeGreaterThan(2)
    expect([threads.length, await isReady(), await readFaults()]).toEqual([1, 200, NONE_ENDED])
  })

  it('breaks by what is found there, and whoever runs it is told so at once, with what to do', async () => {
    const said: string[] = []
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
    await edit('sam@', 'eve@')
    await expect.poll(() => said.length).toBe(1)
    expect(await isReady()).toBe(503)
    stderr.mockRestore()
    expect(said[0]).toMatch(
      /"requestId":"-","code":"log_broken".*Row persons\/.* was edited\. Everything is refused\. Keep a copy/,
    )
    expect([threads.length, await readFaults()]).toEqual([1, NONE_ENDED])
  })

  it('has no thread any more when it has stopped', async () => {
    await house.stop()
    expect(threads.map(({ worker }) => worker.threadId)).toEqual([-1])
    await edit('eve@', 'sam@')
  })

  it('breaks where its file is moved away, and goes on once that is put back and it is started again', async () => {
    const said: string[] = []
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
    const path = join(house.dataDir, 'remit.db')
    await house.start()
    expect(await isReady()).toBe(200)
    renameSync(path, `${path}.away`)
    copyFileSync(`${path}.away`, path)
    await expect.poll(isReady).toBe(503)
    await house.stop()
    stderr.mockRestore()
    expect(said.join('')).toMatch(/"code":"log_broken".*The file of the store was moved away from .*remit\.db: /)
    expect(said.join('')).toMatch(/Put that file back while Remit is stopped\. .*moved it, and start again;/)
    expect(said.join('').match(/start (it )?again/g)).toHaveLength(1) // one remedy
    renameSync(`${path}.away`, path)
    await house.start()
    expect(await isReady()).toBe(200)
    await house.stop()
    threads.splice(1)
  })

  it('breaks by what is wrong where its thread has ended, and whoever runs it is told that it did', async () => {
    const said: string[] = []
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
    await house.start()
    await expect.poll(() => threads[1]?.heard).toBeGreaterThan(0)
    await threads[1]?.worker.terminate()
    expect(await readFaults()).toEqual(['remit_audit_threads_ended_total 1'])
    expect(await isReady()).toBe(200)
    const { checks } = await house.people.lin.client.doctor.check()
    expect(checks.find(({ name }) => name === 'audit')).toMatchObject({
      ok: false,
      sentence: expect.stringMatching(/^The log is audited by the thread that answers.* ended once .* started again\./),
    })
    await edit('sam@', 'eve@')
    await expect.poll(isReady).toBe(503)
    await house.stop()
    stderr.mockRestore()
    expect(said.filter((line) => line.includes('the thread that audits the log ended with 1'))).toHaveLength(1)
    expect(threads).toHaveLength(2)
    await edit('eve@', 'sam@')
  })
})
