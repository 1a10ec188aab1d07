import { describe, expect, it } from 'vitest'
import { newTask } from '../../../../test/contract/nouns.ts'
import type { Task } from '../../../contract/task.ts'
import { systemClock } from '../../../ground/clock.ts'
import { createIds } from '../../../ground/ids.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { findSameTask, sinceOf } from './server-task.ts'

const house = { clock: { ...systemClock, nowMs: () => 1_000 } }
const wanted = newTask({ id: 'tsk_same', goal: 'What it does at docs', bindingId: 'bnd_1', endsMs: 2_000 })

/** Tasks of which it is counted how many were looked at. */
function living(tasks: readonly Task[]): { readonly rows: AsyncGenerator<Task>; readonly looked: () => number } {
  let looked = 0
  const read = async function* (): AsyncGenerator<Task> {
    for (const task of tasks) {
      looked += 1
      yield await Promise.resolve(task)
    }
  }
  return { rows: read(), looked: () => looked }
}
const others = (count: number): readonly Task[] =>
  Array.from({ length: count }, (_, at) => newTask({ ...wanted, id: `tsk_${at}`, goal: 'Another' }))
const find = (...tasks: readonly Task[]): Promise<string | undefined> => findSameTask(house, living(tasks).rows, wanted)

describe('the task in which a client goes on that names no task', () => {
  it('is the first that is for the very same', async () => {
    expect(await find(...others(3), wanted)).toBe('tsk_same')
    expect(await find(...others(3))).toBeUndefined()
  })

  it.each<[string, Partial<Task>]>([
    ['of another binding', { bindingId: 'bnd_2' }],
    ['that is over', { endsMs: 1_000 }],
    ['that was handed on', { parentId: 'tsk_0' }],
    ['on behalf of somebody', { onBehalfOf: 'psn_zoe' }],
    ['on the word of another login', { loginId: 'lgn_1' }],
    ['after others in another domain', { foreignAct: { iss: 'https://a.example', sub: 'b' } }],
    ['for other data', { ceiling: 'restricted' }],
    ['for other tools', { scope: [{ action: 'mail/*', resource: '*' }] }],
  ])('is none %s', async (_, more) => {
    expect(await find({ ...wanted, ...more })).toBeUndefined()
  })

  it('is not looked for among thousands: who opened those gets another one', async () => {
    const { rows, looked } = living([...others(5_000), wanted])
    expect(await findSameTask(house, rows, wanted)).toBeUndefined()
    expect(looked()).toBe(LIMITS.sameTaskLooksMax)
  })

  it('is looked for among those of the last hour: one that was opened before is over', () => {
    const atMs = 1_800_000_000_000
    const idAt = (ageSeconds: number): string => createIds(() => atMs - ageSeconds * 1000).next('task')
    const since = sinceOf({ clock: { ...systemClock, nowMs: () => atMs } })
    const { serverTaskSecondsMax: longest } = LIMITS
    expect([longest + 1, longest, 1].map((age) => idAt(age) > since)).toEqual([false, true, true])
  })
})
