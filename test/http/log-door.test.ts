import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { type Head, openNote, readHead, readVerifierKey } from '../second-log-reader/note.ts'
import { checkConsistency, readLog } from '../second-log-reader/reader.ts'
import { checkInclusion } from '../second-log-reader/receipt.ts'

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

  const doors = ['checkpoint', 'key', 'tile/entries/000.p/1', 'tile/0/000.p/1']
  it.each([...doors, 'proof/inclusion?index=0', 'proof/consistency?from=1'])(
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

  /** Gives a verified head, and what the world needs to verify one. */
  async function readSignedHead(): Promise<Head> {
    const { client } = house.people.lin
    const vkey = await client.log.key()
    const note = openNote(Buffer.from(await client.log.checkpoint()), readVerifierKey(vkey))
    return readHead(note, vkey.split('+', 1)[0] ?? '')
  }
  const decode = (hashes: readonly string[]): readonly Buffer[] => hashes.map((hash) => Buffer.from(hash, 'base64'))

  it('proves each entry in the tree of each size, to a reader that knows the formats alone', async () => {
    const { client } = house.people.lin
    const heads = [await readSignedHead()]
    await house.people.ada.client.people.link(house.people.sam.id)
    heads.push(await readSignedHead())
    for (const head of heads)
      for (let index = 0n; index < head.size; index += 1n) {
        const given = await client.log.inclusionProof(Number(index), Number(head.size))
        expect(given).toMatchObject({ index: Number(index), size: Number(head.size) })
        const proof = decode(given.hashes)
        const entry = Buffer.from((await client.entries.show(Number(index))).raw)
        checkInclusion({ head, index, entry, proof })
        expect(() => checkInclusion({ head, index, entry: Buffer.from('{}'), proof })).toThrow('does not lead')
      }
  })

  it('proves that each checkpoint continues the one before, and no other', async () => {
    const { client } = house.people.lin
    const heads = [await readSignedHead()]
    while (heads.length < 6) {
      await house.people.ada.client.people.link(house.people.sam.id)
      heads.push(await readSignedHead())
    }
    for (const [at, older] of heads.entries())
      for (const newer of heads.slice(at)) {
        const { hashes } = await client.log.consistencyProof(Number(older.size), Number(newer.size))
        const proof = decode(hashes)
        checkConsistency(older, newer, proof)
        const forged = { ...older, root: Buffer.alloc(32, 7) }
        if (older.size < newer.size) expect(() => checkConsistency(forged, newer, proof)).toThrow('does not continue')
        expect(() => checkConsistency(older, newer, [...proof, Buffer.alloc(32)])).toThrow('too long')
      }
  })

  it('proves in the newest tree where no size is said', async () => {
    const { client } = house.people.lin
    const { size } = await client.entries.list({ limit: 1 })
    expect(await client.log.inclusionProof(0)).toMatchObject({ index: 0, size })
    expect(await client.log.consistencyProof(1)).toMatchObject({ from: 1, to: size })
  })

  it('says of an entry that is not there that it is not, however it is asked for', async () => {
    const { entries } = house.people.lin.client
    for (const asked of [entries.show(99_999), entries.why(99_999), entries.receipt(99_999)])
      await expect(asked).rejects.toMatchObject({ code: 'not_found', detail: expect.stringContaining('no such entry') })
  })

  it('lets tiles be kept for ever and the checkpoint not at all', async () => {
    const { session } = house.people.lin
    expect((await ask('tile/0/000.p/1', session)).headers.get('cache-control')).toContain('immutable')
    expect((await ask('checkpoint', session)).headers.get('cache-control')).toBe('no-cache')
  })
})
