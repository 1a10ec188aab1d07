import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { furnish, makeReleaser, openTask, register } from '../scenarios/cast.ts'
import { noteThreads, readCheck, readEnds } from './threads.ts'

const { threads, stop } = noteThreads('writer-thread')

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

const work = async (): Promise<void> => {
  const scope = [{ action: 'docs/read_text_file', resource: 'docs:*' }]
  expect(await openTask(house, releaser, { scope })).toMatch(/^tsk_/)
}
const store = () => readCheck(house, 'store')
const ends = () => readEnds(house, 'remit_write_threads_ended_total')

describe('a house whose thread that writes ends', () => {
  it('says that it has one while it has', async () => {
    await work()
    expect(threads).toHaveLength(1)
    expect(await store()).toMatchObject({ ok: true, sentence: expect.not.stringContaining('ended') })
    expect(await ends()).toBe(0)
  })

  it('goes on without it, and says so', async () => {
    await threads[0]?.worker.terminate()
    await work()
    expect(await store()).toMatchObject({
      ok: false,
      sentence: expect.stringMatching(
        /^What is large or slow is written by the thread that answers.* it is started again\./,
      ),
    })
    expect(await ends()).toBe(1)
  })

  it('starts another one, and says that too', async () => {
    await expect.poll(() => threads.length, { timeout: 60_000 }).toBe(2)
    await expect.poll(store, { timeout: 60_000 }).toMatchObject({
      ok: true,
      sentence: expect.stringMatching(/What is large or slow is written beside .* ended once .* started again\.$/),
    })
    await work()
  })
})
