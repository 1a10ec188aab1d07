import { describe, expect, it } from 'vitest'
import type { Caller } from '../../src/authenticate/caller.ts'
import type { Decide } from '../../src/decide/decide.ts'
import type { SearchRequest } from '../../src/decide/requests.ts'
import { personOf, reader, type World, writer } from '../decide/world.ts'
import { makeDomainWorld, makeWorld } from './askings.ts'
import { FAILURES, isRead, thrown, WRONG_ANSWERS } from './faulty-answers.ts'
import { type Fault, type Step, watchDecide } from './faulty-parts.ts'

type Asked = Parameters<Decide['search']>

/** Somebody searches, in a world where something is found. */
interface Searching {
  readonly world: World
  readonly asked: Asked
}

/** A kind of search, and how much it finds where nothing is wrong. */
interface SearchKind {
  readonly name: string
  readonly prepare: () => Promise<Searching>
  readonly finds: number
}

const base = (taskId: string): Omit<SearchRequest, 'what'> => ({
  subject: { type: 'task', id: taskId, properties: {} },
  action: { name: 'docs/read_text_file', properties: {} },
  resource: { type: 'resource', id: 'docs:/handbook/a.md', properties: {} },
  context: {},
})
const part = { after: null, limit: 50 }

async function searchOwn(what: SearchRequest['what'], by?: (world: World) => Caller): Promise<Searching> {
  const world = makeWorld()
  const [own, other] = [await world.start(reader.id), await world.start(writer.id)]
  world.rows.put('resource_rules', { pattern: 'docs:/handbook/a.md', sensitivity: 'internal' })
  const request: SearchRequest = { what, ...base(own.task.id) }
  const after = what === 'action' ? 'docs/read_many' : null // each that is asked about takes its time here
  return { world, asked: [request, { ...part, after, tasks: [own.task.id, other.task.id] }, by?.(world) ?? own] }
}

async function searchDomain(what: 'subject' | 'resource' | 'action'): Promise<Searching> {
  const { world, agent } = await makeDomainWorld()
  const request: SearchRequest = {
    what,
    subject: { type: 'user', id: 'alice', properties: {} },
    action: { name: 'read', properties: {} },
    resource: { type: 'record', id: 'record-1', properties: {} },
    context: {},
  }
  return { world, asked: [request, { ...part, tasks: [] }, agent, 'app'] }
}

const KINDS: readonly SearchKind[] = [
  { name: 'a person, for tasks', prepare: () => searchOwn('subject', personOf), finds: 2 },
  { name: 'an agent, for tasks', prepare: () => searchOwn('subject'), finds: 1 },
  { name: 'an agent, for resources', prepare: () => searchOwn('resource'), finds: 1 },
  { name: 'an agent, for actions', prepare: () => searchOwn('action'), finds: 1 },
  { name: 'an enforcement point, for subjects of a domain', prepare: () => searchDomain('subject'), finds: 2 },
  { name: 'an enforcement point, for resources of a domain', prepare: () => searchDomain('resource'), finds: 2 },
  { name: 'an enforcement point, for actions of a domain', prepare: () => searchDomain('action'), finds: 2 },
]

/** What is found once it is recorded: nothing where the search is refused, or what it rested on has moved. */
async function find(
  { world, asked }: Searching,
  faulty = '',
  fault?: Fault,
): Promise<{ found: readonly string[]; steps: readonly Step[] }> {
  const { decide, steps } = watchDecide(world, faulty, fault)
  try {
    const answer = await decide.search(...asked)
    world.rows.commit(answer.changes)
    return { found: answer.outcome === 'found' ? answer.found : [], steps }
  } catch {
    return { found: [], steps }
  }
}

/** Searches once for each of the steps, which goes wrong. Gives what was found then. */
async function findWith(
  kind: SearchKind,
  steps: readonly Step[],
  fault: Fault,
): Promise<readonly { readonly name: string; readonly found: readonly string[] }[]> {
  const all = []
  for (const { name } of steps) all.push({ name, found: (await find(await kind.prepare(), name, fault)).found })
  return all
}

/** Ids are made anew in each world: what is found more than else is told by how much it is. */
const isMore =
  (kind: SearchKind) =>
  (each: { readonly found: readonly string[] }): boolean =>
    each.found.length > kind.finds

describe.each(KINDS)('a search of $name', (kind) => {
  it('finds something where nothing fails, on many steps', async () => {
    const { found, steps } = await find(await kind.prepare())
    expect(found).toHaveLength(kind.finds)
    expect(steps.filter(isRead).length).toBeGreaterThan(5)
    expect(steps.map(({ name }) => name)).toContain('engine.decide 1')
  })

  it.each(FAILURES)('finds nothing, whichever step %s', async (_, fault) => {
    const { steps } = await find(await kind.prepare())
    expect((await findWith(kind, steps, fault)).filter(({ found }) => found.length > 0)).toEqual([])
  })

  it.each(WRONG_ANSWERS)('finds nothing more, whichever read gives %s', async (_, change) => {
    const { steps } = await find(await kind.prepare())
    const wrong: Fault = async (answer) => change(await answer())
    expect((await findWith(kind, steps.filter(isRead), wrong)).filter(isMore(kind))).toEqual([])
  })

  it.each([
    ['no', { allowed: false, determining: [], errors: [] }],
    ['yes, beside an error', { allowed: true, determining: ['base:call'], errors: ['x: overflow'] }],
    ['nothing', undefined],
  ])('finds less, or nothing, where the policies answer what it found with %s', async (_, answer) => {
    const searching = await kind.prepare()
    const enforced = searching.world.shelf.enforced()
    searching.world.shelf.put({
      enforced: { ...enforced, engine: { decide: () => answer as never } },
      shadow: null,
      guards: [],
    })
    expect((await find(searching)).found).toEqual([])
  })

  it('finds nothing where the clock cannot be told', async () => {
    const { steps } = await find(await kind.prepare())
    const clocks = steps.filter(({ name }) => name.startsWith('clock.'))
    expect(clocks.length).toBeGreaterThan(0)
    for (const fault of [() => Number.NaN, () => undefined, () => thrown(new Error('x'))])
      expect((await findWith(kind, clocks, fault)).filter(({ found }) => found.length > 0)).toEqual([])
  })
})
