import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../../sdk/agent.ts'
import { type House, startHouse } from '../house.ts'
import { codeOf, furnish, makeReleaser, openTask, register } from '../scenarios/cast.ts'
import { noteThreads, readCheck, readEnds } from './threads.ts'

const { threads, stop } = noteThreads('verify-thread')

let house: House
let releaser: Awaited<ReturnType<typeof makeReleaser>>
beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  releaser = await makeReleaser(house)
  await register(house, releaser)
})
afterAll(async () => {
  stop()
  await house.end(20)
})

/** Shows an assertion to open a task, and an assertion and a proof for a token of it. */
const work = async (): Promise<void> => {
  const taskId = await openTask(house, releaser, { scope: [{ action: 'docs/read_text_file', resource: 'docs:*' }] })
  const token = await releaser.agent.exchange(taskId, releaser.agent.gatewayUrl('docs'))
  expect(token.taskId).toBe(taskId)
}
/** An assertion that was changed after it was signed. */
const forge = async (): Promise<string> => {
  const [header, claims, signature = ''] = (await releaser.assertion()).split('.')
  return `${header}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
}
const signatures = () => readCheck(house, 'signatures')
const ends = () => readEnds(house, 'remit_verify_threads_ended_total')

describe('a house whose thread that verifies ends', () => {
  it('verifies in it while it lives', async () => {
    await work()
    expect(threads).toHaveLength(1)
    expect(threads[0]?.heard).toBeGreaterThan(0)
    expect(await signatures()).toMatchObject({ ok: true, sentence: expect.not.stringContaining('ended') })
    expect(await ends()).toBe(0)
  })

  it('goes on without it, and refuses what is not signed as it did before', async () => {
    await threads[0]?.worker.terminate()
    await work()
    const forger = createAgent({ baseUrl: house.url, assertion: forge, fetch: house.fetch })
    expect(await codeOf(forger.openTask(releaser.task))).toBe('assertion_signature')
    expect(await ends()).toBe(1)
  })

  it('starts another one, says so, and verifies in that', async () => {
    await expect.poll(() => threads.length).toBe(2)
    await work()
    expect(threads[1]?.heard).toBeGreaterThan(0)
    expect(await signatures()).toMatchObject({
      ok: true,
      sentence: expect.stringMatching(
        /^Signatures are verified beside .* ended once since the start, last at 20.*Z, and was started again\.$/,
      ),
    })
  })

  it('says that it has none, for as long as they do not last', async () => {
    const end = (worker: Worker): void => {
      if (worker.threadName === 'verify-thread') worker.terminate().catch(() => undefined) // it ends, or has ended
    }
    process.on('worker', end)
    await threads[1]?.worker.terminate()
    await expect.poll(signatures).toMatchObject({
      ok: false,
      sentence: expect.stringMatching(/^Signatures are verified by the thread that answers.* it is started again\./),
    })
    await work()
    process.off('worker', end)
    await expect.poll(signatures).toMatchObject({ ok: true })
    await work()
    expect(threads.at(-1)?.heard).toBeGreaterThan(0)
  })
})
