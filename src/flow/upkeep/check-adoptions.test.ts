import { expect, it } from 'vitest'
import type { House } from '../house.ts'
import { sayIdleAdoptions } from './check-adoptions.ts'

const people = [
  { id: 'psn_1', state: 'active', email: 'grace@example.org' },
  { id: 'psn_2', state: 'left', email: 'gone@example.org' },
]

async function say(adoption: { readonly sponsor: string; readonly purpose: string } | undefined) {
  const house = {
    register: {
      persons: async () => people,
      purpose: async (code: string) => (code === 'summarise' ? {} : undefined),
    },
    authenticate: { trustOf: () => ({ adoption }) },
  }
  return sayIdleAdoptions(house as unknown as Pick<House, 'register' | 'authenticate'>, ['https://vendor.example'])
}

it('an issuer whose workloads are adopted beside nobody, or for no purpose, is told of', async () => {
  expect(await say(undefined)).toEqual([])
  expect(await say({ sponsor: 'Grace@example.org', purpose: 'summarise' })).toEqual([])
  const gone = await say({ sponsor: 'gone@example.org', purpose: 'sumarise' })
  expect(gone.join(' ')).toMatch(
    /names gone@example\.org as sponsor.* names the purpose sumarise, which is not defined/,
  )
})
