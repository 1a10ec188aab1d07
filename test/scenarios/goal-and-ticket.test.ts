import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { createTokenFetch } from '../../sdk/token-fetch.ts'
import { type House, startHouse } from '../house.ts'
import {
  type Actor,
  connect,
  enter,
  furnish,
  letAct,
  makeReleaser,
  makeSummariser,
  openTask,
  register,
} from './cast.ts'

const own = { goal: 'Publish the notes of May', ticket: 'REL-7' }
const part = {
  to: 'docs-summariser',
  goal: 'Sum the plans up',
  scope: [{ action: 'docs/read_text_file', resource: 'docs:internal/*' }],
  ceiling: 'internal',
  budget: { callsMax: 5, writesMax: 0, bytesMax: 100_000 },
  lifeSeconds: 600,
} as const

interface Carried {
  readonly authorization_details: readonly Readonly<Record<string, unknown>>[]
}

const readClaims = (token: string): Carried & Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) // a token of our own

describe('the goal and the ticket of a task', () => {
  let house: House
  let releaser: Actor
  let summariser: Actor
  let parent: string
  let child: string
  let token: AccessToken

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    releaser = await makeReleaser(house)
    summariser = makeSummariser(house)
    await register(house, releaser)
    await register(house, summariser)
    await letAct(house, 'release-agent', 'docs-summariser')
    parent = await openTask(house, releaser, { ...own, scope: releaser.task.scope.slice(0, 2) })
    child = (await releaser.agent.delegate(parent, part)).task.id
  })
  afterAll(async () => {
    await house.end(30)
  })

  it('are carried in its token; a helper carries its own goal, and the ticket of whom it helps', async () => {
    for (const [actor, taskId, said] of [
      [releaser, parent, own],
      [summariser, child, { goal: part.goal, ticket: own.ticket }],
    ] as const) {
      token = await actor.agent.exchange(taskId, actor.agent.gatewayUrl('docs'))
      const { authorization_details: details } = readClaims(token.value)
      expect(details).toMatchObject([{ task_id: taskId, ...said }])
      expect(await house.people.lin.client.tokens.introspect(token.value)).toMatchObject({
        active: true,
        authorization_details: [{ task_id: taskId, ...said }],
      })
    }
  })

  it.each([
    ['another goal', { goal: 'Sell the plans' }],
    ['another ticket', { ticket: 'REL-8' }],
    ['another purpose', { purpose: 'publish' }],
  ])('cannot be asked for as %s', async (_, other) => {
    const answer = await house.fetch(`${house.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: await summariser.assertion(),
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        resource: summariser.agent.gatewayUrl('docs'),
        authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: child, ...other }]),
      }),
    })
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'details_invalid' }])
  })

  it.each([
    ['another goal', { goal: 'Sell the plans' }],
    ['another ticket', { ticket: 'REL-8' }],
    ['another task', { task_id: 'tsk_other' }],
  ])('written into a token as %s make it none', async (_, other) => {
    const [head = '', body = '', signature = ''] = token.value.split('.')
    const claims = readClaims(`.${body}`)
    const forged = { ...claims, authorization_details: [{ ...claims.authorization_details[0], ...other }] }
    const value = [head, Buffer.from(JSON.stringify(forged)).toString('base64url'), signature].join('.')
    expect(await house.people.lin.client.tokens.introspect(value)).toEqual({ active: false })
    const send = createTokenFetch({ token: async () => ({ ...token, value }) })
    const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
    const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
    expect((await send(token.resource, { method: 'POST', headers, body: list })).status).toBe(401)
  })

  it('are shown for everyone in the chain where an act of it is explained', async () => {
    const { gateway } = await enter(summariser, child)
    const outcome = await gateway.call('read_text_file', { path: join(house.documents, 'internal/plans.md') })
    await gateway.close()
    const { explanation } = await house.people.lin.client.entries.why(outcome.entry)
    expect(explanation.sentences.join('\n')).toMatch(/"Publish the notes of May", ticket REL-7; until/)
    expect(explanation.sentences.join('\n')).toMatch(/"Sum the plans up", ticket REL-7; until/)
  })

  it('are what the policies and the entry of each decision see', async () => {
    const gateway = await connect(
      summariser,
      await summariser.agent.exchange(child, summariser.agent.gatewayUrl('docs')),
    )
    const outcome = await gateway.call('read_text_file', { path: join(house.documents, 'internal/plans.md') })
    await gateway.close()
    const { entry } = await house.people.lin.client.entries.show(outcome.entry)
    expect(entry.data).toMatchObject({ task: { goal: part.goal, ticket: own.ticket } })
  })
})
