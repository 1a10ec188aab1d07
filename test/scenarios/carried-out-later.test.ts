import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAssertionKeys } from '../../sdk/key-assertion.ts'
import { readPackLines } from '../../sdk/pack-lines.ts'
import { verifyPack } from '../../sdk/verify-pack.ts'
import { systemActor } from '../../src/authenticate/actor.ts'
import type { Fact, Kept } from '../../src/contract/change.ts'
import type { Person } from '../../src/contract/register/person.ts'
import { systemClock } from '../../src/ground/clock.ts'
import { castVote } from '../../src/register/approval.ts'
import { leave, setRoles } from '../../src/register/person.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import { type Actor, approveIdentity, furnish, makeReleaser, makeSummariser, register } from './cast.ts'

/** A crash between the last yes and what follows from it, in which whoever gave it is no more who they were. */
describe('a yes that is carried out after a restart', () => {
  let house: House
  let releaser: Actor
  let voter: Somebody

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    releaser = await makeReleaser(house)
    await register(house, releaser)
    const { link } = await house.people.ada.client.people.add({
      name: 'vera',
      email: 'vera@example.org',
      roles: ['owner', 'approver'],
    })
    voter = await house.signIn(link)
  })
  afterAll(async () => {
    await house.end(20)
  })

  const lost = (person: Kept<Person>): Fact =>
    setRoles(person, ['owner'], { actor: systemActor, atMs: systemClock.nowMs() }).fact
  const gone = (person: Kept<Person>): Fact => leave(person, systemActor)

  /** Writes the yes and what becomes of its voter, as a server would that is killed before it carries the yes out. */
  async function sayYes(approvalId: string, identityId: string, part: (person: Kept<Person>) => Fact): Promise<void> {
    await house.stop()
    await house.whileStopped(async ({ store: { register }, log }) => {
      const [kept, identity, person] = await Promise.all([
        register.approval(approvalId),
        register.identity(identityId),
        register.person(voter.id),
      ])
      if (kept === undefined || identity === undefined || person === undefined) throw new Error('something is gone')
      const actor = { kind: 'person', id: person.id } as const
      const answer = { person, actor, verdict: 'approve', reason: 'Good', atMs: systemClock.nowMs() } as const
      const cast = castVote(kept, identity, answer)
      expect(cast.approval.state).toBe('approved')
      await log.record(cast.fact)
      await log.record(part(person))
    })
    await house.start()
  }

  const giveBack = () => house.people.ada.client.people.setRoles(voter.id, ['owner', 'approver'])

  it('opens no task by somebody who has lost the role', async () => {
    const { task, approvalId } = await releaser.agent.openTask({
      ...releaser.task,
      scope: releaser.task.scope.slice(0, 2),
    })
    await sayYes(approvalId ?? '', task.identityId, lost)
    expect((await house.people.lin.client.tasks.show(task.id)).task).toMatchObject({ state: 'expired' })
    await giveBack()
  })

  it('puts no key in the place of another by somebody who has lost the role', async () => {
    const { ada, grace } = house.people
    const { identities } = ada.client
    const keyOf = async () => [(await createAssertionKeys()).publicJwk]
    const { profile, entitlements } = await makeReleaser(house)
    const { id } = (await identities.draft({ ...profile, name: 'keyed', owner: ada.id, sponsor: grace.id })).identity
    const proof = { kind: 'key', issuer: 'self', subject: 'key:keyed', claims: {}, keys: await keyOf() } as const
    const { binding } = await identities.bind(id, proof)
    for (const each of entitlements) await identities.entitle(id, each)
    await identities.rehearse(id)
    await approveIdentity(house, id)
    const draft = { keys: await keyOf(), overlapSeconds: 0, reason: 'The key is old' }
    const { approval } = await identities.rotate(id, binding.id, draft)
    expect(approval.seats).toEqual(['security'])
    await sayYes(approval.id, id, lost)
    expect((await ada.client.approvals.show(approval.id)).approval.state).toBe('expired')
    const { bindings } = await identities.show(id)
    expect(bindings.map((row) => [row.id, row.endedMs])).toEqual([[binding.id, null]])
    await giveBack()
  })

  it('lets nobody act for somebody else by an owner who has left', async () => {
    const { ada, grace } = house.people
    const { identities } = ada.client
    const helper = makeSummariser(house, 'helper-of-vera')
    const { id } = (await identities.draft({ ...helper.profile, owner: voter.id, sponsor: grace.id })).identity
    await identities.bind(id, helper.binding)
    for (const each of helper.entitlements) await identities.entitle(id, each)
    await identities.rehearse(id)
    const put = await identities.submit(id)
    await voter.client.approvals.vote(put.approval.id, 'approve', 'Good')
    const { approval, grant } = await ada.client.delegations.ask('release-agent', {
      to: id,
      scope: [{ action: '*', resource: '*' }],
      classes: ['read'],
      ceiling: 'internal',
      depthMax: 1,
      reason: 'They work together',
      days: 7,
    })
    await sayYes(approval.id, id, gone)
    const { grants } = await ada.client.delegations.list('release-agent')
    expect(grants.find((row) => row.id === grant.id)).toMatchObject({ state: 'ended' })
  })

  it('leaves a log that verifies', async () => {
    const { evidence, log } = house.people.lin.client
    const { ok, whole, kinds } = await verifyPack(readPackLines(await evidence.pack()), await log.key())
    expect([ok, whole, kinds['person.left'], kinds['person.roles-set']]).toEqual([true, true, 1, 4])
  })
})
