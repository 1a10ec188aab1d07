import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import {
  type Actor,
  approveIdentity,
  codeOf,
  furnish,
  letAct,
  makeReleaser,
  makeSummariser,
  openTask,
  prepare,
  problemOf,
  readingPart,
  register,
} from '../scenarios/cast.ts'

const right = {
  scope: [{ action: 'docs/*', resource: 'docs:public/*' }],
  classes: ['read'],
  ceiling: 'public',
  reason: 'Her work',
  days: 3,
} as const

describe('a chain of which a part has fallen', () => {
  let house: House
  let releaser: Actor
  let summariser: Actor
  let zoe: Somebody

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    releaser = await makeReleaser(house)
    summariser = makeSummariser(house)
    await register(house, releaser)
    const id = await prepare(house, summariser)
    // its tests prove themselves as the same identity, by another issuer
    await house.people.ada.client.identities.bind(id, {
      kind: 'spiffe',
      issuer: 'example.org',
      subject: 'spiffe://example.org/ns/ci/sa/docs-summariser',
      claims: {},
      keys: [],
    })
    await approveIdentity(house, id)
    await letAct(house, 'release-agent', 'docs-summariser')
    const added = await house.people.ada.client.people.add({ name: 'Zoe', email: 'zoe@example.org', roles: [] })
    zoe = await house.signIn(added.link)
  })
  afterAll(async () => {
    await house.end(40)
  })

  const takenBy = () => ({ issuers: [house.issuer.url] })
  const isActive = async ({ value }: AccessToken): Promise<boolean> =>
    (await house.people.lin.client.tokens.introspect(value))['active'] === true
  const stateOf = async (taskId: string): Promise<string> =>
    (await house.people.lin.client.tasks.show(taskId)).task.state

  it('hands nothing on by a token that was taken back: what a thief handed to a confederate ends with it', async () => {
    const parent = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 2) })
    const { task } = await releaser.agent.delegate(parent, { ...readingPart, takenBy: takenBy() })
    const token = await summariser.agent.exchange(task.id, summariser.agent.gatewayUrl('docs'))
    const again = await releaser.agent.exchange(parent, releaser.agent.gatewayUrl('docs'))
    expect(await isActive(token)).toBe(true)
    const stolen = await releaser.agent.apiToken(parent)
    expect(await house.people.sam.client.tokens.revoke(stolen.value)).toMatch(/entry/)
    expect(await isActive(token)).toBe(false)
    expect(await stateOf(task.id)).toBe('revoked')
    expect(await codeOf(summariser.agent.exchange(task.id, summariser.agent.gatewayUrl('docs')))).toBe(
      'task_not_active',
    )
    // what the revoked token had no part in goes on
    expect(await isActive(again)).toBe(true)
    expect(await stateOf(parent)).toBe('active')
  })

  it('is not taken by another workload of the helper than the one for which it was meant', async () => {
    const parent = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 2) })
    expect(await problemOf(releaser.agent.delegate(parent, readingPart))).toMatchObject({
      code: 'request_invalid',
      detail: expect.stringContaining('2 ways'),
    })
    const elsewhere = releaser.agent.delegate(parent, {
      ...readingPart,
      takenBy: { issuers: ['https://elsewhere.test'] },
    })
    expect(await codeOf(elsewhere)).toBe('request_invalid')
    const forTests = await releaser.agent.delegate(parent, { ...readingPart, takenBy: { issuers: ['example.org'] } })
    const forStrong = await releaser.agent.delegate(parent, {
      ...readingPart,
      takenBy: { ...takenBy(), minStrength: 'key-bound' },
    })
    for (const { task } of [forTests, forStrong])
      expect(await codeOf(summariser.agent.exchange(task.id, summariser.agent.gatewayUrl('docs')))).toBe(
        'task_not_active',
      )
  })

  /** A token of the summariser in a task that Zoe opened. */
  async function actForZoe(): Promise<{ readonly token: AccessToken; readonly taskId: string }> {
    await house.people.ada.client.people.grantRight(zoe.id, right)
    const { task } = await zoe.client.identities.openTask('docs-summariser', {
      ...summariser.task,
      goal: 'Read it to me',
      scope: [{ action: 'docs/read_text_file', resource: 'docs:public/*' }],
      ceiling: 'public',
      takenBy: takenBy(),
    })
    const token = await summariser.agent.exchange(task.id, summariser.agent.gatewayUrl('docs'))
    expect(await isActive(token)).toBe(true)
    return { token, taskId: task.id }
  }

  it('acts no more on behalf of a person whose right has ended, whoever asks', async () => {
    const { token, taskId } = await actForZoe()
    const { rights } = await house.people.ada.client.people.rights(zoe.id)
    const ended = rights.map(({ id }) => zoe.client.people.endRight(zoe.id, id, 'I do it myself'))
    await Promise.all(ended)
    expect(await isActive(token)).toBe(false)
    expect(await stateOf(taskId)).toBe('revoked')
  })

  it('acts no more on behalf of a person who has left', async () => {
    const { token, taskId } = await actForZoe()
    await house.people.ada.client.people.leave(zoe.id)
    expect(await isActive(token)).toBe(false)
    expect(await stateOf(taskId)).toBe('revoked')
    expect(await codeOf(summariser.agent.exchange(taskId, summariser.agent.gatewayUrl('docs')))).toBe(
      'identity_inactive',
    )
  })
})
