import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { furnish, makeReleaser, openTask, register } from '../scenarios/cast.ts'

/** The threads that write, as they are started. */
const threads: Worker[] = []
const noteThread = (worker: Worker): void => {
  if (worker.threadName === 'writer-thread') threads.push(worker)
}

let house: House
let releaser: Awaited<ReturnType<typeof makeReleaser>>
beforeAll(async () => {
  process.on('worker', noteThread)
  house = await startHouse()
  await furnish(house)
  releaser = await makeReleaser(house)
  await register(house, releaser)
})
afterAll(async () => {
  process.off('worker', noteThread)
  await house.end(20)
})

const work = async (): Promise<void> => {
  const scope = [{ action: 'docs/read_text_file', resource: 'docs:*' }]
  expect(await openTask(house, releaser, { scope })).toMatch(/^tsk_/)
}
const checkStore = async (): Promise<{ readonly ok: boolean; readonly sentence: string }> => {
  const { checks } = await house.people.lin.client.doctor.check()
  return checks.find(({ name }) => name === 'store') ?? { ok: false, sentence: 'none' }
}
const readEnds = async (): Promise<number> => {
  const text = await (await house.fetch(`${house.url}/metrics`)).text()
  return Number(/^remit_write_threads_ended_total (\d+)$/m.exec(text)?.[1])
}

describe('a house whose thread that writes ends', () => {
  it('says that it has one while it has', async () => {
    await work()
    expect(threads).toHaveLength(1)
    expect(await checkStore()).toMatchObject({ ok: true, sentence: expect.not.stringContaining('ended') })
    expect(await readEnds()).toBe(0)
  })

  it('goes on without it, and says so', async () => {
    await threads[0]?.terminate()
    await work()
    expect(await checkStore()).toMatchObject({
      ok: false,
      sentence: expect.stringMatching(
        /^What is large or slow is written by the thread that answers.* it is started again\./,
      ),
    })
    expect(await readEnds()).toBe(1)
  })

  it('starts another one, and says that too', async () => {
    await expect.poll(() => threads.length, { timeout: 60_000 }).toBe(2)
    await expect.poll(checkStore, { timeout: 60_000 }).toMatchObject({
      ok: true,
      sentence: expect.stringMatching(/What is large or slow is written beside .* ended once .* started again\.$/),
    })
    await work()
  })
})
