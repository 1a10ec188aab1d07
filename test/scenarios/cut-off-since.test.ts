import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, prepare, problemOf } from './cast.ts'
import { sayAs } from './say-as.ts'

let house: House
let identity: string
let id: string

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  const plain = makeSummariser(house)
  identity = await prepare(house, { ...plain, profile: { ...plain.profile, runtime: 'vendor', vendor: 'acme' } })
  id = (await house.people.ada.client.identities.submit(identity)).approval.id
})
afterAll(async () => {
  await house.end(20)
})

const say = async (...words: readonly string[]) => (await sayAs(house, house.people.lin, words, 400)).said

describe('an approval of an identity of a vendor', () => {
  const read = async () => {
    const { client } = house.people.lin
    return [(await client.approvals.list({ state: 'pending' })).cutOff, (await client.approvals.show(id)).cutoffs]
  }

  it('says nothing of a cutoff while there is none', async () => {
    expect(await read()).toEqual([[], []])
    expect(await say('approvals')).not.toContain('cut off')
  })

  it('says who cut the vendor off since it was asked, and that it acts all the same once it is approved', async () => {
    const { sam, ada, grace } = house.people
    await ada.client.people.rename(sam.id, { name: 'nobody; all is well' })
    await sam.client.cutoffs.make({ target: 'vendor', targetId: 'acme', because: 'It looks odd' })
    const cutoffs = [expect.objectContaining({ target: 'vendor', targetId: 'acme', by: sam.id })]
    expect(await read()).toEqual([[{ approvalId: id, cutoffs }], cutoffs])
    expect(await say('approvals')).toMatch(
      /\n {2}Since this was asked it was cut off, with all of the vendor acme, at \S+ \S+ by "nobody; all is well": "It looks odd"; once it is approved it acts all the same\.\n/,
    )
    await grace.client.approvals.vote(id, 'approve', 'They have mended it')
    expect((await ada.client.identities.show(identity)).identity.state).toBe('active')
    expect(await say('approvals', '--state', 'all')).not.toContain('cut off')
  })

  it('that is closed by a cutoff of the identity itself says so to whoever answers it', async () => {
    const { ada, sam, grace } = house.people
    const other = await prepare(house, makeSummariser(house, 'closed'))
    const { approval } = await ada.client.identities.submit(other)
    await sam.client.cutoffs.make({ target: 'identity', targetId: other, because: 'It leaks' })
    expect(await problemOf(grace.client.approvals.vote(approval.id, 'approve', 'Of course'))).toMatchObject({
      code: 'approval_closed',
      detail: expect.stringContaining('closed before people had decided: cut off: It leaks.'),
    })
  })

  it('that is asked after the cutoff says nothing of it', async () => {
    const { ada, grace } = house.people
    await ada.client.identities.suspend(identity, 'Another look')
    id = (await ada.client.identities.submit(identity)).approval.id
    expect(await read()).toEqual([[], []])
    await grace.client.approvals.vote(id, 'approve', 'They have mended it')
  })
})

describe('a sponsor who leaves', () => {
  const examine = async () =>
    (await house.people.ada.client.doctor.check()).checks.find(({ name }) => name === 'estates')

  it('is told by the doctor and with the person, until somebody else sponsors what they did', async () => {
    const { ada, grace, lin } = house.people
    expect(await say('person', 'show', grace.id)).toMatch(
      /^sponsors +1 identity that is active or waits for approval$/m,
    )
    expect(await examine()).toEqual(expect.objectContaining({ ok: true }))
    await ada.client.people.leave(grace.id)
    expect(await examine()).toMatchObject({
      ok: false,
      sentence: expect.stringMatching(
        /^What people owned who left is suspended\. The sponsor of one identity that is active .* \(remit identity reassign; /,
      ),
    })
    expect(await say('person', 'show', grace.id)).toMatch(/^sponsors +1 identity that .*; it needs another sponsor \(/m)
    await ada.client.identities.reassign(identity, { owner: ada.id, sponsor: lin.id, reason: 'Grace left' })
    expect(await examine()).toMatchObject({ ok: true, sentence: 'What people owned who left is suspended.' })
    expect(await say('person', 'show', grace.id)).not.toContain('sponsors')
  })
})
