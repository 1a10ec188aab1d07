import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { type Actor, codeOf, furnish, makeSummariser, openTask, register } from './cast.ts'

const HOURS_MS = 3_600_000

describe('a clock that once ran three hours ahead, and was set right', () => {
  let house: House
  let actor: Actor
  let identityId: string
  let aheadMs = 0

  beforeAll(async () => {
    const realNow = Date.now
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() + aheadMs)
    house = await startHouse()
    await furnish(house)
    actor = makeSummariser(house)
    identityId = await register(house, actor)
    aheadMs = 3 * HOURS_MS
    await house.people.ada.client.people.link(house.people.lin.id)
    aheadMs = 0
  })
  afterAll(async () => {
    // the audit of everything holds every law, so that nothing of this is in the way of a verifier
    await house.end(20)
    vi.restoreAllMocks()
  })

  const ready = async (): Promise<unknown> => {
    const answer = await house.fetch(`${house.url}/readyz`)
    return [answer.status, ((await answer.json()) as { code?: string }).code]
  }

  it('permits nothing and says why, also after a restart', async () => {
    expect(await codeOf(openTask(house, actor))).toBe('clock_behind')
    expect(await ready()).toEqual([503, 'clock_behind'])
    await house.stop()
    await house.start()
    expect(await codeOf(openTask(house, actor))).toBe('clock_behind')
    const { checks } = await house.people.ada.client.doctor.check()
    expect(checks.find(({ name }) => name === 'clock')).toMatchObject({ ok: false })
    expect(checks.find(({ name }) => name === 'log')).toMatchObject({ ok: true })
  })

  it('is no hindrance to a cutoff, which covers what was made in those hours', async () => {
    const order = { target: 'identity', targetId: identityId, because: 'a rehearsal' } as const
    const { entry, cutoff } = await house.people.sam.client.cutoffs.make(order)
    const written = await house.people.lin.client.entries.show(entry)
    expect(cutoff.atMs).toBe(written.entry.atMs)
    expect(written.entry.data['clockMs']).toBeLessThan(cutoff.atMs - 2 * HOURS_MS)
  })

  it('permits again once it has caught up', async () => {
    aheadMs = 3 * HOURS_MS + 60_000
    expect(await ready()).toEqual([200, undefined])
    const next = makeSummariser(house, 'next')
    await register(house, next)
    expect(await openTask(house, next)).toMatch(/^tsk_/)
  })
})
