import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, register } from './cast.ts'
import { sayAs } from './say-as.ts'

const missing = (...seats: readonly string[]): string =>
  `Nobody else has the roles to say yes to it (${seats.join(', ')}): whoever asked for it may not, and one person fills one seat. \`remit approvals\` says what to do.`
const loosening = `@id("acme:more")\n@sentence("Tasks may be opened.")\npermit (principal is Remit::Identity, action == Remit::Action::"task", resource is Remit::Task) when { resource.goal == "x" };\n`
const tightening = loosening.replace('permit', 'forbid')
const written = (text: string) => [{ name: 'own.cedar', text }]
const domainFiles = [
  { name: 'shop.cedar', text: '@id("shop:all") @sentence("All.") permit (principal, action, resource);' },
]

describe('what is put up where nobody is left who could say yes to it', () => {
  let house: House
  let folder: string
  let actor: ReturnType<typeof makeSummariser>
  let identityId: string

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    actor = makeSummariser(house)
    identityId = await register(house, actor)
    folder = mkdtempSync(join(tmpdir(), 'remit-put-up-'))
    writeFileSync(join(folder, 'own.cedar'), loosening)
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true })
    await house.end(20)
  })

  it('is said nothing of while somebody is there', async () => {
    const { ada, grace } = house.people
    const put = await ada.client.policies.publish(written(tightening), { reason: 'one approver' })
    expect(put.cautions).toEqual([])
    const by = await grace.client.policies.publish(written(loosening), { reason: 'an administrator and an approver' })
    expect(by.cautions).toEqual([])
    await ada.client.approvals.vote(by.approval?.id ?? '', 'deny', 'Only tried') // else the next one is told that just this waits
  })

  it('is said at once to whoever puts up policies, by themselves and at the command line', async () => {
    const { ada } = house.people
    const put = await ada.client.policies.publish(written(loosening), { reason: 'no other administrator' })
    expect(put.cautions).toEqual([missing('admin', 'security')])
    const told = await sayAs(house, ada, ['policy', 'publish', folder, '--reason', 'again'], 400)
    expect(told.said).toContain(`Look at this: ${missing('admin', 'security')}`)
    const waiting = (await sayAs(house, ada, ['approvals'], 400)).said
    expect(waiting).toContain('Nobody is left who can say yes to it (open: admin, security)')
    expect(waiting).not.toContain('remit identity reassign')
    const observed = await ada.client.policies.publish(written(loosening), { reason: 'to see', shadow: true })
    expect([observed.approval, observed.cautions]).toEqual([null, []])
  })

  it('is said of what is rolled back, and of a domain', async () => {
    const { ada, grace, lin } = house.people
    const put = await ada.client.policies.publish(written(tightening), { reason: 'one approver' })
    await lin.client.approvals.vote(put.approval?.id ?? '', 'approve', 'Seen')
    expect(await ada.client.policies.rollBack(1, { reason: 'back' })).toMatchObject({
      version: { effect: 'loosens' },
      cautions: [missing('admin', 'security')],
    })
    const own = await ada.client.domains.publish('shop', domainFiles, { reason: 'new' })
    expect(own.cautions).toEqual([missing('admin', 'security')])
    await lin.client.approvals.vote(own.approval?.id ?? '', 'deny', 'Only tried')
    expect(await grace.client.domains.publish('shop', domainFiles, { reason: 'new' })).toMatchObject({ cautions: [] })
  })

  it('is said of what is to prove an identity in the place of something else', async () => {
    const { ada, grace, lin } = house.people
    const { bindings } = await ada.client.identities.show(identityId)
    const rotate = (issuer: string) =>
      ada.client.identities.rotate(identityId, bindings[0]?.id ?? '', { issuer, reason: 'It moved' })
    expect((await rotate('https://one.example.org')).cautions).not.toContain(missing('owner'))
    for (const { id } of [grace, lin]) await ada.client.people.leave(id)
    expect((await rotate('https://two.example.org')).cautions).toContain(missing('owner'))
  })
})
