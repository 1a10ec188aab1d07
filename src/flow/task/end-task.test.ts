import { describe, expect, it } from 'vitest'
import { systemActor } from '../../authenticate/actor.ts'
import type { Kept } from '../../contract/change.ts'
import type { Task } from '../../contract/task.ts'
import { systemClock } from '../../ground/clock.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { House } from '../house.ts'
import { endTasksFound } from './end-task.ts'

const how = { because: 'what they rested on fell', actor: systemActor }
const idOf = (at: number): string => `tsk_${String(at).padStart(6, '0')}`

/** A house with so many living tasks; those of which `isOdd` is true cannot be ended, and the others end meanwhile. */
function houseOf(count: number, isOdd: (id: string) => boolean) {
  const tried: string[] = []
  const task = async (id: string) => {
    tried.push(id)
    if (isOdd(id)) throw new Error(`${id} is odd`)
    return { id, state: 'completed' }
  }
  const rows = Array.from({ length: count }, (_, at) => ({ id: idOf(at) }))
  const find = async () => rows as unknown as readonly Kept<Task>[] // all that is asked of them
  return { house: { revoke: { task }, clock: systemClock } as unknown as House, tried, find }
}

describe('of tasks that have fallen', () => {
  it('one that cannot be ended keeps none of the others, and is told of', async () => {
    const { house, tried, find } = houseOf(100, (id) => id === idOf(0) || id === idOf(7))
    expect(await endTasksFound(house, find, how)).toEqual({
      ended: 0,
      fault: new Error(`${idOf(0)} is odd`),
      failed: [idOf(0), idOf(7)],
    })
    expect(tried.toSorted()).toEqual(Array.from({ length: 100 }, (_, at) => idOf(at)))
  })

  it('no more are tried than at a time where none of them can be ended', async () => {
    const { house, tried, find } = houseOf(100, () => true)
    expect((await endTasksFound(house, find, how)).failed).toHaveLength(LIMITS.endedAtOnceMax)
    expect(tried).toHaveLength(LIMITS.endedAtOnceMax)
  })

  it('which they are is told as far as they could be found', async () => {
    const { house } = houseOf(0, () => false)
    const find = () => Promise.reject(new Error('the store is away'))
    expect(await endTasksFound(house, find, how)).toEqual({
      ended: 0,
      fault: new Error('the store is away'),
      failed: [],
    })
  })
})
