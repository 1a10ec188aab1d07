import { describe, expect, it } from 'vitest'
import { addPolicies } from '../../../test/decide/policies-with.ts'
import { read, taskRequest, World, write, writer } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import { ACTION_CLASSES } from '../../contract/action-class.ts'
import { chainActKey } from '../../contract/counters/chain-act.ts'
import type { PermittedCall } from '../../contract/decision.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { CallRequest } from '../requests.ts'
import type { DecideStore } from '../store.ts'
import { countSuccess, createLook, findCounted, guardHistory, placeIn, tellHistory } from './history.ts'

const ORDER = `
@id("here:check-first") @sentence("A file is written only after that very file was fetched with success.")
forbid (principal, action in Remit::Action::"call", resource)
when { context.tool.name == "docs/write_file" }
unless { context.here.succeeded.hasTag("docs/fetch_page") };`

const PAUSE = `
@id("here:pause") @sentence("No file is written within ten minutes of reading it.")
forbid (principal, action in Remit::Action::"change", resource)
when { context.here.lastPermitted.hasTag("read") &&
  context.now < context.here.lastPermitted.getTag("read").offset(duration("10m")) };`

const ONCE = `
@id("here:once") @sentence("No file is written twice.")
forbid (principal, action == Remit::Action::"write", resource)
when { context.here.permitted.hasTag("docs/write_file") };`

const [one, other] = ['handbook/a.md', 'handbook/b.md']
const idOf = (path: string): string => `docs:/${path}`
const fetchPage = (path: string): CallRequest => ({ server: 'docs', tool: 'fetch_page', arguments: { path } })

async function stage(policies: string): Promise<{ readonly world: World; readonly agent: AgentCaller }> {
  const world = new World(addPolicies(policies))
  return { world, agent: await world.start(writer.id) }
}

const verdict = async (world: World, agent: AgentCaller, call: CallRequest): Promise<string> => {
  const decision = await world.decide.call(agent, call)
  if (decision.outcome === 'permit') world.take(decision)
  return decision.outcome === 'permit' ? 'permit' : (decision.reasons[0]?.rule ?? '')
}

/** Lets a call through, and says that it came back well, as the flow does. */
async function finish(world: World, agent: AgentCaller, call: CallRequest): Promise<void> {
  const { counted } = world.take(await world.decide.call(agent, call)).grant as PermittedCall
  world.rows.commit(countSuccess(counted, world.nowMs))
}

