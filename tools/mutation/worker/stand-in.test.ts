import { describe, expect, it } from 'vitest'
import { createStandIn, type Registered } from './stand-in.ts'

type StandIn = ReturnType<typeof createStandIn>['vitest']

function register(write: (vitest: StandIn) => unknown): Promise<Registered> {
  const { vitest, register: list } = createStandIn(7)
  return list(async () => write(vitest))
}

describe('what a test file registers', () => {
  it('is every test under the names of what it stands in, and runs as often as one likes', async () => {
    let times = 0
    const { tests } = await register((vitest) => {
      vitest.it('alone', () => times++)
      vitest.describe('a', () => {
        vitest.describe('b', () => vitest.it('c', { timeout: 5 }, () => times++))
        vitest.it('d', () => times++, 5)
      })
      vitest.it('last', () => times++)
    })
    expect(tests.map(({ name }) => name)).toEqual(['alone', 'a > b > c', 'a > d', 'last'])
    expect(times).toBe(0)
    for (const { run } of [...tests, ...tests]) run()
    expect(times).toBe(8)
  })

  it('is spread over a test where each of its cases is a list, and else is its one argument', async () => {
    const given: unknown[] = []
    const { tests } = await register((vitest) => {
      vitest.it.each([[1, 2], [3]])('lists', (...all) => given.push(all))
      vitest.it.each([[4], 5])('mixed', (...all) => given.push(all))
      vitest.describe.each(['x', 'y'])('each', (one) => vitest.it('in it', (...all) => given.push([one, all])))
    })
    for (const { run } of tests) run()
    expect(given).toEqual([[1, 2], [3], [[4]], [5], ['x', []], ['y', []]])
    expect(new Set(tests.map(({ name }) => name)).size).toBe(6)
  })

  it('is what it wants done in the end, and nothing of a file before it', async () => {
    const { vitest, register: list } = createStandIn(7)
    await list(async () => vitest.it('of a file before', () => {}))
    const { tests, after } = await list(async () => vitest.afterAll(() => {}))
    expect([tests.length, after.length]).toEqual([0, 1])
  })

  it('is refused where it is no test, or takes its time to say', async () => {
    await expect(register((vitest) => vitest.it('empty'))).rejects.toThrow('The test "empty" has nothing to run.')
    const slow = register((vitest) => vitest.describe('slow', async () => {}))
    await expect(slow).rejects.toThrow('"slow" takes its time')
  })

  it('learns how often a law is tried, and nothing else', async () => {
    const { vitest } = createStandIn(7)
    expect([vitest.inject('runs'), vitest.inject('other')]).toEqual([7, undefined])
  })

  it('asks with all that vitest expects, outside of its workers', async () => {
    const { vitest } = createStandIn(7)
    expect(() => vitest.expect({ a: 'abc' }).toEqual({ a: vitest.expect.stringContaining('b') })).not.toThrow()
    expect(() => vitest.expect({ a: 'abc' }).toEqual({ a: vitest.expect.stringContaining('d') })).toThrow(
      'to deeply equal',
    )
  })
})
