import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '../../src/contract/decision.ts'
import type { House } from '../../src/flow/house.ts'
import { endEntitlementByPerson } from '../../src/flow/identity/amend-identity.ts'
import { recordFewWaiting } from '../../src/flow/task/few-waiting.ts'
import { openTask } from '../../src/flow/task/open-task.ts'
import { RemitError } from '../../src/ground/errors.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { type Cast, noted, person, register, taskOf, workload } from './flow-cast.ts'
import { type RaisedCast, raiseCast } from './raise-cast.ts'

let house: House
let cast: Cast
let end: RaisedCast['end']

beforeAll(async () => {
  const made = await raiseCast()
  house = made.raised.house
  cast = made.cast
  end = made.end
  await register(house, cast, 'reader', { actionClass: 'read', reach: 'team', owner: 'ada' })
  await register(house, cast, 'deployer', { actionClass: 'deploy', reach: 'production', owner: 'ada' })
})
afterAll(async () => {
  await end()
})

const decideFor = async (name: string, actionClass: 'read' | 'deploy'): Promise<Decision<'task'>> =>
  house.decide.task(await workload(house, cast, name), taskOf('Do it', actionClass))
const stateOf = (decision: Decision<'task'>): string =>
  decision.outcome === 'permit' ? decision.grant.state : decision.code
const codeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'recorded',
    (error: unknown) => {
      if (error instanceof RemitError) return error.code
      throw error
    },
  )

describe('tasks that have to wait only once they are decided on again', () => {
  it('are counted one after the other too, however many are at once', async () => {
    const deployer = noted(cast, 'deployer')
    const room = 2
    for (let at = 0; at < LIMITS.waitingTasksMax - room; at += 1)
      await openTask(house, await workload(house, cast, 'deployer'), taskOf(`Deploy ${at}`, 'deploy'))
    // what the first decision of each rests on changes before it is written: none of these need wait
    const firsts = await Promise.all(Array.from({ length: 3 * room }, () => decideFor('reader', 'read')))
    expect(new Set(firsts.map(stateOf))).toEqual(new Set(['active']))
    const seconds = await Promise.all(firsts.map(() => decideFor('deployer', 'deploy')))
    expect(new Set(seconds.map(stateOf))).toEqual(new Set(['waiting']))
    const [entitlement] = await house.register.entitlementsOf(noted(cast, 'reader'))
    const ada = await person(house, cast, 'ada')
    await endEntitlementByPerson(house, ada, 'reader', entitlement?.id ?? '', 'It reads no more')
    const { size } = house.log.head()
    const answers = await Promise.all(
      firsts.map((first, at) => {
        const made = [first, seconds[at]]
        const decide = async () => made.shift() ?? decideFor('deployer', 'deploy')
        return codeOf(recordFewWaiting(house, decide))
      }),
    )
    expect(answers.toSorted()).toEqual([
      ...Array.from({ length: 2 * room }, () => 'rate_limited'),
      ...Array.from({ length: room }, () => 'recorded'),
    ])
    expect(house.log.head().size - size).toBe(room)
    const waiting = await house.register.tasks({ identityId: deployer, state: ['waiting'] }, { limit: 100 })
    expect(waiting).toHaveLength(LIMITS.waitingTasksMax)
  })
})
