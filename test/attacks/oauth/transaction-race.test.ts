import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemActor } from '../../../src/authenticate/actor.ts'
import type { House } from '../../../src/flow/house.ts'
import { endTaskTree } from '../../../src/flow/task/end-task.ts'
import { openTask } from '../../../src/flow/task/open-task.ts'
import { exchangeTransaction, type IssuedTransaction } from '../../../src/flow/token/acting/exchange-transaction.ts'
import { exchangeToken } from '../../../src/flow/token/exchange-token.ts'
import type { Raised } from '../../../src/main.ts'
import { type Cast, register, taskOf, workload } from '../../faults/flow-cast.ts'
import { type RaisedCast, raiseCast } from '../../faults/raise-cast.ts'

const RESOURCE = 'https://crm.inside.example'
let raised: Raised
let cast: Cast
let end: RaisedCast['end']

beforeAll(async () => {
  const resourceServers = [{ resource: RESOURCE, identity: 'crm' }]
  const made = await raiseCast({ drafts: { 'transaction-tokens': true }, resourceServers })
  raised = made.raised
  cast = made.cast
  end = made.end
  for (const name of ['crm', 'reader'])
    await register(raised.house, cast, name, { actionClass: 'read', reach: 'team', owner: 'ada' })
})
afterAll(async () => {
  await end()
})

/** What the server gets for a new token of a new task; `between` happens before it is written down that it gets one. */
async function take(between: (house: House, taskId: string) => Promise<unknown>): Promise<IssuedTransaction> {
  const { house } = raised
  const { transactions } = house
  if (transactions === null) throw new Error('they are not spoken')
  const { task } = await openTask(house, await workload(house, cast, 'reader'), taskOf('Look it up'))
  const request = { taskId: task.id, audience: RESOURCE }
  const { token } = await exchangeToken(house, await workload(house, cast, 'reader'), request)
  const record: House['log']['record'] = async (fact) => {
    await between(house, task.id)
    return await house.log.record(fact)
  }
  const raced = { ...house, log: { ...house.log, record } }
  const ask = { subject: token, of: 'access_token', scope: 'read' } as const
  return await exchangeTransaction(raced, transactions, await workload(house, cast, 'crm'), ask)
}

describe('a transaction token', () => {
  it('is made while what it rests on stands', async () => {
    expect((await take(() => Promise.resolve())).scope).toBe('read')
  })

  it('never leaves once what it rests on has ended, though that came after it was looked at', async () => {
    const end = { end: 'revoked', because: 'it was taken over', actor: systemActor } as const
    await expect(take((house, taskId) => endTaskTree(house, taskId, end))).rejects.toMatchObject({
      code: 'token_invalid',
    })
  })
})
