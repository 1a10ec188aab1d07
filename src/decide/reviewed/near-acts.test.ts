import { describe, expect, it } from 'vitest'
import {
  read,
  reader,
  type World as Stage,
  taskRequest,
  World,
  write,
  writer,
  writerRequest,
} from '../../../test/decide/world.ts'
import { meter } from '../../contract/change.ts'
import type { Scope } from '../../contract/scope.ts'
import type { CallRequest, TaskRequest } from '../requests.ts'

const page = (resource: string, tool = 'read_text_file') => ({ action: `docs/${tool}`, resource })
const wide = ['fetch_page', 'read_many', 'read_text_file'].map((tool) => page('docs:/*', tool))

/** What is said to be near a call that is denied, of the reader in such a task. */
async function near(request: CallRequest, more: Partial<TaskRequest> = {}, before: (stage: Stage) => void = () => {}) {
  const world = new World()
  const agent = await world.start(reader.id, { ...taskRequest, ...more })
  before(world)
  const denial = world.refuse(await world.decide.call(agent, request))
  expect(world.errors).toEqual([])
  return denial.nearest
}

describe('what is said to be allowed near a call that is denied', () => {
  it.each<[string, CallRequest, Partial<TaskRequest>, Scope]>([
    ['the same tool elsewhere', read('board/a.md'), {}, [page('docs:/handbook/*')]],
    ['another tool on the same resource', write(), {}, [page('docs:/handbook/a.md')]],
    ['all there is, of a tool that nobody has reviewed', { ...read(), tool: 'new' }, {}, taskRequest.scope],
    ['the same tool, where the resource cannot be told', read(7), {}, taskRequest.scope],
    [
      'each other tool on the same resource',
      write(),
      { scope: wide },
      ['fetch_page', 'read_many', 'read_text_file'].map((tool) => page('docs:/handbook/a.md', tool)),
    ],
    ['nothing that holds what lies above the ceiling', read('board/a.md'), { scope: wide }, []],
    ['what may be read of something narrower', read('board/a.md'), { scope: [page('docs:/board/*')] }, []],
  ])('is %s', async (_, request, more, scope) => {
    expect(await near(request, more)).toEqual(scope)
  })

  it('is what the rules of resources say to be under the ceiling', async () => {
    const reclassified = await near(read('mail.md'), { scope: wide }, (world) => {
      world.classify({ pattern: 'docs:/*', sensitivity: 'restricted' })
      world.classify({ pattern: 'docs:/handbook/*', sensitivity: 'internal' })
    })
    expect(reclassified).toContainEqual(page('docs:/handbook/*'))
    expect(reclassified.map(({ resource }) => resource)).not.toContain('docs:/*')
  })

  it('is no folder in which something lies above the ceiling', async () => {
    const scope = [page('docs:/handbook/*'), page('docs:/mine'), page('docs:/mine/a.md')]
    const denied = (before: (stage: Stage) => void) => near(read('board/a.md'), { scope }, before)
    const classify = (world: Stage) => world.classify({ pattern: 'docs:/mine*', sensitivity: 'public' })
    expect(await denied(classify)).toEqual(scope)
    const stricter = await denied((world) => {
      classify(world)
      world.classify({ pattern: 'docs:/mine/pay.csv', sensitivity: 'restricted' })
    })
    expect(stricter).toEqual([page('docs:/handbook/*'), page('docs:/mine/a.md')])
  })

  it('is inside what the entitlement covers', async () => {
    const narrowed = { scope: [page('docs:/handbook/b*')] }
    const scope = await near(read('handbook/a.md'), {}, (world) => {
      world.change('entitlements', 'ent_reader', narrowed)
    })
    expect(scope).toEqual(narrowed.scope)
  })

  it('is the same however many entitlements cover it', async () => {
    const folders = ['a', 'b', 'c', 'd', 'e'].map((folder) => page(`docs:/handbook/${folder}/*`))
    const scope = await near(read('mail.md'), { scope: folders }, (world) => {
      const [row] = world.rows.all('entitlements').filter(({ identityId }) => identityId === reader.id)
      if (row === undefined) throw new Error('the reader is entitled to nothing')
      for (let at = 0; at < 50; at += 1) world.rows.put('entitlements', { ...row, id: `ent_${at}` })
    })
    expect(scope).toEqual(folders)
  })

  it.each<[string, Record<string, number>]>([
    ['a change, where the task has read what is secret and what is untrusted', { confidentiality: 2, integrity: 1 }],
    ['a change, where no more of them fits the budget', { writes: 5 }],
  ])('is not %s', async (_, used) => {
    const world = new World()
    const agent = await world.start(writer.id, writerRequest)
    const { writes = 0, ...raise } = used
    world.rows.commit([meter('task_usage', agent.task.id, { add: { writes }, raise, atMost: {} })])
    const { nearest } = world.refuse(await world.decide.call(agent, write(7)))
    expect(nearest.map(({ action }) => action)).toEqual(['docs/fetch_page', 'docs/read_text_file'])
  })

  it('is nothing, where whatever the task did would be denied', async () => {
    expect(await near(read(), {}, (world) => world.change('identities', reader.id, { state: 'suspended' }))).toEqual([])
  })
})
