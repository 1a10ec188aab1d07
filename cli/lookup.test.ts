import { expect, it } from 'vitest'
import type { Client } from '../sdk/client.ts'
import { readNamer } from './lookup.ts'

it('the names of thousands of identities are read a few at a time, each once', async () => {
  let [under, most, asked] = [0, 0, 0]
  const client = {
    people: { list: async () => ({ people: [], next: null }) },
    identities: {
      show: async (id: string) => {
        asked += 1
        under += 1
        most = Math.max(most, under)
        await Promise.resolve()
        under -= 1
        return { identity: { name: `name of ${id}` } }
      },
    },
  } as unknown as Client // all that is asked of it
  const ids = Array.from({ length: 1_000 }, (_, at) => `idn_${at}`)
  const nameOf = await readNamer(client, [...ids, ...ids])
  expect(ids.map(nameOf)).toEqual(ids.map((id) => `name of ${id}`))
  expect([asked, most]).toEqual([1_000, 16])
})