describe('a rule about what was done to the same resource', () => {
  it('opens nothing by what was done to another one', async () => {
    const { world, agent } = await stage(ORDER)
    await finish(world, agent, fetchPage(other))
    expect(await verdict(world, agent, write(one))).toBe('here:check-first')
    world.take(await world.decide.call(agent, fetchPage(one))) // permitted is not yet done
    expect(await verdict(world, agent, write(one))).toBe('here:check-first')
    await finish(world, agent, fetchPage(one))
    expect([await verdict(world, agent, write(one)), await verdict(world, agent, write(other))]).toEqual([
      'permit',
      'permit',
    ])
  })

  it('asks of an act on several resources that it was done to each', async () => {
    const { world, agent } = await stage(
      ORDER.replace('"docs/write_file"', '"docs/read_many"').replace(
        'in Remit::Action::"call"',
        '== Remit::Action::"read"',
      ),
    )
    world.change('entitlements', 'ent_writer', { scope: [{ action: 'docs/*', resource: 'docs:/*' }] })
    const reader = await world.start(writer.id, {
      ...taskRequest,
      purpose: 'release',
      scope: [{ action: 'docs/*', resource: 'docs:/*' }],
    })
    const many: CallRequest = { server: 'docs', tool: 'read_many', arguments: { paths: [one, other] } }
    await finish(world, reader, fetchPage(one))
    expect(await verdict(world, reader, many)).toBe('here:check-first')
    await finish(world, reader, fetchPage(other))
    expect(await verdict(world, reader, many)).toBe('permit')
    expect(await verdict(world, agent, write(one))).toBe('permit')
  })

  it('holds for a time, of that resource alone', async () => {
    const { world, agent } = await stage(PAUSE)
    world.take(await world.decide.call(agent, read(one)))
    expect([await verdict(world, agent, write(one)), await verdict(world, agent, write(other))]).toEqual([
      'here:pause',
      'permit',
    ])
    world.nowMs += 600_000
    expect(await verdict(world, agent, write(one))).toBe('permit')
  })

  it('holds where an enforcement point asks', async () => {
    const { world, agent } = await stage(PAUSE)
    world.take(await world.decide.call(agent, read(one)))
    const ask = async (path: string): Promise<string> => {
      const asked = await world.decide.evaluation(
        {
          subject: { type: 'task', id: agent.task.id, properties: {} },
          action: { name: 'docs/write_file', properties: {} },
          resource: { type: 'resource', id: idOf(path), properties: {} },
          context: {},
        },
        agent,
      )
      return asked.outcome
    }
    expect([await ask(one), await ask(other)]).toEqual(['denial', 'permit'])
  })

  it('does not win against the same thing at the same moment, and goes on beside what is done to another', async () => {
    const { world, agent } = await stage(ONCE)
    world.take(await world.decide.call(agent, write('handbook/c.md'))) // a first decision is held against Cedar's own engine
    const racing = [write(one), write(one), write(other)].map((call) => world.decide.call(agent, call))
    const [first, second, third] = await Promise.all(racing)
    if (first === undefined || second === undefined || third === undefined) return expect.unreachable()
    world.take(first)
    expect(() => world.take(second)).toThrow(expect.objectContaining({ code: 'conflict' }))
    expect(await verdict(world, agent, write(one))).toBe('here:once')
    world.take(third)
    expect(await verdict(world, agent, write(other))).toBe('here:once')
  })
})

describe('what was done to a resource', () => {
  const placesOf = (world: World, { task: { rootId } }: AgentCaller): readonly string[] =>
    world.rows
      .all('chain_acts')
      .filter((act) => act.rootId !== rootId)
      .map((act) => chainActKey(act.rootId, act.name))

  it('is counted where a policy looks at it, under the tool and its class, and nowhere else', async () => {
    const { world, agent } = await stage(ORDER)
    world.take(await world.decide.call(agent, read(one)))
    const place = placeIn(agent.task.rootId, idOf(one))
    expect(placesOf(world, agent)).toEqual([`${place}/docs/read_text_file`, `${place}/read`])
    const plain = new World()
    const other = await plain.start(writer.id)
    plain.take(await plain.decide.call(other, read(one)))
    expect(placesOf(plain, other)).toEqual([])
  })

  it('is counted under each name once, at each resource', () => {
    const resources = [{ id: 'a' }, { id: 'b' }]
    const told = { rootId: 'tsk_1', isTold: true }
    expect(findCounted({ ...told, isToldHere: false }, ['read', 'read'], resources)).toEqual([
      { rootId: 'tsk_1', name: 'read' },
    ])
    expect(findCounted({ ...told, isToldHere: true }, ['t', 'read'], resources)).toEqual(
      ['tsk_1', placeIn('tsk_1', 'a'), placeIn('tsk_1', 'b')].flatMap((rootId) => [
        { rootId, name: 't' },
        { rootId, name: 'read' },
      ]),
    )
  })

  it('stands under no longer key where the resource has a longer name: entries and databases have room for few', async () => {
    const { world, agent } = await stage(ORDER)
    const path = (at: number): string => `handbook/${at}${'…'.repeat(LIMITS.resourceCharsMax - 20)}`
    const paths = Array.from({ length: LIMITS.callResourcesMax }, (_, at) => path(at))
    world.change('entitlements', 'ent_writer', { scope: [{ action: 'docs/*', resource: 'docs:/*' }] })
    const reader = await world.start(writer.id, {
      ...taskRequest,
      purpose: 'release',
      scope: [{ action: 'docs/read_many', resource: 'docs:/*' }],
    })
    world.take(await world.decide.call(reader, { server: 'docs', tool: 'read_many', arguments: { paths } }))
    const keys = placesOf(world, reader)
    expect(keys).toHaveLength(2 * paths.length)
    for (const key of keys) expect(key.length).toBeLessThan(150)
    expect(await verdict(world, agent, write(path(0)))).toBe('here:check-first')
  })

  it('is read of the resources that are asked about alone, so that no chain gets slower by what it has done to others', async () => {
    const { world, agent } = await stage(ORDER)
    for (let at = 0; at < 5; at++) world.take(await world.decide.call(agent, read(`handbook/${at}.md`)))
    const found: string[] = []
    const chainActs: DecideStore['chainActs'] = async (of) => {
      const acts = await world.store.chainActs(of)
      found.push(...acts.map(({ rootId, name }) => chainActKey(rootId, name)))
      return acts
    }
    const { call } = world.decideWith(addPolicies(ORDER), { ...world.store, chainActs })
    expect((await call(agent, read('handbook/3.md'))).outcome).toBe('permit')
    const { rootId } = agent.task
    expect(found.toSorted()).toEqual(
      [rootId, placeIn(rootId, idOf('handbook/3.md'))]
        .flatMap((of) => [`${of}/docs/read_text_file`, `${of}/read`])
        .toSorted(),
    )
  })
})

