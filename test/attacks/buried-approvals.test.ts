import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/ground/limits.ts'
import { type House, startHouse } from '../house.ts'
import { actorForm, EXCHANGE, readingWish } from '../scenarios/acting.ts'
import {
  type Actor,
  codeOf,
  furnish,
  letAct,
  makeReleaser,
  makeSummariser,
  openTask,
  register,
} from '../scenarios/cast.ts'
import { send } from './intruder.ts'

describe('who buries the one question that matters under many', () => {
  let house: House
  let releaser: Actor
  let relay: Actor
  let parent: string

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    relay = makeSummariser(house, 'relay')
    releaser = await makeReleaser(house)
    for (const actor of [relay, releaser]) await register(house, actor)
    await letAct(house, 'relay', 'release-agent')
    parent = await openTask(house, relay)
  })
  afterAll(async () => {
    await house.end(60)
  })

  const waiting = async (): Promise<readonly { readonly approvalId: string | null }[]> =>
    (await house.people.lin.client.tasks.list({ state: 'waiting' })).tasks

  const askForPart = async () => {
    const form = { grant_type: EXCHANGE, ...(await actorForm(house, await relay.agent.apiToken(parent), releaser)) }
    return await send(house, '/oauth/token', { method: 'POST', body: new URLSearchParams(form) })
  }

  it('gets no more by asking for many at once', async () => {
    const { agent } = releaser
    const task = { ...releaser.task, scope: releaser.task.scope.slice(0, 2) }
    const asks = Array.from({ length: 2 * LIMITS.waitingTasksMax }, () => agent.openTask(task))
    const answers = await Promise.all(asks.map(codeOf))
    expect(answers.filter((code) => code === 'answered')).toHaveLength(LIMITS.waitingTasksMax)
    expect(new Set(answers)).toEqual(new Set(['answered', 'rate_limited']))
    const put = await waiting()
    expect(put).toHaveLength(LIMITS.waitingTasksMax)
    for (const { approvalId } of put)
      await house.people.lin.client.approvals.vote(approvalId ?? '', 'deny', 'Not today')
  })

  it('gets a few tasks that wait for people, and no more until they have answered', async () => {
    const { agent } = releaser
    const task = { ...releaser.task, scope: releaser.task.scope.slice(0, 2) }
    for (let at = 0; at < LIMITS.waitingTasksMax; at += 1) await agent.openTask({ ...task, goal: `Publish ${at}` })
    expect(await codeOf(agent.openTask(task))).toBe('rate_limited')
    const [first] = await waiting()
    await house.people.lin.client.approvals.vote(first?.approvalId ?? '', 'deny', 'Not today')
    expect(await codeOf(agent.openTask(task))).toBe('answered')
    expect(await waiting()).toHaveLength(LIMITS.waitingTasksMax)
  })

  it('nor by asking for parts of the task of another, again and again', async () => {
    const heard = await askForPart()
    expect([heard.status, heard.json.code]).toEqual([429, 'rate_limited'])
    expect(await waiting()).toHaveLength(LIMITS.waitingTasksMax)
  })

  it('nor by handing parts of one task on, many at once', async () => {
    const { goal, scope, ceiling, budget } = readingWish
    const part = { to: 'release-agent', goal, scope, ceiling, budget, lifeSeconds: 600 }
    const parts = Array.from({ length: LIMITS.waitingTasksMax + 5 }, () => relay.agent.delegate(parent, part))
    const answers = await Promise.all(parts.map(codeOf))
    expect(answers.filter((code) => code === 'answered')).toHaveLength(LIMITS.waitingTasksMax)
    expect(answers.filter((code) => code === 'rate_limited')).toHaveLength(5)
    expect(await waiting()).toHaveLength(2 * LIMITS.waitingTasksMax)
  })

  it('nor silences by that whoever it hands them to', async () => {
    const { lin } = house.people
    const { agent, name, task } = releaser
    const own = (await lin.client.tasks.list({ identity: name, state: 'waiting', limit: 200 })).tasks.filter(
      ({ parentId }) => parentId === null,
    )
    expect(own).toHaveLength(LIMITS.waitingTasksMax)
    await lin.client.approvals.vote(own[0]?.approvalId ?? '', 'deny', 'Not today')
    expect(await codeOf(agent.openTask({ ...task, scope: task.scope.slice(0, 2) }))).toBe('answered')
  })

  it('nor by asking on and on, each time that people have said no', async () => {
    const { agent, task: whole, name } = releaser
    const { lin } = house.people
    const task = { ...whole, scope: whole.scope.slice(0, 2) }
    const denyAll = async (): Promise<void> => {
      for (const { approvalId } of await waiting())
        await lin.client.approvals.vote(approvalId ?? '', 'deny', 'Not today')
    }
    await denyAll()
    const parts = 3
    for (let at = 0; at < parts; at++) expect((await askForPart()).json.code).not.toBe('rate_limited')
    await denyAll()
    const denied = async (): Promise<number> =>
      (await lin.client.tasks.list({ identity: name, state: 'denied', limit: 200 })).tasks.filter(
        ({ parentId }) => parentId === null,
      ).length
    for (let left = LIMITS.deniedPerAskerMax - parts - (await denied()); left > 0; left--) {
      expect(await codeOf(agent.openTask(task))).toBe('answered')
      await denyAll()
    }
    await expect(agent.openTask(task)).rejects.toMatchObject({
      code: 'rate_limited',
      detail:
        'People have said no to 100 tasks of this identity within 24 hours, and nobody is asked meanwhile. Whoever answers for the identity, or an approver, can let it ask again (remit identity hear).',
    })
    expect(await waiting()).toEqual([])
  })

  it('nor by handing on parts of many tasks, which wait for nobody themselves', async () => {
    const { goal, scope, ceiling, budget } = readingWish
    const part = { to: 'release-agent', goal, scope, ceiling, budget, lifeSeconds: 600 }
    const most = LIMITS.pendingPerAskerMax / LIMITS.waitingTasksMax
    for (let at = 0; at < most; at++) {
      const of = await openTask(house, relay)
      for (let each = 0; each < LIMITS.waitingTasksMax; each++)
        expect(await codeOf(relay.agent.delegate(of, part))).toBe('answered')
    }
    await expect(relay.agent.delegate(await openTask(house, relay), part)).rejects.toMatchObject({
      code: 'rate_limited',
      detail: `${LIMITS.pendingPerAskerMax} tasks wait for people to approve them already; ask again once they have answered.`,
      facts: { retryAfterSeconds: LIMITS.askAgainSeconds },
    })
  })
})
