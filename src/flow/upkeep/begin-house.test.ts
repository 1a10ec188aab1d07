import { expect, it } from 'vitest'
import type { Approval } from '../../contract/approval/approval.ts'
import type { House } from '../house.ts'
import { resumeHouse } from './begin-house.ts'
import { createLeftOver } from './left-over.ts'

it('at a start what was said to calls is not looked at again: nothing is left to carry out, and there is more of it each day', async () => {
  const looked: string[] = []
  const answered = (['call', 'identity', 'task', 'call'] as const).map((subject, at) => ({ id: `apr_${at}`, subject }))
  const house = {
    estates: createLeftOver(),
    revoke: { cutoffs: async () => [] },
    register: {
      tasks: async () => [],
      approvals: async (state: Approval['state']) => (state === 'denied' ? answered : []),
      approval: async (id: string) => void looked.push(id),
    },
  } as unknown as House // all that is asked of it
  await resumeHouse(house)
  expect(looked).toEqual(['apr_1', 'apr_2'])
})

it('one answer that cannot be carried out keeps none of the others, and is told in the end', async () => {
  const looked: string[] = []
  const answered = ['apr_0', 'apr_1'].map((id) => ({ id, subject: 'task' }))
  const house = {
    estates: createLeftOver(),
    revoke: { cutoffs: async () => [] },
    register: {
      tasks: async () => [],
      approvals: async (state: Approval['state']) => (state === 'approved' ? answered : []),
      approval: async (id: string) => {
        looked.push(id)
        if (id === 'apr_0') throw new Error('it cannot be read')
      },
    },
  } as unknown as House // all that is asked of it
  await expect(resumeHouse(house)).rejects.toThrow('it cannot be read')
  expect(looked).toEqual(['apr_0', 'apr_1'])
})
