import { expect, it } from 'vitest'
import { countTurns } from '../../test/count-turns.ts'
import { LIMITS } from '../ground/limits.ts'
import { createRevokeStore } from './revoke.ts'
import type { Rows } from './rows.ts'

const PAGE = LIMITS.storeKeysMax
const idOf = (at: number): string => `idn_${String(at).padStart(6, '0')}`

/** An estate of three pages, of which some identities have a task, and where its pages were begun. */
function stage(tasksOf: readonly number[]) {
  const living = new Set(tasksOf.map(idOf))
  const begun: (string | undefined)[] = []
  const find = async (table: string, where: object, part: { after?: string; limit: number }): Promise<object[]> => {
    if (table === 'identities') {
      begun.push(part.after)
      return Array.from({ length: 2 * PAGE + 1 }, (_, at) => ({ id: idOf(at) }))
        .filter(({ id }) => id > (part.after ?? ''))
        .slice(0, part.limit)
    }
    const { identity_id: ids } = where as { readonly identity_id: readonly string[] }
    return ids
      .filter((id) => living.has(id))
      .slice(0, part.limit)
      .map((id) => ({ id: `tsk of ${id}`, identityId: id }))
  }
  const rows = { find } as unknown as Rows // all that is asked of it
  const found = createRevokeStore(rows).livingTasksOf('owner', 'psn_1')
  const findNext = async (limit: number): Promise<readonly string[]> => {
    begun.length = 0
    return (await found(limit)).map(({ identityId }) => identityId)
  }
  return { living, begun, findNext }
}

it('where a cutoff of an estate goes on, what it has gone by is not looked through again', async () => {
  const last = 2 * PAGE
  const { living, begun, findNext } = stage([0, 1, PAGE, last])
  expect(await findNext(3)).toEqual([idOf(0), idOf(1), idOf(PAGE)])
  for (const at of [0, 1, PAGE]) living.delete(idOf(at))
  expect(await findNext(3)).toEqual([idOf(last)])
  expect(begun).toEqual([idOf(PAGE - 1), idOf(2 * PAGE - 1)])
})

it('a cutoff of an estate finds again what still lives', async () => {
  const { findNext } = stage([0, 1, PAGE])
  expect(await findNext(2)).toEqual([idOf(0), idOf(1)])
  expect(await findNext(2)).toEqual([idOf(0), idOf(1)])
})

it('while an estate is gone through, others have their turn', async () => {
  const { findNext } = stage([])
  expect(await countTurns(() => findNext(5))).toBeGreaterThanOrEqual(2)
})
