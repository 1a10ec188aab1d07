import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../sdk/nouns.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import {
  approveIdentity,
  codeOf,
  enter,
  furnish,
  makeReleaser,
  makeSummariser,
  openTask,
  prepare,
  problemOf,
  register,
} from './cast.ts'
import { sayAs } from './say-as.ts'

const sayIn = (house: House, words: readonly string[]) => sayAs(house, house.people.ada, words, 400)

const examine = async (house: House) =>
  (await house.people.ada.client.doctor.check()).checks.find(({ name }) => name === 'approvals')

const invite = async (house: House, name: string, role: Role): Promise<Somebody> =>
  house.signIn(
    (await house.people.ada.client.people.add({ name, email: `${name.split(';')[0]}@example.org`, roles: [role] }))
      .link,
  )

describe('an approval', () => {
  let house: House
  let id: string

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    const identity = await prepare(house, makeSummariser(house))
    id = (await house.people.ada.client.identities.submit(identity)).approval.id
  })
  afterAll(async () => {
    await house.end(20)
  })

  const say = (...words: readonly string[]) => sayIn(house, words)
  const doctor = () => examine(house)

  it('that somebody is there for waits, and all is well', async () => {
    expect(await doctor()).toMatchObject({ ok: true, sentence: expect.stringContaining('people are there') })
    expect((await say('approvals')).said).not.toContain('Nobody is left')
    expect(await house.people.ada.client.approvals.show(id)).toMatchObject({ canBeFilled: true })
  })

  it('that nobody is left to say yes to is named, with what to do, until somebody is there again', async () => {
    const { ada, grace, lin } = house.people
    await ada.client.people.setRoles(lin.id, ['auditor'])
    await ada.client.people.leave(grace.id)
    const ill = await doctor()
    expect(ill).toMatchObject({ ok: false, sentence: expect.stringContaining(id) })
    expect(ill?.sentence).toMatch(/^Nobody is left who can say yes to .*open: owner.*\(remit identity reassign\)/)
    expect(await say('doctor')).toMatchObject({ code: 1, said: expect.not.stringContaining('All is well') })
    expect((await say('approvals')).said).toMatch(
      new RegExp(`${id} .*\\n +Nobody is left .*open: owner.*the role for it \\(remit person roles: approver for`),
    )
    const { unfilled } = JSON.parse((await say('approvals', '--json')).said) as { unfilled: object[] }
    expect(unfilled).toContainEqual({ approvalId: id, seats: ['owner'], lost: [] })
    expect(await ada.client.approvals.show(id)).toMatchObject({ canBeFilled: false, openSeats: ['owner'] })
    await ada.client.people.setRoles(lin.id, ['auditor', 'approver'])
    expect(await ada.client.approvals.show(id)).toMatchObject({ canBeFilled: true })
    expect(await doctor()).toMatchObject({ ok: true })
  })
})

describe('an approval that nobody is left to say yes to', () => {
  let house: House
  let id: string
  let otto: Somebody

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    otto = await invite(house, 'otto', 'admin')
    const identity = await prepare(house, makeSummariser(house))
    id = (await house.people.ada.client.identities.submit(identity)).approval.id
  })
  afterAll(async () => {
    await house.end(20)
  })

  const end = (who: Somebody) => who.client.approvals.vote(id, 'deny', 'Everybody left')

  it('is ended by no administrator while somebody is left', async () => {
    expect(await problemOf(end(otto))).toMatchObject({ code: 'seat_missing' })
  })

  it('is ended by an administrator who did not ask, and by nobody else, with the reason', async () => {
    const { ada, grace, lin, sam } = house.people
    await ada.client.people.setRoles(lin.id, ['auditor'])
    await ada.client.people.leave(grace.id)
    expect((await examine(house))?.sentence).toContain('end it as an administrator who did not ask (remit deny)')
    expect((await sayIn(house, ['approvals'])).said).toContain(
      `or end it as an administrator who did not ask (remit deny ${id} --reason '…'), or as who asked (remit identity return idn_`,
    )
    expect(await codeOf(end(sam))).toBe('seat_missing')
    expect(await codeOf(end(lin))).toBe('seat_missing')
    expect(await codeOf(end(ada))).toBe('self_approval')
    expect(await codeOf(otto.client.approvals.vote(id, 'approve', 'So be it'))).toBe('seat_missing')
    const ended = await end(otto)
    expect(ended).toMatchObject({ effect: 'identity returned', approval: { state: 'denied' } })
    expect((await lin.client.entries.show(ended.entry)).entry).toMatchObject({
      kind: 'approval.voted',
      actor: { id: otto.id },
      data: { seat: 'admin', verdict: 'deny', reason: 'Everybody left', unfilled: true, open: ['owner'] },
    })
    const { explanation } = await lin.client.entries.why(ended.entry)
    expect(explanation.sentences).toContain(
      'Nobody was left who could say yes to it, so that an administrator could end it.',
    )
    expect(await examine(house)).toMatchObject({ ok: true })
    expect(await codeOf(end(otto))).toBe('approval_closed')
  })
})

