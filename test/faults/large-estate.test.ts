import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PersonCaller } from '../../src/authenticate/caller.ts'
import { insert } from '../../src/contract/change.ts'
import type { Identity } from '../../src/contract/register/identity.ts'
import { sweepEstates } from '../../src/flow/people/estates.ts'
import type { Left } from '../../src/flow/people/leave.ts'
import { examineHouse } from '../../src/flow/upkeep/examine-house.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { removePerson } from '../../src/http/api/people.ts'
import type { Context, Reply } from '../../src/http/route.ts'
import { noted, person, register } from './flow-cast.ts'
import { type RaisedCast, raiseCast } from './raise-cast.ts'

/** How many identities Grace owns: more than an answer tells of, and some of them may not act. */
const ACTIVE = LIMITS.suspendedPerPart
const PENDING = 30
const ENDED = 20

let stage: RaisedCast
let ada: PersonCaller
beforeAll(async () => {
  stage = await raiseCast()
  const { raised, cast } = stage
  ada = await person(raised.house, cast, 'ada')
  await register(raised.house, cast, 'first', { actionClass: 'read', reach: 'team', owner: 'grace' })
  const [first] = await raised.store.rows.find('identities', {})
  if (first === undefined) throw new Error('there is no identity that others could be like')
  const states = [
    ...Array.from({ length: ACTIVE - 1 }, () => 'active' as const),
    ...Array.from({ length: PENDING }, () => 'pending' as const),
    ...Array.from({ length: ENDED }, () => 'retired' as const),
  ]
  await Promise.all(states.map((state, at) => enter({ ...first, id: `idn_more${at}`, name: `more-${at}`, state })))
})
afterAll(async () => stage.end())

async function enter(identity: Identity): Promise<void> {
  const { log } = stage.raised.house
  const subject = { kind: 'identity', id: identity.id } as const
  const entry = { kind: 'identity.drafted', actor: { kind: 'system', id: 'system' }, subject, data: {} } as const
  await log.record({ entry, changes: [insert('identities', identity)] })
}

const readLeft = async (body: Reply['body']): Promise<Left> => (await new Response(body as string).json()) as Left // what it answers is no stream

async function sayEstates(): Promise<string | undefined> {
  const checks = await examineHouse(stage.raised.house, ada)
  return checks.find(({ name }) => name === 'estates')?.sentence
}

it('of an owner of many the answer that they left comes before all is suspended, and the rest follows', async () => {
  const { raised, cast } = stage
  const { house } = raised
  const grace = noted(cast, 'grace')
  const ask = async () =>
    removePerson({ house, caller: ada, params: { id: grace } } as unknown as Context<
      Record<string, never>,
      PersonCaller
    >)
  const { status, body } = await ask()
  const left = await readLeft(body)
  expect(status).toBe(202)
  expect(left).toMatchObject({ following: PENDING, settled: false })
  expect(left.suspended).toHaveLength(ACTIVE)
  expect(await sayEstates()).toContain(`${PENDING} identities of people who left are still to be suspended`)
  await sweepEstates(house, new AbortController().signal)
  expect(await house.register.ownedCount([grace], ['pending', 'active'])).toBe(0)
  expect(await house.register.ownedCount([grace], ['suspended'])).toBe(ACTIVE + PENDING)
  expect(await house.register.ownedCount([grace], ['retired'])).toBe(ENDED)
  expect(await sayEstates()).toBe('What people owned who left is suspended.')
  const { size } = house.log.head()
  const again = await ask()
  expect([again.status, await readLeft(again.body)]).toEqual([
    200,
    { suspended: [], following: 0, settled: true, entry: left.entry },
  ])
  expect(house.log.head().size).toBe(size)
})
