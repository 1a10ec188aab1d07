import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkConfig } from '../../src/config.ts'
import type { Decision } from '../../src/contract/decision.ts'
import type { House } from '../../src/flow/house.ts'
import { endEntitlementByPerson } from '../../src/flow/identity/amend-identity.ts'
import { recordFewWaiting } from '../../src/flow/task/few-waiting.ts'
import { openTask } from '../../src/flow/task/open-task.ts'
import { RemitError } from '../../src/ground/errors.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import { type Raised, raiseHouse, wakeHouse } from '../../src/main.ts'
import { type Issuer, startIssuer } from '../issuer/issuer.ts'
import { type Cast, furnish, noted, person, publicUrl, register, taskOf, workload } from './flow-cast.ts'

let folder: string
let issuer: Issuer
let raised: Raised
let house: House
let cast: Cast

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'remit-turn-'))
  issuer = await startIssuer()
  const issuers = [{ issuer: issuer.url, algorithms: ['ES256'], allowInsecureHttp: true }]
  raised = await raiseHouse(checkConfig({ dataDir: folder, issuers }, folder), publicUrl)
  house = raised.house
  cast = await furnish(house, (await wakeHouse(house, false)) ?? '', issuer)
  await register(house, cast, 'reader', { actionClass: 'read', reach: 'team', owner: 'ada' })
  await register(house, cast, 'deployer', { actionClass: 'deploy', reach: 'production', owner: 'ada' })
})
afterAll(async () => {
  await raised.close()
  await issuer.stop()
  rmSync(folder, { recursive: true, force: true })
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
        return codeOf(recordFewWaiting(house, { identityId: deployer }, decide))
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
