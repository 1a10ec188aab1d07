import { describe, expect, it } from 'vitest'
import { addPolicies } from '../../../test/decide/policies-with.ts'
import { read, taskRequest, World, write, writer } from '../../../test/decide/world.ts'
import type { AgentCaller } from '../../authenticate/caller.ts'
import { ACTION_CLASSES } from '../../contract/action-class.ts'
import { chainActKey, isNameAt, nameAt } from '../../contract/counters/chain-act.ts'
import type { PermittedCall } from '../../contract/decision.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { CallRequest } from '../requests.ts'
import { countSuccess, createLook, findUncounted, guardHistory, namesCounted, tellHistory } from './history.ts'

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
  world.rows.commit(countSuccess(agent.task.rootId, counted, world.nowMs))
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
  const placesOf = (world: World): readonly string[] =>
    world.rows
      .all('chain_acts')
      .map(({ name }) => name)
      .filter(isNameAt)

  it('is counted where a policy looks at it, under the tool and its class, and nowhere else', async () => {
    const { world, agent } = await stage(ORDER)
    world.take(await world.decide.call(agent, read(one)))
    expect(placesOf(world)).toEqual([nameAt('docs/read_text_file', idOf(one)), nameAt('read', idOf(one))])
    const plain = new World()
    plain.take(await plain.decide.call(await plain.start(writer.id), read(one)))
    expect(placesOf(plain)).toEqual([])
  })

  it('is counted under each name once, at each resource', () => {
    const resources = [{ id: 'a' }, { id: 'b' }]
    expect(namesCounted({ isToldHere: false }, ['read', 'read'], resources)).toEqual(['read'])
    expect(namesCounted({ isToldHere: true }, ['t', 'read'], resources)).toEqual([
      't',
      'read',
      ...['a', 'b'].flatMap((id) => [nameAt('t', id), nameAt('read', id)]),
    ])
  })
})

/** What was done under a name, as it is kept. */
const act = (name: string) => ({
  rootId: 'tsk_1',
  name,
  firstMs: 1,
  permitted: 1,
  lastMs: 1,
  succeeded: 0,
  succeededMs: 0,
  version: 1,
  entry: 1,
})

describe('what a chain can have counted', () => {
  const places = (count: number) => Array.from({ length: count }, (_, at) => act(nameAt('docs/read', `docs:/${at}`)))
  const on = (id: string, name = 'docs/read') => ({ name, resources: [{ id }] })
  const full = { acts: [act('docs/read'), ...places(LIMITS.chainPlacesMax)], isToldHere: true }

  it('is bounded in the resources that it may be: those that are known go on, no further one comes', () => {
    expect(findUncounted(full, on('docs:/0'))).toBeNull()
    expect(findUncounted(full, on('docs:/new'))).toContain(`(${LIMITS.chainPlacesMax})`)
    expect(findUncounted({ ...full, acts: full.acts.slice(1) }, on('docs:/0'))).toBeNull()
    expect(findUncounted({ ...full, acts: full.acts.slice(0, -1) }, on('docs:/new'))).toBeNull()
  })

  it('is not bounded in them where no policy looks at them', () => {
    expect(findUncounted({ ...full, isToldHere: false }, on('docs:/new'))).toBeNull()
  })

  it('counts no resource as a tool', () => {
    const tools = Array.from({ length: LIMITS.chainActsMax - 1 }, (_, at) => act(`docs/t${at}`))
    const acts = [...tools, ...places(9)]
    expect(findUncounted({ acts, isToldHere: true }, on('docs:/0'))).toBeNull()
    expect(findUncounted({ acts: [...acts, act('docs/last')], isToldHere: true }, on('docs:/0'))).toContain('256 tools')
  })
})

describe('a permit that rests on what was done', () => {
  const acts = [act('docs/read'), act(nameAt('docs/read', 'docs:/a')), act(nameAt('docs/write', 'docs:/b'))]
  const history = { rootId: 'tsk_1', acts, isTold: true, isToldHere: true }
  const guarded = (look: ReturnType<typeof createLook>) =>
    guardHistory(history, look).map((change) => 'key' in change && change.key)
  const keys = (...names: readonly string[]) => names.map((name) => chainActKey('tsk_1', name))

  it('to a resource is guarded by that, whether or not something was', () => {
    const look = createLook(history)
    look.at('docs:/a').saw('docs/read')
    look.at('docs:/a').saw('read')
    expect(guarded(look)).toEqual(keys(nameAt('docs/read', 'docs:/a'), nameAt('read', 'docs:/a')))
  })

  it('is guarded by all of it where all was looked at, at that resource or at all', () => {
    const [here, whole] = [createLook(history), createLook(history)]
    here.at('docs:/a').sawAll()
    whole.sawAll()
    expect(guarded(here)).toEqual(keys(...['docs/read', ...ACTION_CLASSES].map((name) => nameAt(name, 'docs:/a'))))
    expect(guarded(whole)).toEqual(keys('docs/read', ...ACTION_CLASSES))
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
