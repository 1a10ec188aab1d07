import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { type House, startHouse } from '../house.ts'
import {
  type Actor,
  connect,
  furnish,
  makeReleaser,
  openTask,
  register,
  reviewLongTool,
  startLongCall,
} from './cast.ts'

describe('a call that is open', () => {
  let house: House
  let actor: Actor

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    await reviewLongTool(house)
    actor = await makeReleaser(house)
    await register(house, actor)
  })
  afterAll(async () => {
    await house.end(60)
  })

  const WAYS: readonly (readonly [string, (taskId: string, token: AccessToken) => Promise<unknown>])[] = [
    ['its token is taken back', (_, token) => house.people.sam.client.tokens.revoke(token.value)],
    ['its task is taken back', (taskId) => house.people.sam.client.tasks.revoke(taskId, 'Not needed')],
    ['its task is completed', (taskId) => actor.agent.complete(taskId)],
    [
      'its server is cut off',
      () => house.people.sam.client.cutoffs.make({ target: 'upstream', targetId: 'everything', because: 'It leaks' }),
    ],
    [
      'its owner leaves',
      async () => {
        const { ada, grace } = house.people
        const { identity } = await ada.client.identities.show(actor.name)
        const deputy = await ada.client.people.add({ name: 'Deputy', email: 'd@example.org', roles: ['admin'] })
        await house.signIn(deputy.link)
        const left = await ada.client.people.leave(ada.id)
        expect(left.suspended).toEqual([identity.id])
        expect((await grace.client.identities.show(identity.id)).identity.state).toBe('suspended')
      },
    ],
  ]
  it.each(WAYS)('ends when %s', async (_, takeBack) => {
    const taskId = await openTask(house, actor, { goal: 'Build' })
    const token = await actor.agent.exchange(taskId, actor.agent.gatewayUrl('everything'))
    const gateway = await connect(actor, token)
    const { end: streamed } = await startLongCall(gateway)
    await takeBack(taskId, token)
    expect(await streamed).toBe('cut')
    await gateway.close().catch(() => undefined)
  })
})
