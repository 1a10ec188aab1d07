import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { approvalIn } from '../../sdk/access.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, furnish, makeReleaser, makeSummariser, openTask, register, reviewLongTool } from './cast.ts'

let house: House
let actor: Actor

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  await reviewLongTool(house)
  const plain = makeSummariser(house, 'asks-by-client')
  actor = { ...plain, entitlements: plain.entitlements.map((row) => ({ ...row, approval: 'each-call' })) }
  await register(house, actor)
})
afterAll(async () => void (await house.end()))

const about = (taskId: string, id: string) => ({
  subject: { type: 'task', id: taskId },
  action: { name: 'docs/read_text_file', properties: { head: 3 } },
  resource: { type: 'docs', id },
})
/** Lets Lin say yes to a request between two looks at it. */
const withYes = (id: string) => ({
  sleep: async (): Promise<void> => void (await house.people.lin.client.approvals.vote(id, 'approve', 'It may')),
})

describe('an agent that asks for access by its client', () => {
  it('asks about one, waits for people, and acts on their yes', async () => {
    const taskId = await openTask(house, actor)
    const desk = actor.agent.access(taskId)
    const question = about(taskId, 'public/handbook.md')
    const answer = await desk.evaluate(question)
    expect(answer.decision).toBe(false)
    const { task } = await desk.ask({ question, answer }, { justification: 'The board asks' })
    // sent again, as after a crash, it asks nobody twice
    expect((await desk.ask({ question, answer }, { justification: 'The board asks' })).task.id).toBe(task.id)
    const done = await desk.waitFor(task.id, withYes(task.id))
    expect(await desk.evaluate(question, approvalIn(done))).toMatchObject({ decision: true })
    expect(await desk.evaluate(question, approvalIn(done))).toMatchObject({
      decision: false,
      context: { reason: 'approval_expired', next_action: 'request' },
    })
  })

  it('asks about several at once, and takes them back', async () => {
    const taskId = await openTask(house, actor)
    const desk = actor.agent.access(taskId)
    const denied = []
    for (const id of ['public/a.md', 'public/b.md']) {
      const question = about(taskId, id)
      denied.push({ question, answer: await desk.evaluate(question) })
    }
    const { task } = await desk.ask(denied)
    const part = await desk.waitFor(task.id, { ...withYes(task.id), patienceMs: 10_000 })
    expect(part.task.items?.map(({ status }) => status)).toEqual(['approved', 'pending'])
    expect((await desk.cancel(task.id)).task.items?.map(({ status }) => status)).toEqual(['approved', 'cancelled'])
    const shown = await desk.show(task.id)
    expect(shown.task.status).toBe('partial')
    const question = about(taskId, 'public/a.md')
    expect(await desk.evaluate(question, approvalIn(shown, 0))).toMatchObject({ decision: true })
  })

  it('proves its key with each request where it has one', async () => {
    const releaser = await makeReleaser(house)
    await register(house, releaser)
    const taskId = await openTask(house, releaser)
    const desk = releaser.agent.access(taskId)
    const question = {
      subject: { type: 'task', id: taskId },
      action: { name: 'docs/write_file' },
      resource: { type: 'docs', id: 'public/notes.md' },
    }
    const answer = await desk.evaluate(question)
    const { task } = await desk.ask({ question, answer })
    expect((await desk.show(task.id)).task.status).toBe('pending')
    const denied = []
    for (const id of ['public/a.md', 'public/b.md', 'public/c.md']) {
      const other = { ...question, resource: { type: 'docs', id } }
      denied.push({ question: other, answer: await desk.evaluate(other) })
    }
    // one proof covers all of a request about several
    const several = await desk.ask(denied)
    expect(several.task.items?.map(({ status }) => status)).toEqual(['pending', 'pending', 'pending'])
  })

  it('is told the refusal of a denial that people were asked about already', async () => {
    const taskId = await openTask(house, actor)
    const desk = actor.agent.access(taskId)
    const question = about(taskId, 'public/handbook.md')
    const denied = { question, answer: await desk.evaluate(question) }
    await desk.ask(denied)
    await expect(desk.ask(denied, { key: 'another' })).rejects.toMatchObject({ code: 'duplicate_request', status: 409 })
  })
})

it('a person asks by theirs', async () => {
  const taskId = await openTask(house, actor)
  const { access } = house.people.grace.client
  const question = about(taskId, 'public/handbook.md')
  const { task } = await access.ask({ question, answer: await access.evaluate(question) })
  expect((await access.cancel(task.id, 'Not now')).task.status).toBe('cancelled')
})
