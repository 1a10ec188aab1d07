import { expect, it } from 'vitest'
import { newLink } from '../../test/decide/nouns.ts'
import { describeIdentity, describeTask } from './describe.ts'

it('what is said of a row is made once for it, and anew for the one that comes in its place', () => {
  const { task, identity } = newLink()
  expect(describeTask(task)).toBe(describeTask(task))
  expect(describeTask({ ...task, goal: 'another' })).toEqual({ ...describeTask(task), goal: 'another' })
  expect(describeIdentity({ ...identity, tier: 'T3' })).toEqual({ ...describeIdentity(identity), tier: 'T3' })
})
