import { expect, it } from 'vitest'
import type { Approval } from '../../contract/approval/approval.ts'
import type { Identity } from '../../contract/register/identity.ts'
import type { Person, Role } from '../../contract/register/person.ts'
import type { ApprovalSeat } from '../../contract/register/tier.ts'
import type { Surroundings } from '../../register/lifecycle.ts'
import type { Page } from '../../register/store.ts'
import type { House } from '../house.ts'
import { lookAhead } from './look-ahead.ts'

const identity = {
  tier: 'T0',
  owner: 'psn_owner',
  sponsor: 'psn_sponsor',
  state: 'pending',
  rehearsedMs: null,
} as Identity
const around = {
  bindings: [],
  entitlements: [],
  atMs: 0,
  ownerActive: true,
  sponsorActive: true,
} as unknown as Surroundings

/** Says whether somebody is missing for these seats. */
async function isUnfilled(seats: readonly ApprovalSeat[], people: readonly (readonly [string, readonly Role[]])[]) {
  const rows = people.map(([id, roles]) => ({ id, roles, state: 'active' }) as Person)
  const register = {
    persons: async ({ after, limit }: Page) => {
      const from = rows.findIndex(({ id }) => id === after) + 1
      return rows.slice(from, from + limit)
    },
  }
  const approval = { seats, votes: [], requestedBy: ['psn_asker'], subject: 'identity' } as unknown as Approval
  const said = await lookAhead({ register } as unknown as Pick<House, 'register'>, identity, around, approval)
  return said.some((caution) => caution.startsWith('Nobody else has the roles'))
}

it('somebody is missing where one person would have to fill two seats, or whoever asked one', async () => {
  const one = [['psn_owner', ['owner', 'approver']]] as const
  expect(await isUnfilled([], [])).toBe(false)
  expect(await isUnfilled(['owner'], one)).toBe(false)
  expect(await isUnfilled(['owner', 'security'], one)).toBe(true)
  expect(await isUnfilled(['security'], [['psn_asker', ['approver']]])).toBe(true)
  expect(await isUnfilled(['owner', 'security', 'security'], [...one, ['psn_2', ['approver']]])).toBe(true)
})

it('that somebody is missing is found, and that nobody is, among very many who hold the same seats', async () => {
  const many = Array.from({ length: 30_000 }, (_, at) => [`psn_${at}`, ['approver']] as const)
  const seats = ['security', 'security', 'owner'] as const
  expect(await isUnfilled(seats, many)).toBe(true)
  expect(await isUnfilled(seats, [...many, ['psn_owner', ['owner']]])).toBe(false)
  expect(await isUnfilled(seats, [['psn_owner', ['approver', 'owner']], ...many.slice(0, 2)])).toBe(false)
})
