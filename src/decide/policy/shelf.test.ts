import { describe, expect, it } from 'vitest'
import { compilePolicies } from '../../../test/decide/policy-set.ts'
import { read, World, write, writer } from '../../../test/decide/world.ts'
import { insert, requireAbsent } from '../../contract/change.ts'

const schemaOf = (world: World): string => (JSON.parse(world.shelf.enforced().text) as { schema: string }).schema
const close = '@id("acme:closed") @sentence("Closed.") forbid (principal, action, resource);'

/** The policies of a world with one more that forbids everything. */
function closing(world: World) {
  const files = [...world.shelf.enforced().byId.values()].map(({ id, text }) => ({ name: id, text }))
  return compilePolicies(schemaOf(world), [...files, { name: 'own.cedar', text: close }])
}

describe('the policies on the shelf', () => {
  it('decide from the next hearing on once others are put there', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    expect(await world.decide.call(agent, read())).toMatchObject({ outcome: 'permit' })
    const enforced = closing(world)
    world.shelf.put({ enforced, shadow: null, guards: [] })
    expect(await world.decide.call(agent, read())).toMatchObject({
      outcome: 'denial',
      policyVersion: enforced.version,
      reasons: [{ rule: 'acme:closed' }],
      entry: { policy: enforced.version },
    })
  })

  it('decide nothing in shadow', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const before = world.shelf.enforced()
    world.shelf.put({ enforced: before, shadow: closing(world), guards: [] })
    expect(await world.decide.call(agent, read())).toMatchObject({ outcome: 'permit', policyVersion: before.version })
  })

  it('stay one set for a hearing that has begun when others are put there', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const before = world.shelf.enforced()
    const deciding = world.decide.call(agent, write())
    world.shelf.put({ enforced: closing(world), shadow: null, guards: [] })
    expect(await deciding).toMatchObject({ outcome: 'permit', policyVersion: before.version })
  })

  it('are guarded by every permit, and by no denial', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const guards = [requireAbsent('purposes', 'policies-moved')]
    world.shelf.put({ enforced: world.shelf.enforced(), shadow: null, guards })
    const permit = await world.decide.call(agent, write())
    expect(permit.changes).toContainEqual(guards[0])
    world.rows.commit([insert('purposes', { code: 'policies-moved', title: '', classes: [], ceiling: 'public' })])
    expect(() => world.rows.commit(permit.changes)).toThrow('conflict')
    world.shelf.put({ enforced: closing(world), shadow: null, guards })
    expect((await world.decide.call(agent, write())).changes).not.toContainEqual(guards[0])
  })
})
