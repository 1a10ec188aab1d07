import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, register } from '../scenarios/cast.ts'
import { writeBeside } from '../write-beside.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  await register(house, makeSummariser(house))
})
afterAll(() => house.end())

it('a row that cannot be read is told as damage: nobody is sent away to ask again, and no refusal is recorded', async () => {
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  const { lin } = house.people
  const store = join(house.dataDir, 'remit.db')
  await writeBeside(store, "update identities set body = '{' || body")
  const headers = { authorization: `Bearer ${lin.session}` }
  const answer = await house.fetch(`${house.url}/api/v1/identities`, { headers })
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([500, null])
  expect(await answer.json()).toMatchObject({
    code: 'store_damaged',
    title: expect.stringContaining('put back a backup'),
    detail: 'A row of identities in the store cannot be read.',
  })
  const { entries } = await lin.client.entries.list({})
  expect(entries.map(({ entry }) => entry.kind)).not.toContain('refusal')
  await writeBeside(store, 'update identities set body = substr(body, 2)')
  await house.stop()
  stderr.mockRestore()
  await house.start()
})
