import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCallbackReader } from './callback.ts'

const secret = 's'.repeat(32)
const startMs = 1_772_323_200_000
const body = JSON.stringify({ task: { id: 'apr_1', status: 'approved', status_endpoint: 'https://remit.test/x' } })

/** What Remit signs at a moment. */
function sign(atMs: number, said = body): string {
  const seconds = Math.floor(atMs / 1000)
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${said}`).digest('hex')}`
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(startMs)
})
afterEach(() => vi.useRealTimers())

describe('a callback', () => {
  it('is read once for as long as it lives', async () => {
    const read = await createCallbackReader({ secret })
    expect(await read(body, sign(startMs))).toMatchObject({ task: { status: 'approved' } })
    for (const afterMs of [0, 299_000, 300_000]) {
      vi.setSystemTime(startMs + afterMs)
      await expect(read(body, sign(startMs))).rejects.toThrow('read before')
    }
    vi.setSystemTime(startMs + 301_000)
    await expect(read(body, sign(startMs))).rejects.toThrow('too old')
    expect(await read(body, sign(startMs + 301_000))).toMatchObject({ task: { status: 'approved' } })
  })

  it('is not read again where the clock ran ahead for a moment and came back', async () => {
    const read = await createCallbackReader({ secret })
    await read(body, sign(startMs))
    vi.setSystemTime(startMs + 3_600_000)
    await read(body, sign(startMs + 3_600_000))
    vi.setSystemTime(startMs)
    await expect(read(body, sign(startMs))).rejects.toThrow('older than what is remembered')
    expect(await read(body, sign(startMs + 1_000))).toMatchObject({ task: { status: 'approved' } })
  })
})
