import { expect, it } from 'vitest'
import { countTurns } from '../../../test/count-turns.ts'
import type { IdentityState } from '../../contract/register/identity.ts'
import { LIMITS } from '../../ground/limits.ts'
import { nextTurn } from '../../ground/next-turn.ts'
import type { Page } from '../../register/store.ts'
import type { House } from '../house.ts'
import { suspendEstate } from './sign-in.ts'

/** A house in which somebody who left answers for so many in this state. Whoever looks at one finds how it is by then. */
function estateOf(
  count: number,
  state: IdentityState,
  look: () => Promise<void>,
  now: object = { state: 'suspended' },
): House {
  const rows = Array.from({ length: count }, (_, at) => ({ id: `idn_${String(at).padStart(6, '0')}`, state }))
  return {
    register: {
      identitiesOwnedBy: async (_: string, { after = '', limit }: Page) =>
        rows.filter(({ id }) => id > after).slice(0, limit),
      identity: async () => {
        await look()
        return now
      },
    },
  } as unknown as House // all that is asked of it
}

it('of an estate many identities are suspended at once, and not all', async () => {
  let [under, most] = [0, 0]
  const look = async (): Promise<void> => {
    under += 1
    most = Math.max(most, under)
    await nextTurn()
    under -= 1
  }
  expect(await suspendEstate(estateOf(LIMITS.suspendedAtOnceMax + 5, 'active', look), 'psn_1')).toEqual([])
  expect(most).toBe(LIMITS.suspendedAtOnceMax)
})

it('while an estate is gone through that is suspended already, others have their turn, and none is looked at again', async () => {
  let looks = 0
  const house = estateOf(3 * LIMITS.pageRowsMax, 'suspended', async () => {
    looks += 1
  })
  expect(await countTurns(() => suspendEstate(house, 'psn_1'))).toBeGreaterThanOrEqual(2)
  expect(looks).toBe(0)
})

it('of an estate nothing is suspended for which somebody else has come to answer meanwhile', async () => {
  const house = estateOf(3, 'active', async () => undefined, { state: 'active', owner: 'psn_2' })
  expect(await suspendEstate(house, 'psn_1')).toEqual([])
})
