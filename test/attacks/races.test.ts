import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { type House, startHouse } from '../house.ts'
import { codeOf, enter, furnish, letAct, makeSummariser, openTask, recordOf, register } from '../scenarios/cast.ts'
import { callTool, type Heard, post, verdictOn } from './intruder.ts'

let house: House

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
})

afterAll(async () => void (await house.end()))

/** The entries that permit an identity anything. */
async function permitsOf(id: string): Promise<readonly number[]> {
  const { entries } = house.people.ada.client
  const { size } = await entries.list({ limit: 1 })
  const found: number[] = []
  for (let from = 0; from < size; from += 200) {
    const page = await entries.list({ from, limit: 200 })
    const permits = page.entries.filter(({ entry }) => entry.kind === 'decision.permit')
    found.push(...permits.filter(({ entry }) => JSON.stringify(entry).includes(id)).map(({ index }) => index))
  }
  return found
}

const read = (args: string, token: AccessToken): Promise<Heard> =>
  callTool(house, token, `{"name":"read_text_file","arguments":${args}}`)

/** Something that many sides do again and again, until they are told to stop. */
interface Storm<T> {
  /** Resolves once it was answered with a yes so often. */
  readonly raging: Promise<void>
  /** Lets each side hear its last answer, and gives all answers. */
  readonly settle: () => Promise<readonly T[]>
}

/**
 * Starts a storm; each side asks `timesMax` times at most, so that one that never gets a yes ends. Once it rages, a side
 * that hears a no is done: an address that fails too often would not be heard at all, and neither would the next test.
 */
function raise<T>(ask: () => Promise<T>, isYes: (answer: T) => boolean, yesMin: number, timesMax: number): Storm<T> {
  const answers: T[] = []
  const raging = Promise.withResolvers<void>()
  let [isRaging, isOver] = [false, false]
  const side = async (): Promise<void> => {
    for (let at = 0; at < timesMax && !isOver; at++) {
      const answer = await ask()
      answers.push(answer)
      if (isRaging && !isYes(answer)) return
      isRaging ||= answers.filter(isYes).length >= yesMin
      if (isRaging) raging.resolve()
    }
  }
  const sides = Promise.all(Array.from({ length: 20 }, side))
  sides.then(() => raging.reject(new Error(`${answers.length} answers, too few with a yes`)), raging.reject)
  return {
    raging: raging.promise,
    settle: async () => {
      isOver = true
      await sides
      return answers
    },
  }
}

const permitsMin = 30

describe('when it is taken back in the middle of many calls', () => {
  it.each(['cutoff', 'complete', 'suspend'] as const)(
    'by %s, nothing is permitted after the entry that says so',
    async (how) => {
      const racer = makeSummariser(house, `racer-${how}`)
      const id = await register(house, racer)
      const taskId = await openTask(house, racer, { budget: { callsMax: 1_000, writesMax: 0, bytesMax: 10_000_000 } })
      const { token: held, gateway } = await enter(racer, taskId)
      await gateway.close()
      await racer.agent.apiToken(taskId)
      const args = JSON.stringify({ path: `${house.documents}/public/handbook.md` })
      const isPermit = (verdict: string): boolean => verdict === 'permitted'
      const storm = raise(async () => verdictOn(await read(args, held)), isPermit, permitsMin, 45)
      await storm.raging
      const end = {
        cutoff: async () =>
          (await house.people.sam.client.cutoffs.make({ target: 'identity', targetId: id, because: 'x' })).entry,
        complete: async () => (await racer.agent.complete(taskId)).entry,
        suspend: async () => (await house.people.sam.client.identities.suspend(id, 'x')).entry,
      }
      const entry = await end[how]()
      await storm.settle()
      const permits = await permitsOf(id)
      expect(permits.length).toBeGreaterThanOrEqual(permitsMin)
      expect(permits.filter((index) => index > entry)).toEqual([])
      expect(verdictOn(await read(args, held))).not.toBe('permitted')
    },
  )

  it('a part that is handed on in that moment ends with the whole', async () => {
    const parent = makeSummariser(house, 'hands-on')
    const helper = makeSummariser(house, 'helps')
    await register(house, parent)
    await register(house, helper)
    await letAct(house, 'hands-on', 'helps')
    const taskId = await openTask(house, parent)
    await parent.agent.apiToken(taskId)
    const part = {
      to: 'helps',
      goal: 'help',
      scope: parent.task.scope,
      ceiling: 'internal',
      budget: { callsMax: 1, writesMax: 0, bytesMax: 1_000 },
      lifeSeconds: 60,
    } as const
    const delegate = (): Promise<string | null> =>
      parent.agent.delegate(taskId, part).then(
        ({ task }) => task.id,
        () => null,
      )
    const storm = raise(delegate, (child) => child !== null, 1, 5)
    await storm.raging
    await parent.agent.complete(taskId)
    const children = (await storm.settle()).filter((child) => child !== null)
    expect(children).not.toEqual([])
    expect((await house.people.lin.client.tasks.list({ parent: taskId, state: 'living' })).tasks).toEqual([])
    for (const child of children.slice(-10))
      expect(await codeOf(helper.agent.exchange(child, helper.agent.gatewayUrl('docs')))).toBe('task_not_active')
  })
})

