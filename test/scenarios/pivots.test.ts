import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TIER_TERMS } from '../../src/contract/register/tier.ts'
import { type House, startHouse } from '../house.ts'
import {
  type Actor,
  codeOf,
  enter,
  furnish,
  makeReleaser,
  makeSummariser,
  openTask,
  register,
  verdictOf,
} from './cast.ts'

const publicOnly = [{ action: 'docs/read_text_file', resource: 'docs:public/*' }]

describe('an agent that turns to what its task is not for', () => {
  let house: House
  let reader: Actor
  let releaser: Actor
  let readerId: string

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    reader = makeSummariser(house)
    releaser = await makeReleaser(house)
    readerId = await register(house, reader)
    await register(house, releaser)
  })
  afterAll(async () => {
    await house.end(60)
  })

  it('is denied each time, and its task ends with the last time that its tier allows', async () => {
    const taskId = await openTask(house, reader, { scope: publicOnly })
    const { gateway, token } = await enter(reader, taskId)
    const inside = { path: 'public/handbook.md' }
    const outside = { path: 'internal/plans.md' }
    const { pivotsMax } = TIER_TERMS.T1
    for (let at = 1; at < pivotsMax; at += 1)
      expect(verdictOf(await gateway.call('read_text_file', outside))).toBe('scope_exceeded')
    expect(verdictOf(await gateway.call('read_text_file', inside))).toBe('permitted')
    expect((await house.people.lin.client.tasks.show(taskId)).usage?.pivots).toBe(pivotsMax - 1)
    await gateway.call('read_text_file', outside).catch(() => undefined) // the task ends while it is answered
    const { task, usage } = await house.people.lin.client.tasks.show(taskId)
    expect(task).toMatchObject({ state: 'revoked', endedBecause: expect.stringContaining('too often') })
    expect(usage?.pivots).toBe(pivotsMax)
    expect(await house.people.lin.client.tokens.introspect(token.value)).toMatchObject({ active: false })
    await gateway.close().catch(() => undefined)
  })

  it('is shown with how often it tried, and counted for the operator', async () => {
    const { pivots } = await house.people.lin.client.identities.show(readerId)
    expect(pivots).toBe(TIER_TERMS.T1.pivotsMax)
    const metrics = await (await fetch(`${house.url}/metrics`)).text()
    expect(metrics).toContain(`remit_pivots_total{tier="T1",outcome="denied"} ${pivots}`)
  })

  it('waits for a person where its tier holds it, who may widen the task by exactly that', async () => {
    const taskId = await openTask(house, releaser, { scope: publicOnly })
    const { gateway } = await enter(releaser, taskId)
    const read = { path: 'internal/plans.md' }
    const held = await gateway.call('read_text_file', read)
    expect(verdictOf(held)).toBe('approval_required')
    const { approvals } = await house.people.lin.client.approvals.list({ state: 'pending' })
    const question = approvals.find(({ subjectId }) => subjectId === taskId)
    expect(question?.asked['because']).toEqual([expect.stringContaining('that is a pivot')])
    await house.people.lin.client.approvals.vote(question?.id ?? '', 'approve', 'The plans belong to the notes')
    expect(verdictOf(await gateway.call('read_text_file', read))).toBe('permitted')
    expect(verdictOf(await gateway.call('read_text_file', { path: 'internal/other.md' }))).toBe('approval_required')
    expect((await house.people.lin.client.tasks.show(taskId)).usage?.pivots).toBe(2)
    await gateway.close()
  })

  it('never gets by approval what its entitlement does not cover', async () => {
    const taskId = await openTask(house, releaser, { scope: publicOnly })
    const { gateway } = await enter(releaser, taskId)
    const written = await gateway.call('write_file', { path: 'internal/plans.md', content: 'x' })
    expect(verdictOf(written)).toBe('scope_exceeded')
    await gateway.close()
    expect(await codeOf(house.people.ada.client.tasks.revoke(taskId, 'done'))).toBe('answered')
  })
})
