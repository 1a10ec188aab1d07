import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { at } from './address.ts'
import { createCaller, type Fetch } from './call.ts'
import { answerBytesMax } from './held-answer.ts'
import { createTokenFetch } from './token-fetch.ts'

const servers: Server[] = []
async function serve(listen: RequestListener): Promise<string> {
  const server = createServer(listen)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

const problemOf = (work: () => Promise<unknown>): Promise<unknown> =>
  work().then(
    () => expect.unreachable('it was answered'),
    (error: unknown) => error,
  )

/** A body of so many MiB, which is made only as far as it is read. */
function bodyOf(count: number): { readonly stream: ReadableStream<Uint8Array>; readonly given: () => number } {
  const chunk = new Uint8Array(1024 * 1024).fill(0x20)
  let given = 0
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    given += 1
    if (given > count) controller.close()
    else controller.enqueue(chunk)
  }
  return { stream: new ReadableStream({ pull }, { highWaterMark: 0 }), given: () => given }
}

const silent: Fetch = () => new Promise(() => undefined)
const begun: Fetch = async () =>
  new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) }))

describe('a request to a server', () => {
  it.each(['', '.', '..'])('about what is called %j is not sent, as it would go elsewhere', async (name) => {
    const caller = createCaller({ baseUrl: 'https://remit.example', fetch: () => expect.unreachable('it was sent') })
    expect(await problemOf(() => caller.json('POST', at('people', name, 'leave')))).toMatchObject({
      code: 'not_found',
      status: 0,
      detail: `Nothing is called '${name}'.`,
    })
    expect(await problemOf(() => caller.stream('GET', at('evidence', name)))).toMatchObject({ code: 'not_found' })
  })

  it.each([301, 302, 307, 308])(
    'is not sent on to where an answer %i points, and neither are its secrets',
    async (status) => {
      const reached: string[] = []
      const other = await serve((request, response) => {
        reached.push(request.url ?? '')
        response.end('{}')
      })
      const url = await serve((_, response) => response.writeHead(status, { location: `${other}/stolen` }).end())
      const caller = createCaller({ baseUrl: url })
      for (const work of [
        () => caller.json('POST', '/x', { body: { link: 'rml_x' } }),
        () => caller.stream('POST', '/x'),
      ])
        expect(await problemOf(work)).toMatchObject({
          code: 'answer_malformed',
          status,
          detail: expect.stringContaining('not followed'),
        })
      const token = async () => ({ value: 't', type: 'Bearer', resource: url }) as never // all that is used of it
      expect(await problemOf(() => createTokenFetch({ token })(url, { method: 'POST', body: 'x' }))).toBeInstanceOf(
        TypeError,
      )
      expect(reached).toEqual([])
    },
  )

  it.each([
    ['does not answer', silent],
    ['begins and does not go on', begun],
  ])('is given up where the server %s', async (_, fetch) => {
    const caller = createCaller({ baseUrl: 'http://remit.test', fetch, silenceMs: 5 })
    const streamed = async () => await new Response(await caller.stream('POST', '/x')).text()
    for (const work of [() => caller.json('GET', '/x'), () => caller.text('GET', '/x'), streamed])
      expect(await problemOf(work)).toMatchObject({ code: 'unreachable', detail: 'The server said nothing for 5 ms.' })
  })

  it('is ended where the server is given up', async () => {
    let signal: AbortSignal | null | undefined
    const fetch: Fetch = (_, init) => {
      signal = init.signal
      return new Promise(() => undefined)
    }
    await problemOf(() => createCaller({ baseUrl: 'http://remit.test', fetch, silenceMs: 5 }).json('GET', '/x'))
    expect(signal?.aborted).toBe(true)
  })
})

describe('an answer', () => {
  it.each([200, 500])('of status %i is not read beyond its bound', async (status) => {
    const { stream, given } = bodyOf(3_000)
    const fetch: Fetch = async () => new Response(stream, { status })
    const caller = createCaller({ baseUrl: 'http://remit.test', fetch })
    expect(await problemOf(() => caller.json('GET', '/x'))).toMatchObject({ code: 'answer_malformed', status })
    expect(given()).toBeLessThanOrEqual(answerBytesMax / 1024 / 1024 + 2)
  })

  it('has the names that were written, whatever was read before', async () => {
    const answers = ['{"sdk":1,"\\\\":1}', '{"sdk":1,"\\"":2}']
    const caller = createCaller({ baseUrl: 'http://remit.test', fetch: async () => new Response(answers.shift()) })
    expect(Object.keys(await caller.json<object>('GET', '/x'))).toEqual(['sdk', '\\'])
    expect(Object.keys(await caller.json<object>('GET', '/x'))).toEqual(['sdk', '"'])
  })

  it('that is streamed may be of any length, and is read only as far as it is asked for', async () => {
    const { stream, given } = bodyOf(40)
    const caller = createCaller({ baseUrl: 'http://remit.test', fetch: async () => new Response(stream) })
    const reader = (await caller.stream('POST', '/x')).getReader()
    await reader.read()
    expect(given()).toBeLessThan(5)
    let bytes = 1024 * 1024
    for (let read = await reader.read(); !read.done; read = await reader.read()) bytes += read.value.length
    expect(bytes).toBe(40 * 1024 * 1024)
  })
})
