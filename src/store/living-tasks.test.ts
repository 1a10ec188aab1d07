import { describe, expect, it } from 'vitest'
import { sampleTask } from '../../test/register/samples.ts'
import type { Kept } from '../contract/change.ts'
import type { Task } from '../contract/task.ts'
import { areLiving, findLivingTasks } from './living-tasks.ts'
import type { Rows } from './rows.ts'

const task = (id: string, state: Task['state']): Kept<Task> => sampleTask(id, 'idn_1', undefined, { state })

/** Rows of which one search after the other is given what lies there by then. */
function rowsOf(...lying: readonly (readonly Kept<Task>[])[]): Rows {
  const left = lying.values()
  const find = async (_: string, { state }: { readonly state: string }): Promise<readonly Kept<Task>[]> =>
    (left.next().value ?? []).filter((row) => row.state === state)
  return { find } as unknown as Rows // all that is asked of it
}

describe('living tasks', () => {
  const lying = [task('tsk_2', 'waiting'), task('tsk_1', 'active'), task('tsk_3', 'active'), task('tsk_0', 'revoked')]

  it.each([
    [{ limit: 5 }, ['tsk_1', 'tsk_2', 'tsk_3']],
    [{ limit: 2 }, ['tsk_1', 'tsk_2']],
    [{ limit: 2, newestFirst: true }, ['tsk_3', 'tsk_2']],
  ])('are found in the order of their keys, whatever their state: %o', async (part, expected) => {
    const found = await findLivingTasks(rowsOf(lying, lying), { identity_id: 'idn_1' }, part)
    expect(found.map(({ id }) => id)).toEqual(expected)
  })

  it('of which one is approved meanwhile are found all, and each once', async () => {
    const [before, after] = [[task('tsk_1', 'waiting')], [task('tsk_1', 'active')]]
    for (const rows of [rowsOf(before, after), rowsOf(before, before), rowsOf(after, after)])
      expect((await findLivingTasks(rows, {}, { limit: 9 })).map(({ id }) => id)).toEqual(['tsk_1'])
    const [found] = await findLivingTasks(rowsOf(before, after), {}, { limit: 9 })
    expect(found?.state).toBe('active')
  })

  it('are what is asked for by both of their states, and by nothing else', () => {
    expect([['waiting', 'active'] as const, ['active', 'waiting'] as const].map(areLiving)).toEqual([true, true])
    const others = [undefined, 'active', ['active'], ['active', 'active'], ['active', 'revoked']] as const
    expect(others.map(areLiving)).toEqual([false, false, false, false, false])
  })
})
