import { describe, expect, it } from 'vitest'
import { CERTIFICATION } from '../../test/authzen/certification.ts'
import { personOf, reader, taskRequest, World } from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import { systemClock } from '../ground/clock.ts'
import { createIds } from '../ground/ids.ts'
import { LIMITS } from '../ground/limits.ts'
import { createDecide, type Decide } from './decide.ts'
import { compileDomain } from './domain/compile-domain.ts'
import type { EvaluationRequest, SearchRequest } from './requests.ts'
import type { DecideStore } from './store.ts'

const part = { after: null, limit: 100, tasks: [] }

type Asking = Partial<{ [Part in keyof EvaluationRequest]: Partial<EvaluationRequest[Part]> }>
const search = (what: SearchRequest['what'], more: Asking): SearchRequest => ({
  what,
  subject: { type: 'task', id: '', properties: {}, ...more.subject },
  action: { name: 'docs/read_text_file', properties: {}, ...more.action },
  resource: { type: 'docs', id: '/handbook/a.md', properties: {}, ...more.resource },
  context: more.context ?? {},
})

async function stage(): Promise<{
  readonly world: World
  readonly agent: AgentCaller
  readonly find: (request: SearchRequest, tasks?: readonly string[]) => Promise<unknown>
}> {
  const world = new World()
  const agent = await world.start()
  const find = async (request: SearchRequest, tasks: readonly string[] = []): Promise<unknown> => {
    const answer = await world.decide.search(request, { ...part, tasks }, agent)
    return answer.outcome === 'found' ? answer.found : answer.code
  }
  return { world, agent, find }
}

const withDomain = (world: World): void => {
  const fail = (): never => {
    throw new Error('the engines differ')
  }
  world.domains.put({ domain: compileDomain('app', CERTIFICATION, fail), guards: [] })
}

/** A decision point without domains, which tells nobody of what fails. */
const alone = ({ shelf }: World, store: DecideStore): Decide =>
  createDecide({ store, policies: shelf, clock: systemClock, ids: createIds(systemClock.nowMs) })

describe('a search under the own policies', () => {
  it('finds the actions of a task, by whichever way the task is named', async () => {
    const { agent, find } = await stage()
    const { id } = agent.task
    const ways: Asking[] = [
      { subject: { id } },
      { subject: { type: 'identity', id: reader.id }, context: { task: id } },
      { subject: { type: 'identity', id: reader.id, properties: { task: id } } },
      { subject: { type: 'agent', id: reader.name }, context: { task: id } },
    ]
    for (const way of ways) expect(await find(search('action', way))).toEqual(['docs/read_text_file'])
  })

  it('takes the task of the context before that of the subject', async () => {
    const { world, agent, find } = await stage()
    const scope = [{ action: 'docs/fetch_page', resource: 'docs:/handbook/*' }]
    const other = await world.start(reader.id, { ...taskRequest, scope })
    const subject = { type: 'identity', id: reader.id, properties: { task: other.task.id } }
    expect(await find(search('action', { subject }))).toEqual(['docs/fetch_page'])
    const context = { task: agent.task.id }
    expect(await find(search('action', { subject, context }))).toEqual(['docs/read_text_file'])
  })

  it.each([
    ['no task', {}],
    ['a task that is not there', { context: { task: 'tsk_none' } }],
    ['what is no text', { context: { task: 7 } }],
    ['what is endless', { context: { task: 'x'.repeat(LIMITS.nameCharsMax + 1) } }],
    ['what is not well-formed', { context: { task: '\ud800' } }],
  ])('finds no identity where it names %s', async (_, more) => {
    const { find } = await stage()
    expect(await find(search('subject', { subject: { type: 'identity' }, ...more }))).toEqual([])
  })

  it('finds the identity whose task it names, and the tasks that may do it', async () => {
    const { world, agent, find } = await stage()
    const context = { task: agent.task.id }
    expect(await find(search('subject', { subject: { type: 'identity' }, context }))).toEqual([reader.id])
    const scope = [{ action: 'docs/fetch_page', resource: 'docs:/handbook/*' }]
    const other = await world.start(reader.id, { ...taskRequest, scope })
    expect(await find(search('subject', {}), [agent.task.id, other.task.id])).toEqual([agent.task.id])
  })

  it.each(['x'.repeat(LIMITS.nameCharsMax + 1), '\ud800', 'tsk_none'])(
    'about a task that is none finds nothing',
    async (id) => {
      const { find, world } = await stage()
      expect(await find(search('action', { subject: { id } }))).toEqual([])
      expect(world.errors).toEqual([])
    },
  )

  it('is told in an entry about the own domain', async () => {
    const { world, agent } = await stage()
    const answer = await world.decide.search(search('action', { subject: { id: agent.task.id } }), part, agent)
    expect(answer.entry).toMatchObject({
      kind: 'search.answered',
      actor: { kind: 'identity', id: reader.id },
      subject: { kind: 'domain', id: 'remit' },
    })
  })
})

describe('a question about another domain', () => {
  it('is decided and searched under its policies, and told as about it', async () => {
    const world = new World()
    withDomain(world)
    const by = personOf(world)
    const subject = { type: 'user', id: 'alice', properties: {} }
    const resource = { type: 'record', id: 'record-1', properties: {} }
    const request = { ...search('resource', { subject, resource }), action: { name: 'read', properties: {} } }
    const answer = await world.decide.search(request, part, by, 'app')
    expect(answer).toMatchObject({ outcome: 'found', entry: { subject: { kind: 'domain', id: 'app' } } })
    expect((answer as { found: readonly string[] }).found).toContain('record-1')
    expect(await world.decide.evaluation(request, by, 'app')).toMatchObject({
      outcome: 'permit',
      entry: { subject: { kind: 'user', id: 'alice' } },
    })
  })

  it('that is not there is not found, also where there are no domains at all', async () => {
    const world = new World()
    withDomain(world)
    const without = alone(world, world.store)
    const by = personOf(world)
    for (const [decide, domain] of [
      [world.decide, 'other'],
      [without, 'app'],
    ] as const) {
      expect(await decide.evaluation(search('action', {}), by, domain)).toMatchObject({ code: 'not_found' })
      expect(await decide.search(search('action', {}), part, by, domain)).toMatchObject({ code: 'not_found' })
    }
  })
})

describe('a question that lacks what a question needs', () => {
  it('is denied and recorded with what is missing, and with who asked', async () => {
    const world = new World()
    const denial = world.refuse(await world.decide.unreadable('It has no subject.', personOf(world)))
    expect(denial).toMatchObject({
      kind: 'evaluation',
      code: 'request_invalid',
      reasons: [{ rule: 'error:request_invalid', sentence: 'It has no subject.' }],
      ask: { sentence: expect.stringContaining('a subject, an action and a resource') },
      entry: {
        kind: 'decision.denial',
        actor: { kind: 'person', id: 'psn_voter' },
        subject: { kind: 'evaluation', id: 'unreadable' },
      },
    })
  })
})

describe('a decision point that tells nobody of what fails', () => {
  it('still decides no, lists nothing, and does not fail itself', async () => {
    const world = new World()
    const agent = await world.start()
    const broken = { ...world.store, credential: () => Promise.reject(new Error('down')) }
    const decide = alone(world, broken)
    const call = { server: 'docs', tool: 'read_text_file', arguments: { path: 'handbook/a.md' } }
    expect(await decide.call(agent, call)).toMatchObject({ outcome: 'denial', code: 'policy_error' })
    expect(await decide.listable(agent, 'docs', ['read_text_file'])).toEqual([])
  })
})
