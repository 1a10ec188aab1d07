import { expect, it } from 'vitest'
import { countTurns } from '../../../test/count-turns.ts'
import { newToolRule } from '../../../test/decide/nouns.ts'
import { sampleEntitlement, sampleIdentity, samplePerson } from '../../../test/register/samples.ts'
import type { House } from '../house.ts'
import { findOpenable, type Openable } from './find-openable.ts'

const folders = Array.from({ length: 20 }, (_, at) => `docs:${at}/*`)
const entitlement = sampleEntitlement({
  state: 'granted',
  startsMs: 0,
  endsMs: 2,
  classes: ['read'],
  ceiling: 'internal',
  scope: folders.map((resource) => ({ action: 'docs/*', resource })),
})
const house = {
  clock: { nowMs: () => 1 },
  register: {
    person: async (id: string) => samplePerson(id),
    purpose: async () => ({ classes: ['read'], ceiling: 'internal' }),
    entitlementsOf: async () => [entitlement],
  },
} as unknown as House // all that is asked of it

it('others have their turn between two grants, and what each reaches is told', async () => {
  const tools = ['read', 'list'].map((tool) => newToolRule({ server: 'docs', tool, actionClass: 'read' }))
  const resources = [{ pattern: 'docs:*', sensitivity: 'internal' as const }]
  let found: readonly Openable[] = []
  const turns = await countTurns(async () => {
    const identity = sampleIdentity({ state: 'active' })
    found = await findOpenable(house, identity, 'docs:*', { tools, resources })
  })
  expect(found.map(({ scope }) => scope.map(({ resource }) => resource).toSorted())).toEqual([folders.toSorted()])
  expect(turns).toBeGreaterThanOrEqual(folders.length)
})
