import { describe, expect, it } from 'vitest'
import { CERTIFICATION } from '../../../../test/authzen/certification.ts'
import { countTurns } from '../../../../test/count-turns.ts'
import { personOf, reader, World, writer, writerRequest } from '../../../../test/decide/world.ts'
import type { Caller } from '../../../authenticate/caller.ts'
import { LIMITS } from '../../../ground/limits.ts'
import type { SearchRequest } from '../../requests.ts'
import { compileDomain } from '../compile-domain.ts'
import type { SearchAnswer } from './judge-search.ts'

const handbook = 'docs:/handbook/a.md'

/** What is asked where nothing else is said: which tasks may read the handbook. */
function search(more: Partial<SearchRequest>): SearchRequest {
  return {
    what: 'subject',
    subject: { type: 'task', id: '', properties: {} },
    action: { name: 'docs/read_text_file', properties: {} },
    resource: { type: 'resource', id: handbook, properties: {} },
    context: {},
    ...more,
  }
}
const entity = (type: string, id = '', properties: object = {}) => ({ type, id, properties: { ...properties } })

async function stage() {
  const world = new World()
  const [own, other] = [await world.start(), await world.start(writer.id)]
  const ask = async (
    more: Partial<SearchRequest>,
    part: { readonly after?: string | null; readonly limit?: number; readonly tasks?: readonly string[] } = {},
    by: Caller = personOf(world),
  ): Promise<SearchAnswer> => {
    const answer = await world.decide.search(search(more), { after: null, limit: 50, tasks: [], ...part }, by)
    return answer.outcome === 'found' ? answer : expect.unreachable(JSON.stringify(answer.reasons))
  }
  return { world, own, other, tasks: [own.task.id, other.task.id].sort(), ask }
}

describe('a search for subjects', () => {
  it('of the type task asks of those that it is given, each once, in the order of their ids', async () => {
    const { tasks, ask } = await stage()
    const answer = await ask({}, { tasks: [...tasks.toReversed(), ...tasks, 'tsk_unknown'] })
    expect(answer).toMatchObject({ found: tasks, asked: 3, next: null })
  })

  it('finds only those that may', async () => {
    const { world, own, other, tasks, ask } = await stage()
    world.cutOff(`identity:${reader.id}`)
    expect((await ask({}, { tasks })).found).toEqual([other.task.id])
    expect(
      (await ask({ action: { name: 'docs/write_file', properties: {} } }, { tasks: [own.task.id] })).found,
    ).toEqual([])
  })

  it('leaves out what the asker may not ask about', async () => {
    const { own, tasks, ask } = await stage()
    expect(await ask({}, { tasks }, own)).toMatchObject({ found: [own.task.id], asked: 2 })
  })

  it('by an enforcement point names the entitlements by which it may ask, and is a conflict where they end before it is written', async () => {
    const { world, own, other, tasks, ask } = await stage()
    const leave = [{ action: 'read', resource: 'domain:remit' }]
    world.rows.put('resource_rules', { pattern: 'domain:*', sensitivity: 'internal' })
    world.change('entitlements', 'ent_writer', { scope: [...leave, ...other.task.scope] })
    const asker = await world.start(writer.id, { ...writerRequest, scope: leave })
    const answer = await ask({}, { tasks }, asker)
    expect(answer.found).toContain(own.task.id)
    expect(answer.entry.data).toMatchObject({ leave: { domain: 'remit', entitlements: ['ent_writer'] } })
    expect((await ask({}, { tasks }, own)).entry.data).not.toHaveProperty('leave')
    world.change('entitlements', 'ent_writer', { state: 'ended' })
    expect(() => world.rows.commit(answer.changes)).toThrow('conflict')
  })

  it.each(['identity', 'agent'])(
    'of the type %s asks of the one whose task is named, in context or subject',
    async (type) => {
      const { own, tasks, ask } = await stage()
      const task = own.task.id
      const found = [reader.id]
      expect((await ask({ subject: entity(type), context: { task } }, { tasks })).found).toEqual(found)
      expect((await ask({ subject: entity(type, '', { task }) }, { tasks })).found).toEqual(found)
      expect(await ask({ subject: entity(type) }, { tasks })).toMatchObject({ found: [], asked: 0, next: null })
      expect(await ask({ subject: entity(type), context: { task: 'tsk_unknown' } })).toMatchObject({ asked: 0 })
    },
  )

  it.each(['person', 'resource', 'constructor'])('of the type %s asks of nobody', async (type) => {
    const { own, tasks, ask } = await stage()
    expect(await ask({ subject: entity(type), context: { task: own.task.id } }, { tasks })).toMatchObject({ asked: 0 })
  })
})

describe('a search for resources', () => {
  it('asks of those that a rule or the scope of the task names exactly, and of no pattern', async () => {
    const { world, own, ask } = await stage()
    world.rows.put('resource_rules', { pattern: 'docs:/handbook/a.md', sensitivity: 'internal' })
    world.rows.put('resource_rules', { pattern: 'mail:inbox', sensitivity: 'public' })
    world.change('tasks', own.task.id, {
      scope: [...own.task.scope, { action: 'docs/*', resource: 'docs:/handbook/b.md' }],
    })
    const subject = entity('task', own.task.id)
    const all = await ask({ what: 'resource', subject, resource: entity('resource') })
    expect(all.asked).toBe(3)
    expect(all.found).toEqual(['docs:/handbook/a.md', 'docs:/handbook/b.md'])
    const docs = await ask({ what: 'resource', subject, resource: entity('docs') })
    expect([docs.asked, docs.found]).toEqual([2, ['/handbook/a.md', '/handbook/b.md']])
    expect(await ask({ what: 'resource', subject, resource: entity('ship') })).toMatchObject({ asked: 0, found: [] })
  })
})

