import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessToken } from '../../sdk/agent.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import { type Actor, codeOf, furnish, makeReleaser, makeSummariser, openTask, readingPart, register } from './cast.ts'
import { sayAs } from './say-as.ts'

describe('who may act for whom', () => {
  let house: House
  let releaser: Actor
  let summariser: Actor
  let parent: string
  let zoe: Somebody

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    releaser = await makeReleaser(house)
    summariser = makeSummariser(house)
    await register(house, releaser)
    await register(house, summariser)
    parent = await openTask(house, releaser, { scope: releaser.task.scope.slice(0, 2) })
    const added = await house.people.ada.client.people.add({ name: 'Zoe', email: 'zoe@example.org', roles: ['owner'] })
    zoe = await house.signIn(added.link)
  })
  afterAll(async () => {
    await house.end(40)
  })

  const say = (who: Somebody, ...words: readonly string[]) => sayAs(house, who, words, 200)
  const terms = [
    '--allow',
    'docs/read_text_file@docs:*',
    '--class',
    'read',
    '--ceiling',
    'internal',
    '--reason',
    'Notes',
  ]
  const isActive = async ({ value }: AccessToken): Promise<boolean> =>
    (await house.people.lin.client.tokens.introspect(value))['active'] === true

  it('is nobody at first, and an unknown name sounds alike', async () => {
    const { said } = await say(house.people.ada, 'identity', 'delegates', 'release-agent')
    expect(said).toContain('Nobody acts for it')
    expect(await codeOf(releaser.agent.delegate(parent, readingPart))).toBe('actor_unauthorized')
    expect(await codeOf(releaser.agent.delegate(parent, { ...readingPart, to: 'nobody' }))).toBe('actor_unauthorized')
  })

  it('is asked by who answers for the one, and approved by who answers for the other', async () => {
    const { ada, grace, lin } = house.people
    const words = ['identity', 'delegate', 'release-agent', '--to', 'docs-summariser', ...terms]
    expect((await say(grace, ...words)).said).toContain('Only who answers for release-agent')
    expect((await say(lin, ...words)).said).toMatch(/owner/)
    const { code, said } = await say(ada, ...words)
    expect([code, said]).toEqual([0, expect.stringMatching(/once who answers for \S+ approves apr_/)])
    const approvalId = /apr_\w+/.exec(said)?.[0] ?? ''
    expect(await codeOf(releaser.agent.delegate(parent, readingPart))).toBe('actor_unauthorized')
    expect(await codeOf(ada.client.approvals.vote(approvalId, 'approve', 'Mine'))).toBe('self_approval')
    expect(await codeOf(zoe.client.approvals.vote(approvalId, 'approve', 'Mine too'))).toBe('seat_missing')
    // Ada answers for both: who sponsors the helper says yes in her place
    const voted = await grace.client.approvals.vote(approvalId, 'approve', 'Reading is all that it does')
    expect(voted.effect).toBe('delegation granted')
    expect((await say(ada, 'identity', 'delegates', 'docs-summariser')).said).toMatch(/granted/)
  })

  it('bounds what is handed on, and ends it all when it is ended', async () => {
    const beyond = { ...readingPart, scope: [{ action: 'docs/write_file', resource: 'docs:public/*' }] }
    expect(await codeOf(releaser.agent.delegate(parent, beyond))).toBe('purpose_exceeded')
    const { task } = await releaser.agent.delegate(parent, readingPart)
    const byId = { ...readingPart, to: task.identityId }
    expect((await releaser.agent.delegate(parent, byId)).task.identityId).toBe(task.identityId)
    expect(await codeOf(releaser.agent.delegate(parent, { ...readingPart, to: 'idn_nobody' }))).toBe(
      'actor_unauthorized',
    )
    const token = await summariser.agent.exchange(task.id, summariser.agent.gatewayUrl('docs'))
    expect(await isActive(token)).toBe(true)
    const { grants } = await house.people.lin.client.delegations.list('release-agent')
    const grantId = grants[0]?.id ?? ''
    const end = ['identity', 'undelegate', 'docs-summariser', grantId, '--reason', 'Done with it']
    expect((await say(zoe, ...end)).code).toBe(1)
    expect((await say(house.people.grace, ...end)).said).toContain('has ended')
    expect(await isActive(token)).toBe(false)
    expect((await house.people.lin.client.tasks.show(task.id)).task.state).toBe('revoked')
    expect(await codeOf(releaser.agent.delegate(parent, readingPart))).toBe('actor_unauthorized')
    expect(await codeOf(house.people.ada.client.delegations.end('release-agent', grantId, 'again'))).toBe('not_found')
    expect((await house.people.lin.client.tasks.show(parent)).task.state).toBe('active')
  })

  it('is not asked in vain: a no, and a yes that comes after somebody else answers, give nothing', async () => {
    const { ada, grace } = house.people
    const draft = {
      to: 'docs-summariser',
      scope: readingPart.scope,
      classes: ['read'],
      ceiling: 'internal',
      depthMax: 0,
      reason: 'Notes',
      days: 3,
    } as const
    const denied = await ada.client.delegations.ask('release-agent', draft)
    const { delegations } = house.people.lin.client
    const all = await delegations.list('release-agent')
    expect([all.grants.length > 1, all.next]).toEqual([true, null])
    const first = await delegations.list('release-agent', { limit: 1 })
    expect([first.grants, first.next]).toEqual([all.grants.slice(0, 1), all.grants[0]?.id])
    const rest = await delegations.list('release-agent', { after: first.next ?? '' })
    expect([rest.grants, rest.next]).toEqual([all.grants.slice(1), null])
    expect((await grace.client.approvals.vote(denied.approval.id, 'deny', 'No')).effect).toBe('delegation refused')
    const late = await ada.client.delegations.ask('release-agent', draft)
    await ada.client.delegations.end('release-agent', late.grant.id, 'Never mind')
    expect(await codeOf(grace.client.approvals.vote(late.approval.id, 'approve', 'Yes'))).toBe('approval_closed')
    expect(await codeOf(ada.client.delegations.ask('release-agent', { ...draft, to: 'release-agent' }))).toBe(
      'request_invalid',
    )
    expect(await codeOf(ada.client.delegations.ask('release-agent', { ...draft, to: 'nobody' }))).toBe('not_found')
    expect(await codeOf(releaser.agent.delegate(parent, readingPart))).toBe('actor_unauthorized')
  })

  it('what acts for a person is listed and ended by that person, and by nobody who is somebody else', async () => {
    const { ada } = house.people
    const right = { scope: readingPart.scope, classes: ['read'], ceiling: 'internal', reason: 'Hers', days: 3 } as const
    await ada.client.people.grantRight(zoe.id, right)
    expect((await say(zoe, 'acting')).said).toContain('Nothing acts on your behalf')
    const { task } = await zoe.client.identities.openTask('docs-summariser', {
      ...summariser.task,
      goal: 'Read to me',
      scope: readingPart.scope,
    })
    const token = await summariser.agent.exchange(task.id, summariser.agent.gatewayUrl('docs'))
    expect((await say(zoe, 'acting')).said).toContain('Read to me')
    expect((await ada.client.acting.list()).tasks).toEqual([])
    expect(await codeOf(ada.client.acting.end(task.id, 'not mine'))).toBe('not_found')
    expect((await say(zoe, 'acting', 'end', task.id, '--reason', 'Enough')).said).toContain('has ended')
    expect(await isActive(token)).toBe(false)
    expect((await zoe.client.acting.list()).tasks).toEqual([])
  })
})