describe('what was done', () => {
  const place = placeIn('tsk_1', 'docs:/a')
  const act = (rootId: string) => ({
    rootId,
    name: 'docs/read',
    firstMs: 1,
    permitted: 1,
    lastMs: 1,
    succeeded: 0,
    succeededMs: 0,
    version: 1,
    entry: 1,
  })
  const acts = [act('tsk_1'), act(place), act(placeIn('tsk_1', 'docs:/b'))]
  const history = { rootId: 'tsk_1', acts, isTold: true, isToldHere: true }
  const guarded = (look: ReturnType<typeof createLook>) =>
    guardHistory(history, look).map((change) => 'key' in change && change.key)
  const keysAt = (of: string, ...names: readonly string[]) => names.map((name) => chainActKey(of, name))

  it('to a resource is guarded by that, whether or not something was', () => {
    const look = createLook(history)
    look.at('docs:/a').saw('docs/read')
    look.at('docs:/a').saw('read')
    expect(guarded(look)).toEqual(keysAt(place, 'docs/read', 'read'))
  })

  it('is guarded by all of it where all was looked at, at that resource or at all', () => {
    const [here, whole] = [createLook(history), createLook(history)]
    here.at('docs:/a').sawAll()
    whole.sawAll()
    expect(guarded(here)).toEqual(keysAt(place, 'docs/read', ...ACTION_CLASSES))
    expect(guarded(whole)).toEqual(keysAt('tsk_1', 'docs/read', ...ACTION_CLASSES))
  })

  it('is told where policies look at it: at all, to the resource, or both', () => {
    const told = (more: object) =>
      tellHistory(
        { ...history, ...more },
        createLook(history),
      )('docs:/a').map(({ uid, tags }) => [uid.id, Object.keys(tags ?? {})])
    expect(told({ isTold: false })).toContainEqual(['here/permitted', ['docs/read']])
    expect(told({ isTold: false })).toHaveLength(5)
    expect(told({})).toContainEqual(['permitted', ['docs/read']])
    expect(told({})).toHaveLength(10)
    expect(told({ isToldHere: false })).toHaveLength(5)
  })
})

describe('policies that use what was done to a resource', () => {
  it.each([
    [ORDER, false, true],
    [
      '@id("a:b") @sentence("here") forbid (principal, action, resource) when { context has now && false };',
      false,
      false,
    ],
  ])('are known', (text, usesHistory, usesHere) => {
    expect(addPolicies(text)).toMatchObject({ usesHistory, usesHere })
  })
})
