import { expect, it } from 'vitest'
import { systemClock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { serveWhileFree } from './serve-while-free.ts'

const quick = { sleep: (_ms: number, signal?: AbortSignal) => systemClock.sleep(1, signal) }
const clock = { ...systemClock, ...quick }

/** Servers that are opened one after the other, each taken as long as `taken` says. */
function stage(taken: readonly boolean[]) {
  const told: string[] = []
  const leave = new AbortController()
  const serving = (at: number) => ({
    isTaken: () => taken[at] === true,
    stop: async () => void told.push(`stopped ${at}`),
  })
  let count = 0
  const open = async () => {
    told.push(`open ${count}`)
    return serving(count++)
  }
  return { told, leave, open }
}

it('stops a server whose log was taken over, opens it anew, and ends when it is told to', async () => {
  const { told, leave, open } = stage([true, true, false])
  const opened = () => {
    told.push('opened')
    if (told.filter((each) => each === 'opened').length === 3) queueMicrotask(() => leave.abort())
  }
  await serveWhileFree(open, { clock, leave: leave.signal, opened })
  expect(told.join(', ')).toBe('open 0, opened, stopped 0, open 1, opened, stopped 1, open 2, opened, stopped 2')
})

it('tells nobody of one that was told to end while it was opened, and stops it', async () => {
  const { told, leave, open } = stage([false])
  const late = async () => {
    const serving = await open()
    leave.abort()
    return serving
  }
  await serveWhileFree(late, { clock, leave: leave.signal, opened: () => told.push('opened') })
  expect(told).toEqual(['open 0', 'stopped 0'])
})

it('fails as opening does, unless it was told to end meanwhile', async () => {
  const leave = new AbortController()
  const opened = () => expect.unreachable()
  const fail = async (): Promise<never> => {
    throw new RemitError('log_broken')
  }
  await expect(serveWhileFree(fail, { clock, leave: leave.signal, opened })).rejects.toMatchObject({
    code: 'log_broken',
  })
  const leaveAndFail = async (): Promise<never> => {
    leave.abort()
    throw new RemitError('stopping')
  }
  await serveWhileFree(leaveAndFail, { clock, leave: leave.signal, opened })
})
