import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PolicyFile } from '../../sdk/policy-answers.ts'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, openTask, register } from './cast.ts'

const closed: PolicyFile = {
  name: 'own.cedar',
  text: '@id("acme:closed")\n@sentence("Nothing is opened today.")\nforbid (principal is Remit::Identity, action == Remit::Action::"task", resource is Remit::Task) when { resource.goal like "*" };\n',
}
const open: PolicyFile = {
  name: 'own.cedar',
  text: '@id("acme:closed")\n@sentence("Nothing of Mondays is opened today.")\nforbid (principal is Remit::Identity, action == Remit::Action::"task", resource is Remit::Task) when { resource.goal like "*Monday*" };\n',
}

describe('policies that are published', () => {
  let house: House
  let actor: ReturnType<typeof makeSummariser>
  const kinds = async () => {
    const { entries } = await house.people.ada.client.entries.list({ limit: 200 })
    return entries.filter(({ entry }) => entry.kind.startsWith('policy.'))
  }

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    actor = makeSummariser(house)
    await register(house, actor)
  })
  afterAll(() => house.end())

  it('begin with what comes with Remit, as version 1', async () => {
    const { client } = house.people.sam
    const { version, digest, shadow, warnings } = await client.policies.inForce()
    expect(version).toMatchObject({ number: 1, state: 'enforced', source: 'folder', proposedBy: null, digest })
    expect([shadow, warnings]).toEqual([null, []])
  })

  it('are put up by who may, and by nobody else', async () => {
    const publish = house.people.sam.client.policies.publish([closed], { reason: 'to be safe' })
    await expect(publish).rejects.toMatchObject({ code: 'role_missing' })
  })

  it('that only tighten wait for one approver, who did not put them up', async () => {
    const { ada, lin } = house.people
    const put = await ada.client.policies.publish([closed], { reason: 'an incident' })
    expect(put).toMatchObject({
      version: { number: 2, state: 'proposed', effect: 'tightens', basis: 1, reason: 'an incident' },
      approval: { seats: ['security'], state: 'pending' },
      changes: [{ id: 'acme:closed', change: 'added', effect: 'tightens' }],
    })
    await openTask(house, actor)
    const id = put.approval?.id ?? ''
    await expect(ada.client.approvals.vote(id, 'approve', 'mine')).rejects.toMatchObject({ code: 'self_approval' })
    await expect(house.people.sam.client.approvals.vote(id, 'approve', 'x')).rejects.toMatchObject({
      code: 'seat_missing',
    })
    expect(await lin.client.approvals.vote(id, 'approve', 'right')).toMatchObject({ effect: 'policies in force' })
  })

  it('decide at once, without a restart, and are what entries name', async () => {
    const { digest, version } = await house.people.ada.client.policies.inForce()
    expect(version).toMatchObject({ number: 2, state: 'enforced', approvedBy: [{ person: house.people.lin.id }] })
    await expect(openTask(house, actor)).rejects.toThrow(/acme:closed|Nothing is opened today/)
    const { entries } = await house.people.ada.client.entries.list({ limit: 200 })
    const denial = entries.findLast(({ entry }) => entry.kind === 'decision.denial')
    expect(denial?.entry.policy).toBe(digest)
  })

  it('that may loosen wait for an administrator and an approver, two people and neither of them who asked', async () => {
    const { ada, lin, grace } = house.people
    const put = await lin.client.policies.publish([open], { reason: 'the incident is over' })
    expect(put).toMatchObject({
      version: { number: 3, effect: 'loosens', basis: 2 },
      approval: { seats: ['admin', 'security'] },
    })
    const id = put.approval?.id ?? ''
    await expect(lin.client.approvals.vote(id, 'approve', 'mine')).rejects.toMatchObject({ code: 'self_approval' })
    expect(await grace.client.approvals.vote(id, 'approve', 'right')).toMatchObject({ effect: 'none' })
    await expect(grace.client.approvals.vote(id, 'approve', 'again')).rejects.toMatchObject({ code: 'seat_missing' })
    expect(await ada.client.approvals.vote(id, 'approve', 'right')).toMatchObject({ effect: 'policies in force' })
    await openTask(house, actor)
  })

  it('still decide after a restart', async () => {
    const before = await house.people.ada.client.policies.inForce()
    await house.stop()
    await house.start()
    const after = await house.people.ada.client.policies.inForce()
    expect([after.digest, after.version.number]).toEqual([before.digest, 3])
  })

  it('are brought back by the same rules, as a version of their own', async () => {
    const { ada, lin } = house.people
    const put = await ada.client.policies.rollBack(2, { reason: 'once more' })
    expect(put.version).toMatchObject({ number: 4, bringsBack: 2, effect: 'loosens' })
    await lin.client.approvals.vote(put.approval?.id ?? '', 'deny', 'no need')
    const { version, files } = await ada.client.policies.show(4)
    expect(version).toMatchObject({ state: 'refused', refusedBecause: 'a person said no' })
    expect(files).toEqual([closed])
    expect((await ada.client.policies.inForce()).version.number).toBe(3)
  })

  it('that were put up before another version came into force are refused', async () => {
    const { ada, lin, grace } = house.people
    const [stale, fresh] = [
      await ada.client.policies.publish(
        [open, { ...closed, name: 'more.cedar', text: closed.text.replace('closed', 'also') }],
        { reason: 'first' },
      ),
      await ada.client.policies.publish(
        [open, { ...closed, name: 'more.cedar', text: closed.text.replace('closed', 'other') }],
        { reason: 'second' },
      ),
    ]
    const { id } = stale.approval ?? expect.unreachable('it waits for nobody')
    const { list, show } = grace.client.approvals
    expect(await list({ state: 'pending' })).toMatchObject({ outdated: [] })
    await lin.client.approvals.vote(fresh.approval?.id ?? '', 'approve', 'yes')
    expect(await list({ state: 'pending' })).toMatchObject({ outdated: [id] })
    expect(await show(id)).toMatchObject({ isOutdated: true })
    expect(await grace.client.approvals.vote(stale.approval?.id ?? '', 'approve', 'yes')).toMatchObject({
      effect: 'policies refused',
    })
    expect((await ada.client.policies.show(stale.version.number)).version).toMatchObject({
      state: 'refused',
      refusedBecause: 'another version came into force since it was put up',
    })
  })

  it('in shadow decide nothing, and need nobody', async () => {
    const { ada } = house.people
    const put = await ada.client.policies.publish([open], { reason: 'to see', shadow: true })
    expect(put).toMatchObject({ approval: null, version: { state: 'shadow' } })
    const { version, shadow } = await ada.client.policies.inForce()
    expect([version.number, shadow?.number]).toEqual([6, put.version.number])
    await expect(openTask(house, actor)).rejects.toThrow(/Nothing is opened today/)
    const again = await ada.client.policies.publish([open], { reason: 'to see', shadow: true })
    expect((await ada.client.policies.show(put.version.number)).version.state).toBe('superseded')
    expect((await ada.client.policies.inForce()).shadow?.number).toBe(again.version.number)
  })

  it('are listed with who, when, why and the entry that tells of them', async () => {
    const { versions } = await house.people.ada.client.policies.list()
    expect(versions.map(({ number, state }) => [number, state])).toEqual([
      [1, 'superseded'],
      [2, 'superseded'],
      [3, 'superseded'],
      [4, 'refused'],
      [5, 'refused'],
      [6, 'enforced'],
      [7, 'superseded'],
      [8, 'shadow'],
    ])
    const entries = await kinds()
    for (const { entry } of versions) expect(entries.map(({ index }) => index)).toContain(entry)
  })

  it.each([
    ['does not parse', 'permit (principal, action', 'syntax', 1],
    [
      'does not validate',
      '\n@id("acme:x") @sentence("x")\npermit (principal is Remit::Identity, action, resource) when { principal.nmae == "x" };',
      'validation',
      3,
    ],
    ['has no id', 'permit (principal, action, resource);', 'form', 1],
    ['takes an id of Remit', '@id("base:call") @sentence("x") permit (principal, action, resource);', 'form', 1],
  ])('are refused where a policy %s, with the place', async (_, text, kind, line) => {
    const publish = house.people.ada.client.policies.publish([{ name: 'x.cedar', text }], { reason: 'x' })
    await expect(publish).rejects.toMatchObject({
      code: 'policies_invalid',
      facts: { faults: [expect.objectContaining({ file: 'x.cedar', line, kind })] },
    })
  })

  it('are refused where just these are in force', async () => {
    const { ada } = house.people
    const { files } = await ada.client.policies.show(6)
    await expect(ada.client.policies.publish(files, { reason: 'x' })).rejects.toMatchObject({ code: 'already_exists' })
  })

  it('that wait already in the place of the same version are put up again with a word of it', async () => {
    const { ada, grace, lin } = house.people
    const other = { ...open, text: open.text.replace('Monday', 'Sunday') }
    const first = await grace.client.policies.publish([other], { reason: 'once' })
    expect(first.cautions).toEqual([])
    const again = await lin.client.policies.publish([other], { reason: 'twice' })
    expect(again.cautions).toEqual([
      `Just this waits already, as version ${first.version.number}, for \`remit approve ${first.approval?.id}\`.`,
    ])
    for (const { approval } of [first, again]) await ada.client.approvals.vote(approval?.id ?? '', 'deny', 'not now')
    const anew = await grace.client.policies.publish([other], { reason: 'anew' })
    expect(anew.cautions).toEqual([])
    await ada.client.approvals.vote(anew.approval?.id ?? '', 'deny', 'not now')
  })

  it('that are observed in shadow again, or are what decides, are so with a word of it', async () => {
    const { ada } = house.people
    const publish = (files: readonly { name: string; text: string }[]) =>
      ada.client.policies.publish(files, { reason: 'to look', shadow: true })
    const other = { ...open, text: open.text.replace('Monday', 'Tuesday') }
    const first = await publish([other])
    expect(first.cautions).toEqual([])
    const { number } = first.version
    expect((await publish([other])).cautions).toEqual([
      `Just this was observed until now, as version ${number}. What that one saw is told by \`remit policy shadow ${number}\`; this one begins anew.`,
    ])
    const { version } = await ada.client.policies.inForce()
    expect((await publish((await ada.client.policies.show(version.number)).files)).cautions).toEqual([
      `Just this decides, as version ${version.number}: beside it nothing comes out otherwise.`,
    ])
  })
})