describe('an approval with a yes of somebody who is not there any more to stand by it', () => {
  let house: House
  let id: string
  let leaver: Somebody
  let third: Somebody
  let call: () => Promise<string>

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    const plain = makeSummariser(house)
    const twice = { approval: 'each-call', approvers: 2 } as const
    const actor = { ...plain, entitlements: plain.entitlements.map((row) => ({ ...row, ...twice })) }
    await register(house, actor)
    leaver = await invite(house, 'Leo; all is well', 'approver')
    third = await invite(house, 'tess', 'approver')
    const { gateway } = await enter(actor, await openTask(house, actor))
    call = async () => {
      const outcome = await gateway.call('read_text_file', { path: 'public/handbook.md' })
      return outcome.isPermitted ? '' : (outcome.approvalId ?? '')
    }
    id = await call()
    await leaver.client.approvals.vote(id, 'approve', 'Seen')
  })
  afterAll(async () => {
    await house.end(20)
  })

  it('waits for the others while they are there', async () => {
    expect(await examine(house)).toMatchObject({ ok: true })
  })

  it.each<[string, () => Promise<unknown>]>([
    ['lost the role', () => house.people.ada.client.people.setRoles(leaver.id, ['owner'])],
    ['left', () => house.people.ada.client.people.leave(leaver.id)],
  ])('is named to those who run the house once they %s, and takes no further yes', async (_, go) => {
    await go()
    const ill = await examine(house)
    expect(ill).toMatchObject({ ok: false, sentence: expect.stringContaining(id) })
    expect(ill?.sentence).toMatch(/^Somebody who said yes to .* has left, or has not held the role .*\(remit deny\)/)
    expect((await sayIn(house, ['approvals'])).said).toMatch(
      new RegExp(`${id} .*\\n +"Leo; all is well" said yes to it and has left, .*\\(remit deny ${id} --reason`),
    )
    expect(await third.client.approvals.show(id)).toMatchObject({ canBeFilled: false })
    expect(await codeOf(third.client.approvals.vote(id, 'approve', 'Seen too'))).toBe('approval_closed')
  })

  it('is asked anew once it is sent again, and those who are there answer that', async () => {
    const anew = await call()
    expect(anew).toMatch(/^apr_/)
    expect(anew).not.toBe(id)
    expect(await call()).toBe(anew)
    expect(await examine(house)).toMatchObject({ ok: true })
    expect((await third.client.approvals.show(id)).approval.state).toBe('expired')
    const late = await problemOf(third.client.approvals.vote(id, 'deny', 'Leo is gone'))
    expect(late).toMatchObject({ code: 'approval_closed', detail: expect.stringContaining('people were asked anew') })
    for (const who of [house.people.lin, third]) await who.client.approvals.vote(anew, 'approve', 'Seen')
    expect(await call()).toBe('')
  })
})

describe.each<[string, (house: House, leaver: Somebody) => Promise<unknown>]>([
  ['left', (house, leaver) => house.people.ada.client.people.leave(leaver.id)],
  ['lost the role', (house, leaver) => house.people.ada.client.people.setRoles(leaver.id, ['auditor'])],
])('an identity that somebody said yes to who %s before the others did', (_, go) => {
  let house: House
  let identityId: string
  let approvalId: string

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    const leaver = await invite(house, 'leo', 'approver')
    identityId = await prepare(house, await makeReleaser(house))
    approvalId = (await house.people.ada.client.identities.submit(identityId)).approval.id
    await leaver.client.approvals.vote(approvalId, 'approve', 'Seen')
    await go(house, leaver)
  })
  afterAll(async () => {
    await house.end(20)
  })

  it('is named by the doctor, and does not become active by what the others say', async () => {
    const { ada, grace } = house.people
    expect(await examine(house)).toMatchObject({ ok: false, sentence: expect.stringContaining(approvalId) })
    expect(await codeOf(grace.client.approvals.vote(approvalId, 'approve', 'Seen too'))).toBe('approval_closed')
    expect((await ada.client.identities.show(identityId)).identity.state).toBe('pending')
  })

  it('is put up again once that was ended, and becomes active by those who are there', async () => {
    const { ada, grace } = house.people
    expect(await grace.client.approvals.vote(approvalId, 'deny', 'Leo is gone')).toMatchObject({
      effect: 'identity returned',
    })
    await approveIdentity(house, identityId)
    expect((await ada.client.identities.show(identityId)).identity.state).toBe('active')
    expect(await examine(house)).toMatchObject({ ok: true })
  })
})
