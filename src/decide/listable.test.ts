import { describe, expect, it } from 'vitest'
import { newEntitlement, newToolRule } from '../../test/decide/nouns.ts'
import { reader, taskRequest, World, writer } from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import { LIMITS } from '../ground/limits.ts'

type Change = (world: World, agent: AgentCaller) => void

describe('a list of tools', () => {
  it('shows what the task could use, and nothing else', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    expect(
      await world.decide.listable(agent, 'docs', ['write_file', 'read_text_file', 'changed', 'rm', 'read_many']),
    ).toEqual(['write_file', 'read_text_file'])
    expect(await world.decide.listable(agent, 'elsewhere', ['read_text_file'])).toEqual([])
    const other = await world.start()
    expect(await world.decide.listable(other, 'docs', ['write_file', 'read_text_file'])).toEqual(['read_text_file'])
  })

  it('of a thousand tools has those of a wide scope', async () => {
    const world = new World()
    const tools = Array.from({ length: LIMITS.toolsPerServerMax }, (_, at) => `tool_${at}`)
    for (const tool of tools) world.rows.put('tool_rules', newToolRule({ server: 'big', tool }))
    const scope = tools.slice(0, LIMITS.scopeGrantsMax).map((tool) => ({ action: `big/${tool}`, resource: 'docs:/*' }))
    world.change('entitlements', 'ent_reader', { scope })
    for (const id of ['ent_more', 'ent_most'])
      world.rows.put('entitlements', { ...newEntitlement({ id, identityId: reader.id, scope }) })
    const agent = await world.start(reader.id, { ...taskRequest, scope })
    expect(await world.decide.listable(agent, 'big', tools)).toEqual(tools.slice(0, scope.length))
  })

  const empty: [string, Change][] = [
    ['the task has ended', (world, agent) => world.change('tasks', agent.task.id, { state: 'completed' })],
    ['the identity is suspended', (world) => world.change('identities', reader.id, { state: 'suspended' })],
    ['the upstream is cut off', (world) => world.cutOff('upstream:docs')],
    ['the entitlement ended', (world) => world.change('entitlements', 'ent_reader', { state: 'ended' })],
    ['the purpose lost the class', (world) => world.change('purposes', 'summarise', { classes: [] })],
    [
      'the store fails',
      (world) => {
        world.store.tasks = () => Promise.reject(new Error('down'))
      },
    ],
  ]
  it.each(empty)('is empty when %s', async (_, change) => {
    const world = new World()
    const agent = await world.start()
    change(world, agent)
    expect(await world.decide.listable(agent, 'docs', ['read_text_file'])).toEqual([])
  })
})