describe('when a resource is classified anew in the middle of many questions', () => {
  it.each([
    ['calls', 'public/handbook.md'],
    ['evaluations', 'internal/plans.md'],
  ] as const)('nothing is permitted by its old word afterwards: %s', async (what, path) => {
    const { ada } = house.people
    const racer = makeSummariser(house, `reads-by-${what}`)
    await register(house, racer)
    const taskId = await openTask(house, racer, { budget: { callsMax: 1_000, writesMax: 0, bytesMax: 10_000_000 } })
    const { token, gateway } = await enter(racer, taskId)
    await gateway.close()
    const api = await racer.agent.apiToken(taskId)
    const question = JSON.stringify({
      subject: { type: 'task', id: taskId },
      action: { name: 'docs/read_text_file' },
      resource: { type: 'docs', id: path },
    })
    const ask = {
      calls: () => read(JSON.stringify({ path }), token),
      evaluations: () => post(house, '/access/v1/evaluation', api.value, question),
    }[what]
    const answers = await Promise.all(Array.from({ length: 20 }, ask))
    expect(answers.map(({ text }) => /"decision":true|dev.remit.permit/.test(text))).not.toContain(false)
    for (const _ of [1, 2, 3]) {
      const before = Array.from({ length: 30 }, ask)
      const rule = JSON.stringify({ pattern: `docs:${path}`, sensitivity: 'restricted' })
      const classifying = post(house, '/api/v1/resources', ada.session, rule)
      await Promise.all([...before, ...Array.from({ length: 40 }, ask)])
      const entry = (await classifying).json.entry ?? -1
      expect((await permitsOf(taskId)).filter((index) => index > entry)).toEqual([])
      await ada.client.catalogue.classifyResource({ pattern: `docs:${path}`, sensitivity: 'internal' })
    }
  })
})

describe('a part of a task is never more than the whole', () => {
  it('in scope, ceiling, budget, end or depth, and not for itself or in a circle', async () => {
    const parent = makeSummariser(house, 'delegator')
    const helper = makeSummariser(house, 'helper')
    await register(house, parent)
    await register(house, helper)
    const narrow = [{ action: 'docs/read_text_file', resource: 'docs:public/*' }]
    await letAct(house, 'delegator', 'helper')
    const taskId = await openTask(house, parent, { scope: narrow, ceiling: 'public', lifeSeconds: 600 })
    const part = {
      to: 'helper',
      goal: 'help',
      scope: narrow,
      ceiling: 'public',
      budget: { callsMax: 1, writesMax: 0, bytesMax: 1_000 },
      lifeSeconds: 60,
    } as const
    const tries: readonly (readonly [string, object])[] = [
      ['scope_exceeded', { scope: [{ action: 'docs/read_text_file', resource: 'docs:*' }] }],
      ['ceiling_exceeded', { ceiling: 'internal' }],
      ['budget_exceeded', { budget: { ...part.budget, callsMax: 21 } }],
      ['budget_exceeded', { budget: { ...part.budget, bytesMax: 1_000_001 } }],
      ['end_exceeded', { lifeSeconds: 601 }],
      ['chain_invalid', { to: 'delegator' }],
      ['actor_unauthorized', { to: 'nobody-of-that-name' }],
    ]
    for (const [code, more] of tries)
      expect(await recordOf(house, parent.agent.delegate(taskId, { ...part, ...more }))).toBe(`decision.denial ${code}`)
    const { task } = await parent.agent.delegate(taskId, part)
    const circle = helper.agent.delegate(task.id, { ...part, to: 'delegator' })
    expect(await recordOf(house, circle)).toBe('decision.denial chain_invalid')
  })
})