describe('a search for actions', () => {
  it('asks of the classes and of the reviewed tools of the servers that the scope names', async () => {
    const { own, ask } = await stage()
    const action = { name: '', properties: {} }
    const answer = await ask({ what: 'action', subject: entity('task', own.task.id), action })
    expect(answer.found).toEqual(['docs/read_text_file'])
    expect(answer.asked).toBe(12)
    const untold = await ask({ what: 'action', subject: entity('task', 'tsk_unknown'), action })
    expect([untold.found, untold.asked]).toEqual([[], 7])
  })
})

describe('a search in parts', () => {
  it('ends where a part is full, and goes on behind it', async () => {
    const { tasks, ask } = await stage()
    const [first, second] = tasks
    const one = await ask({}, { tasks, limit: 1 })
    expect(one).toMatchObject({ found: [first], asked: 1, next: { after: first } })
    const two = await ask({}, { tasks, limit: 1, after: first ?? null })
    expect(two).toMatchObject({ found: [second], asked: 1, next: null })
    expect(await ask({}, { tasks, limit: 1, after: second ?? null })).toMatchObject({ found: [], asked: 0, next: null })
    expect(await ask({}, { tasks, limit: 0 })).toMatchObject({ found: [], asked: 0, next: { after: null } })
  })

  it('asks about so many at a time', async () => {
    const { ask } = await stage()
    const tasks = Array.from({ length: LIMITS.searchAskedOwnMax + 1 }, (_, at) => `tsk_${String(at).padStart(5, '0')}`)
    const last = tasks[LIMITS.searchAskedOwnMax - 1]
    expect(await ask({}, { tasks })).toMatchObject({
      found: [],
      asked: LIMITS.searchAskedOwnMax,
      next: { after: last },
    })
  })

  it('lets others have their turn between two that it asks about', async () => {
    const { ask } = await stage()
    const tasks = Array.from({ length: 20 }, (_, at) => `tsk_${at}`)
    expect(await countTurns(() => ask({}, { tasks }))).toBeGreaterThanOrEqual(20)
  })

  it('is on record with what was told, before anybody is told', async () => {
    const { world, own, other, tasks, ask } = await stage()
    const told = await ask({ context: { secret: 'x' } }, { tasks, limit: 1 })
    const version = world.shelf.enforced().version
    expect(told.entry).toMatchObject({
      kind: 'search.answered',
      subject: { kind: 'domain', id: 'remit' },
      actor: { kind: 'person', id: 'psn_voter' },
      policy: version,
    })
    expect(told.entry.data).toEqual({
      domain: { name: 'remit', version },
      search: {
        for: 'subject',
        subject: { type: 'task' },
        resource: { type: 'resource', id: handbook },
        action: 'docs/read_text_file',
      },
      found: [tasks[0]],
      asked: 1,
      isLast: false,
    })
    const whole = await ask({
      what: 'action',
      subject: entity('task', own.task.id),
      action: { name: '', properties: {} },
    })
    expect(whole.entry.data['search']).toEqual({
      for: 'action',
      subject: { type: 'task', id: own.task.id },
      resource: { type: 'resource', id: handbook },
    })
    expect(whole.entry.data['isLast']).toBe(true)
    const open = await ask({ what: 'resource', subject: entity('task', other.task.id), resource: entity('resource') })
    expect(open.entry.data['search']).toMatchObject({ for: 'resource', resource: { type: 'resource' } })
  })

  it('says long names in short', async () => {
    const { ask } = await stage()
    const long = 'x'.repeat(LIMITS.nameCharsMax + 50)
    const { entry } = await ask({
      subject: entity(long),
      action: { name: long, properties: {} },
      resource: entity(long, long),
    })
    expect(JSON.stringify(entry.data)).not.toContain(long)
  })
})

describe('a search in a domain of another application', () => {
  it('finds by its policies, and is on record under its version with what the leave to ask rested on', async () => {
    const { world } = await stage()
    const domain = compileDomain('app', CERTIFICATION, () => expect.unreachable())
    const guard = { op: 'require', table: 'purposes', key: 'release', version: 1 } as const
    world.domains.put({ domain, guards: [guard] })
    const request = search({
      what: 'resource',
      subject: entity('user', 'alice'),
      action: { name: 'write', properties: {} },
      resource: entity('record'),
    })
    const answer = await world.decide.search(request, { after: null, limit: 5, tasks: [] }, personOf(world), 'app')
    expect(answer).toMatchObject({
      outcome: 'found',
      found: ['record-1'],
      entry: {
        policy: domain.version,
        subject: { kind: 'domain', id: 'app' },
        data: { domain: { name: 'app', version: domain.version }, search: { for: 'resource' } },
      },
    })
    expect(answer.changes).toContainEqual(guard)
  })

  it('is refused to whoever has no leave to ask, and that is on record with the question', async () => {
    const { world, own } = await stage()
    world.domains.put({ domain: compileDomain('app', CERTIFICATION, () => expect.unreachable()), guards: [] })
    const answer = await world.decide.search(search({}), { after: null, limit: 5, tasks: [] }, own, 'app')
    expect(answer).toMatchObject({
      outcome: 'denial',
      code: 'asker_refused',
      entry: { data: { domain: { name: 'app' }, search: { for: 'subject' } } },
    })
    const lost = await world.decide.search(search({}), { after: null, limit: 5, tasks: [] }, own, 'other')
    expect(lost).toMatchObject({ outcome: 'denial', code: 'asker_refused' })
  })
})
