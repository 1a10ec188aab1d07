import { describe, expect, it } from 'vitest'
import {
  delegationRequest,
  personOf,
  read,
  reader,
  taskRequest,
  World,
  write,
  writer,
} from '../../test/decide/world.ts'
import type { AgentCaller } from '../authenticate/caller.ts'
import type { Decision, Denial } from '../contract/decision.ts'
import { systemClock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { createIds } from '../ground/ids.ts'
import { createDecide, type Decide } from './decide.ts'
import type { SearchAnswer } from './domain/search/judge-search.ts'
import type { DecideStore } from './store.ts'

const audience = 'https://remit.test/mcp/docs'

interface Asked {
  readonly kind: string
  readonly subject: object
  readonly ask: (decide: Decide) => Promise<Decision>
}

/** One of each kind of question, with what its entry is about where it is denied. */
const asks: [string, (world: World, agent: AgentCaller) => Asked][] = [
  [
    'a task',
    (world) => ({
      kind: 'task',
      subject: { kind: 'identity', id: reader.id },
      ask: (decide) => decide.task(world.workload(), taskRequest),
    }),
  ],
  [
    'a task on behalf of a person',
    (world) => ({
      kind: 'task',
      subject: { kind: 'identity', id: reader.id },
      ask: (decide) => decide.behalfTask(personOf(world), reader.id, taskRequest),
    }),
  ],
  [
    'a delegation',
    (_, agent) => ({
      kind: 'delegation',
      subject: { kind: 'task', id: agent.task.id },
      ask: (decide) => decide.delegation(agent, delegationRequest),
    }),
  ],
  [
    'a token',
    (world, agent) => ({
      kind: 'token',
      subject: { kind: 'task', id: agent.task.id },
      ask: (decide) => decide.token(world.workload(writer.id), { taskId: agent.task.id, audience }),
    }),
  ],
  [
    'a call',
    (_, agent) => ({
      kind: 'call',
      subject: { kind: 'task', id: agent.task.id },
      ask: (decide) => decide.call(agent, write()),
    }),
  ],
  [
    'an evaluation',
    (_, agent) => ({
      kind: 'evaluation',
      subject: { kind: 'task', id: agent.task.id },
      ask: (decide) =>
        decide.evaluation(
          {
            subject: { type: 'task', id: agent.task.id, properties: {} },
            action: { name: 'docs/read_text_file', properties: {} },
            resource: { type: 'docs', id: '/handbook/a.md', properties: {} },
            context: {},
          },
          agent,
        ),
    }),
  ],
]

/** A store in which every read fails with the same. */
function failing({ moves, ...reads }: DecideStore, error: Error): DecideStore {
  const failed = Object.keys(reads).map((name) => [name, () => Promise.reject(error)] as const)
  return { moves, ...(Object.fromEntries(failed) as unknown as typeof reads) } // each under its own name
}

describe.each(asks)('%s that cannot be decided', (_, of) => {
  it.each([
    ['the store fails', new RemitError('store_failed'), 'store_failed', 'store_failed'],
    ['the disk of the store does', new RemitError('log_unavailable'), 'log_unavailable', 'log_unavailable'],
    ['a part of the store is damaged', new RemitError('store_damaged'), 'store_damaged', 'store_damaged'],
    ['the store was edited', new RemitError('store_edited'), 'policy_error', 'store_edited'],
    ['something breaks', new Error('private'), 'policy_error', 'internal'],
    ['the request was at fault', new RemitError('request_invalid'), 'request_invalid', 'request_invalid'],
    ['the request was too deep', new RemitError('body_too_deep'), 'body_too_deep', 'body_too_deep'],
  ] as const)('is denied, recorded and told to the operator where %s', async (__, error, code, told) => {
    const world = new World()
    const { ask, kind, subject } = of(world, await world.start(writer.id))
    const denial = world.refuse(await ask(world.decideWith(world.shelf.enforced(), failing(world.store, error))))
    expect(denial).toMatchObject({
      kind,
      code,
      reasons: [{ rule: `error:${told}`, sentence: 'It could not be decided, so the answer is no.' }],
      ask: { sentence: expect.stringContaining(code === 'store_damaged' ? 'trying again does not help' : 'Try again') },
      entry: { kind: 'decision.denial', subject, data: { decision: kind, outcome: 'denial', code, error: told } },
    })
    expect(JSON.stringify(denial.entry)).not.toContain('private')
    expect(world.errors).toEqual([error])
  })
})

const question = {
  subject: { type: 'user', id: 'alice', properties: {} },
  action: { name: 'read', properties: {} },
  resource: { type: 'record', id: 'record-1', properties: {} },
  context: {},
}
const part = { after: null, limit: 50, tasks: ['tsk_any'] }
const search = { ...question, what: 'subject', subject: { type: 'task', id: '', properties: {} } } as const

describe.each<[string, string, (decide: Decide, by: AgentCaller) => Promise<Decision | SearchAnswer>]>([
  ['a question of a domain', 'app', (decide, by) => decide.evaluation(question, by, 'app')],
  ['a search in a domain', 'app', (decide, by) => decide.search(search, part, by, 'app')],
  ['a search among the own decisions', 'remit', (decide, by) => decide.search(search, part, by)],
])('%s that cannot be decided', (_, name, ask) => {
  it('is denied and recorded with the name of the domain', async () => {
    const world = new World()
    const agent = await world.start(writer.id)
    const error = new RemitError('store_failed')
    const denial = await ask(world.decideWith(world.shelf.enforced(), failing(world.store, error)), agent)
    expect(denial).toMatchObject({
      outcome: 'denial',
      code: 'store_failed',
      entry: { kind: 'decision.denial', data: { domain: { name }, error: 'store_failed' } },
    })
    expect(world.errors).toEqual([error])
  })
})

describe('a decision', () => {
  it('that is a no is told to whoever watches for them, and one that is a yes is not', async () => {
    const world = new World()
    const denials: Denial[] = []
    const decide = createDecide({
      store: world.store,
      policies: world.shelf,
      clock: { ...systemClock, nowMs: () => world.nowMs },
      ids: createIds(systemClock.nowMs),
      noteDenial: (denial) => denials.push(denial),
    })
    const agent = await world.start()
    await decide.call(agent, read())
    expect(denials).toEqual([])
    const denial = await decide.call(agent, read('board/a.md'))
    expect(denials).toEqual([denial])
  })

  it('is the same, and the operator hears of it, where the policies that are observed beside fail', async () => {
    const world = new World()
    const agent = await world.start()
    const enforced = world.shelf.enforced()
    const error = new Error('shadow')
    const decide = (): never => {
      throw error
    }
    world.shelf.put({ enforced, shadow: { ...enforced, engine: { ...enforced.engine, decide } }, guards: [] })
    expect(world.take(await world.decide.call(agent, read())).outcome).toBe('permit')
    expect(world.errors).toEqual([error])
  })
})
