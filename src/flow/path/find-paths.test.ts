import { expect, it } from 'vitest'
import { countTurns } from '../../../test/count-turns.ts'
import { newToolRule } from '../../../test/decide/nouns.ts'
import { sampleTask } from '../../../test/register/samples.ts'
import { type Kept, rowKey } from '../../contract/change.ts'
import type { Identity } from '../../contract/register/identity.ts'
import type { Task } from '../../contract/task.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Page } from '../../register/store.ts'
import type { House } from '../house.ts'
import { findPathsFrom } from './find-paths.ts'

const identity = { id: 'idn_1' } as Kept<Identity>

/** A house in which the identity has so many tasks, each under one of so many roots, and what was asked of its trees. */
function houseOf(tasks: number, roots: number, tools = 0) {
  const trees: string[] = []
  const rules = Array.from({ length: tools }, (_, at) =>
    newToolRule({ server: 'big', tool: String(at).padStart(6, '0') }),
  )
  const taskAt = (at: number): Kept<Task> =>
    sampleTask(`tsk_${at}`, identity.id, undefined, { rootId: `tsk_root_${at % roots}` })
  const house = {
    log: { head: () => ({ size: 7 }) },
    clock: { nowMs: () => 0 },
    register: {
      toolRules: async ({ after = '', limit }: Page) =>
        rules.filter((rule) => rowKey('tool_rules', rule) > after).slice(0, limit),
      resourceRules: async () => [],
    },
    revoke: {
      livingTasksOf: () => async () => Array.from({ length: tasks }, (_, at) => taskAt(at)),
      livingTasksUnder: async (rootId: string) => {
        trees.push(rootId)
        return []
      },
    },
  } as unknown as House // all that is asked of it
  return { house, trees }
}

it('a tree is read once, however many tasks of the identity are in it', async () => {
  const { house, trees } = houseOf(50, 2)
  expect(await findPathsFrom(house, identity, 'docs:a')).toEqual({
    paths: [],
    fallen: [],
    openable: [],
    size: 7,
    isLimited: false,
  })
  expect(trees).toEqual(['tsk_root_0', 'tsk_root_1'])
})

it('others have their turn between two trees', async () => {
  const { house, trees } = houseOf(20, 20)
  expect(await countTurns(() => findPathsFrom(house, identity, 'docs:a'))).toBeGreaterThanOrEqual(20)
  expect(trees).toHaveLength(20)
})

it('others have their turn while a long catalogue of tools is read', async () => {
  const { house } = houseOf(0, 1, 4 * LIMITS.pageRowsMax)
  expect(await countTurns(() => findPathsFrom(house, identity, 'docs:a'))).toBeGreaterThanOrEqual(4)
})
