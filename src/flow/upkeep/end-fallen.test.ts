import { expect, it } from 'vitest'
import { sampleTask } from '../../../test/register/samples.ts'
import type { Cutoff } from '../../contract/cutoff.ts'
import type { TaskState } from '../../contract/task.ts'
import { systemClock } from '../../ground/clock.ts'
import type { House } from '../house.ts'
import { endFallen } from './end-fallen.ts'

const cutoff = (target: Cutoff['target'], targetId: string): Cutoff => ({
  id: `${target}:${targetId}`,
  target,
  targetId,
  atMs: 1,
  because: 'it leaked',
  by: 'psn_1',
})

it('of the identities it looks at those that were cut off, and at no other one', async () => {
  const asked: string[] = []
  const house = {
    revoke: {
      cutoffs: async () => [cutoff('identity', 'idn_1'), cutoff('task', 'tsk_1'), cutoff('identity', 'idn_2')],
    },
    register: {
      identity: async (id: string) => void asked.push(id),
      tasks: async () => [],
    },
  } as unknown as House // all that is asked of it
  await endFallen(house)
  expect(asked).toEqual(['idn_1', 'idn_2'])
})

it('a task that is approved while living ones are looked at is among them', async () => {
  const looked: string[] = []
  let state: TaskState = 'waiting'
  const house = {
    clock: systemClock,
    revoke: {
      cutoffs: async () => [],
      task: async () => sampleTask('tsk_1', 'idn_1', undefined, { state: 'revoked' }),
    },
    register: {
      tasks: async (asked: { readonly state: TaskState | readonly TaskState[] }) => {
        const found = [asked.state].flat().includes(state) ? [sampleTask('tsk_1', 'idn_1', undefined, { state })] : []
        state = 'active'
        return found
      },
    },
    footing: {
      tasks: async () => [],
      identities: async (ids: readonly string[]) => {
        looked.push(...ids)
        return []
      },
    },
  } as unknown as House // all that is asked of it
  await endFallen(house)
  expect(looked).toEqual(['idn_1'])
})

it('one that cannot be ended keeps none of the others, and what came between is given', async () => {
  const looked: string[] = []
  const house = {
    clock: systemClock,
    revoke: { cutoffs: async () => [cutoff('identity', 'idn_1'), cutoff('identity', 'idn_2')] },
    register: {
      identity: async (id: string) => {
        looked.push(id)
        throw new Error(`${id} cannot be read`)
      },
      tasks: async () => [sampleTask('tsk_1', 'idn_3'), sampleTask('tsk_2', 'idn_4')],
    },
    footing: {
      tasks: async () => [],
      identities: async (ids: readonly string[]) => {
        looked.push(...ids)
        throw new Error('they cannot be read')
      },
    },
  } as unknown as House // all that is asked of it
  expect((await endFallen(house))?.message).toBe('idn_1 cannot be read')
  expect(looked).toEqual(['idn_1', 'idn_2', 'idn_3', 'idn_4'])
})
