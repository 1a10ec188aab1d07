import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { readLog } from '../second-log-reader/reader.ts'

describe.each([
  ['closed', false],
  ['public', true],
])('a %s log, over the wire', (_, isPublic) => {
  let house: House
  beforeAll(async () => {
    house = await startHouse({ log: { public: isPublic } })
  })
  afterAll(async () => {
    await house.end()
  })

  const ask = (path: string, session?: string): Promise<Response> =>
    house.fetch(
      `${house.url}/log/${path}`,
      session === undefined ? {} : { headers: { authorization: `Bearer ${session}` } },
    )

  it.each(['checkpoint', 'key', 'tile/entries/000.p/1', 'tile/0/000.p/1'])(
    `gives %s to ${isPublic ? 'anyone' : 'people only'}`,
    async (path) => {
      const answer = await ask(path)
      expect(answer.status).toBe(isPublic ? 200 : 401)
    },
  )

  it('is verified whole by a reader that knows the formats alone', async () => {
    const { session, client } = house.people.lin
    const read = async (path: string): Promise<Uint8Array> =>
      new Uint8Array(await (await ask(path, session)).arrayBuffer())
    const vkey = await client.log.key()
    const { entries } = await readLog(read, vkey, vkey.split('+', 1)[0] ?? '')
    expect(entries.length).toBe((await client.entries.list({ limit: 1 })).size)
    expect(entries[0]?.toString()).toContain('log.created')
  })

  it('lets tiles be kept for ever and the checkpoint not at all', async () => {
    const { session } = house.people.lin
    expect((await ask('tile/0/000.p/1', session)).headers.get('cache-control')).toContain('immutable')
    expect((await ask('checkpoint', session)).headers.get('cache-control')).toBe('no-cache')
  })
})
