import { describe, expect, it } from 'vitest'
import { compilePolicies } from '../../../test/decide/policy-set.ts'
import { read, reader, World, write, writer } from '../../../test/decide/world.ts'
import type { Policies } from '../policy/load-policies.ts'

function withOwn(world: World, text: string): Policies {
  const { schema } = JSON.parse(world.shelf.enforced().text) as { readonly schema: string }
  const files = [...world.shelf.enforced().byId.values()].map((policy) => ({ name: policy.id, text: policy.text }))
  return compilePolicies(schema, [...files, { name: 'own.cedar', text: `@id("own:new") @sentence("New.") ${text}` }])
}

const observe = (world: World, shadow: Policies): void =>
  world.shelf.put({ enforced: world.shelf.enforced(), shadow, guards: [] })

describe('policies in shadow', () => {
  it('leave no trace where they would have decided the same', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    observe(world, withOwn(world, 'forbid (principal, action, resource) when { principal.name == "nobody" };'))
    expect((await world.decide.call(agent, write())).entry.data).not.toHaveProperty('shadow')
  })

  it('change no answer, and the entry tells what they would have decided by which rule', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const shadow = withOwn(world, 'forbid (principal, action in Remit::Action::"change", resource);')
    observe(world, shadow)
    const permit = world.take(await world.decide.call(agent, write()))
    const denied = { version: shadow.version, outcome: 'denial', code: 'denied', rules: ['own:new'] }
    expect(permit.entry.data['shadow']).toEqual(denied)
    expect(permit.entry.policy).toBe(world.shelf.enforced().version)
    expect((await world.decide.call(agent, read())).entry.data).not.toHaveProperty('shadow')
  })

  it('tell of a permit that those in force deny, and that a person would have had to approve', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const rule = 'forbid (principal, action in Remit::Action::"change", resource) unless { context.approved };'
    const [held, shut] = [withOwn(world, rule), withOwn(world, rule.replace(' unless { context.approved }', ''))]
    const plain = world.shelf.enforced()
    world.shelf.put({ enforced: shut, shadow: plain, guards: [] })
    expect((await world.decide.call(agent, write())).entry.data).toMatchObject({
      outcome: 'denial',
      shadow: { version: plain.version, outcome: 'permit', rules: ['base:call'] },
    })
    world.shelf.put({ enforced: plain, shadow: held, guards: [] })
    expect((await world.decide.call(agent, write())).entry.data).toMatchObject({
      outcome: 'permit',
      shadow: { outcome: 'denial', code: 'approval_required', rules: ['own:new'] },
    })
  })

  it('are asked nothing where a law decides', async () => {
    const world = new World()
    const agent = await world.start(reader.id)
    observe(world, withOwn(world, 'forbid (principal, action, resource);'))
    const denial = world.refuse(await world.decide.call(agent, read('board/x.md')))
    expect(denial.reasons[0]?.rule).toMatch(/^law:/)
    expect(denial.entry.data).not.toHaveProperty('shadow')
  })

  it('that cannot be evaluated say so in the entry, and one that throws is told to the operator too', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const wrong = 'context.task.bytesMax * 9223372036854775807 > 0'
    observe(
      world,
      withOwn(world, `forbid (principal, action, resource is Remit::Resource) when { context has task && ${wrong} };`),
    )
    expect((await world.decide.call(agent, write())).entry.data).toMatchObject({
      outcome: 'permit',
      shadow: { outcome: 'denial', code: 'policy_error', rules: ['policy:error'] },
    })
    const shadow = {
      ...world.shelf.enforced(),
      version: 'v',
      engine: {
        decide: () => {
          throw new Error('broken')
        },
      },
    }
    observe(world, shadow)
    const { outcome, entry } = await world.decide.call(agent, write())
    expect([outcome, entry.data['shadow']]).toEqual(['permit', { version: 'v', failed: true }])
    expect(world.errors).toEqual([new Error('broken')])
  })

  it('have the words of a request kept that they alone look at', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const rule =
      'forbid (principal, action in Remit::Action::"change", resource) when { context.arguments.hasTag("content") };'
    observe(world, withOwn(world, rule))
    const { changes, entry } = await world.decide.call(agent, write())
    expect(entry.data['shadow']).toMatchObject({ outcome: 'denial' })
    expect(changes).toContainEqual(expect.objectContaining({ op: 'insert', table: 'payloads' }))
  })
  it('see what the chain has done, also where nothing in force looks at that', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const done = 'context.history.permitted.hasTag("docs/write_file")'
    const shadow = withOwn(world, `forbid (principal, action in Remit::Action::"change", resource) when { ${done} };`)
    observe(world, shadow)
    expect(world.take(await world.decide.call(agent, write('handbook/a.md'))).entry.data).not.toHaveProperty('shadow')
    const { entry, changes } = world.take(await world.decide.call(agent, write('handbook/b.md')))
    expect(entry.data['shadow']).toMatchObject({ outcome: 'denial', rules: ['own:new'] })
    expect(changes).not.toContainEqual(expect.objectContaining({ table: 'payloads' }))
  })
})
