import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { answerSocket } from './answer-error.ts'

let close: (() => void)[] = []
afterEach(() => {
  for (const each of close) each()
  close = []
})

/** A connection: the end of the server, as an HTTP server has it, and that of a client that never ends it. */
async function openPair(): Promise<{ readonly ours: Socket; readonly theirs: Socket }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const theirs = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true })
  const [ours] = (await accepted) as [Socket]
  close.push(
    () => server.close(),
    () => theirs.destroy(),
    () => ours.destroy(),
  )
  return { ours, theirs }
}

describe('a connection by which no request came', () => {
  it('is answered, and ended soon after by a client that never ends it', async () => {
    const { ours, theirs } = await openPair()
    let [end, isDisarmed] = [(): void => undefined, false]
    const after = (_ms: number, run: () => void): (() => void) => {
      end = run
      return () => (isDisarmed = true)
    }
    answerSocket(Object.assign(new Error(), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), ours, 'req_1', { after })
    const [said] = (await once(theirs, 'data')) as [Buffer]
    expect(String(said)).toContain('HTTP/1.1 408 ')
    expect(ours.destroyed).toBe(false)
    const closed = once(ours, 'close')
    end()
    await closed
    expect(isDisarmed).toBe(true)
  })
})
