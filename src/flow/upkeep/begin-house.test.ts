import { expect, it } from 'vitest'
import type { Approval } from '../../contract/approval/approval.ts'
import type { House } from '../house.ts'
import { createEstateNotes } from '../people/estate-notes.ts'
import { resumeHouse } from './begin-house.ts'

it('at a start what was said to calls is not looked at again: nothing is left to carry out, and there is more of it each day', async () => {
  const looked: string[] = []
  const answered = (['call', 'identity', 'task', 'call'] as const).map((subject, at) => ({ id: `apr_${at}`, subject }))
  const house = {
    estates: createEstateNotes(),
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
