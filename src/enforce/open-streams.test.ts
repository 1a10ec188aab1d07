import { describe, expect, it } from 'vitest'
import { CUTOFF_TARGETS } from '../contract/cutoff.ts'
import { systemClock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { createOpenStreams, hitBy, type StreamFacts } from './open-streams.ts'

const facts: StreamFacts = {
  credentialId: 'crd_one',
  taskIds: ['tsk_child', 'tsk_root'],
  identityIds: ['idn_child', 'idn_root'],
  chain: 'tsk_root',
  bindingIds: ['bnd_one'],
  owners: ['psn_owner'],
  upstream: 'docs',
  vendors: ['acme'],
}
const HITS = {
  identity: 'idn_root',
  task: 'tsk_root',
  chain: 'tsk_root',
  binding: 'bnd_one',
  owner: 'psn_owner',
  upstream: 'docs',
  vendor: 'acme',
}

describe('ending open calls', () => {
  it.each(CUTOFF_TARGETS)('a cutoff of the %s ends what is under it, and nothing else', (target) => {
    const streams = createOpenStreams(systemClock)
    const ended: string[] = []
    streams.register(facts, () => ended.push('under it'))
    const other = {
      credentialId: 'x',
      taskIds: ['x'],
      identityIds: ['x'],
      chain: 'x',
      bindingIds: ['x'],
      owners: ['x'],
      upstream: 'x',
      vendors: [],
    }
    streams.register(other, () => ended.push('another'))
    expect(streams.endWhere(hitBy(target, HITS[target])).ended).toBe(1)
    expect(ended).toEqual(['under it'])
    expect(streams.count()).toBe(1)
  })

  it('says cut_off unless another reason is given', () => {
    const streams = createOpenStreams(systemClock)
    const codes: string[] = []
    streams.register(facts, (reason) => codes.push(reason.code))
    streams.endWhere(() => true)
    streams.register(facts, (reason) => codes.push(reason.code))
    streams.endWhere(() => true, new RemitError('task_not_active'))
    expect(codes).toEqual(['cut_off', 'task_not_active'])
  })

  it('ends each call once', () => {
    const streams = createOpenStreams(systemClock)
    streams.register(facts, () => undefined)
    expect([streams.endWhere(() => true).ended, streams.endWhere(() => true).ended]).toEqual([1, 0])
  })

  it('a call that ended by itself is not there any more', () => {
    const streams = createOpenStreams(systemClock)
    const leave = streams.register(facts, () => undefined)
    expect([streams.count('docs'), streams.count('other')]).toEqual([1, 0])
    expect([streams.count('docs', 'idn_root'), streams.count('docs', 'x'), streams.count('other', 'idn_root')]).toEqual(
      [1, 0, 0],
    )
    leave()
    expect([streams.count(), streams.endWhere(() => true).ended]).toEqual([0, 0])
  })
})

describe('judging open calls again', () => {
  const ignore = (): undefined => undefined

  it('ends those that would be refused now, with the reason, and no others', async () => {
    const streams = createOpenStreams(systemClock)
    const ended: string[] = []
    const end = (reason: RemitError): unknown => ended.push(reason.code)
    streams.register(facts, end, async () => new RemitError('scope_exceeded'))
    streams.register(facts, end, async () => null)
    streams.register(facts, end) // not decided on yet
    expect((await streams.judgeAgain(0, ignore)).ended).toBe(1)
    expect([ended, streams.count()]).toEqual([['scope_exceeded'], 2])
  })

  it('leaves alone what has not been open for so long, and what ended while it was judged', async () => {
    const streams = createOpenStreams(systemClock)
    const ended: string[] = []
    const refuse = async (): Promise<RemitError> => {
      leave()
      return new RemitError('denied')
    }
    const leave = streams.register(facts, (reason) => ended.push(reason.code), refuse)
    expect((await streams.judgeAgain(60_000, ignore)).ended).toBe(0)
    expect(streams.count()).toBe(1)
    expect((await streams.judgeAgain(0, ignore)).ended).toBe(0)
    expect([ended, streams.count()]).toEqual([[], 0])
  })

  it('ends what could not be judged twice in a row, and keeps what could the second time', async () => {
    const streams = createOpenStreams(systemClock)
    const ended: string[] = []
    const faults: unknown[] = []
    let isGone = true
    const judge = async (): Promise<null> => {
      if (isGone) throw new Error('the store is gone')
      return null
    }
    const look = () => streams.judgeAgain(0, (error) => faults.push(error))
    streams.register(facts, (reason) => ended.push(reason.code), judge)
    await look()
    isGone = false
    await look()
    isGone = true
    await look()
    expect([ended, streams.count(), faults.length]).toEqual([[], 1, 2])
    await look()
    expect([ended, streams.count()]).toEqual([['policy_error'], 0])
  })
})
