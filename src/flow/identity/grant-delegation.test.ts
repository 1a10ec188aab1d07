import { expect, it } from 'vitest'
import type { Page } from '../../register/store.ts'
import type { House } from '../house.ts'
import { showDelegations } from './grant-delegation.ts'

const idOf = (at: number): string => `dgr_${String(at).padStart(3, '0')}`

/** A house in which one identity may act for very many, and few for it; it never gives more than a page. */
function houseOf(to: readonly number[], from: readonly number[]): House {
  const read =
    (all: readonly number[]) =>
    async (_: string, { after = '', limit }: Page): Promise<readonly { readonly id: string }[]> =>
      all
        .map((at) => ({ id: idOf(at) }))
        .filter(({ id }) => id > after)
        .slice(0, limit)
  return { register: { delegationGrantsFrom: read(from), delegationGrantsTo: read(to) } } as unknown as House // all that is asked of it
}

it('grants to act are told a page at a time, those of an identity and those to it in one order', async () => {
  const everybody = Array.from({ length: 50 }, (_, at) => 2 * at)
  const house = houseOf(everybody, [7, 31, 99, 101])
  const told: string[] = []
  for (let after: string | undefined; ; after = told.at(-1)) {
    const page = await showDelegations(house, 'idn_1', { limit: 3, ...(after === undefined ? {} : { after }) })
    told.push(...page.map(({ id }) => id))
    if (page.length < 3) break
  }
  expect(told).toEqual([...everybody.map(idOf), ...[7, 31, 99, 101].map(idOf)].sort())
})
