import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allowsInScope, containsScope } from '../../src/contract/scope.ts'
import { loadPolicies } from '../decide/policy-set.ts'
import { type House, startHouse } from '../house.ts'
import { type Actor, codeOf, enter, furnish, makeSummariser, openTask, register, verdictOf } from './cast.ts'
import { sayAs } from './say-as.ts'

/** What is said wherever an entitlement is, or would be, narrowed to what was used of it. */
const opensForLess =
  'A task that asks for more than this is refused from then on: let docs-summariser open its tasks for no more.'

describe('what was granted against what was used', () => {
  let house: House
  let actor: Actor
  let id: string

  beforeAll(async () => {
    house = await startHouse({ resourceServers: [{ resource: 'https://api.example.com' }] })
    await furnish(house)
    actor = makeSummariser(house)
    const [wide] = actor.entitlements
    if (wide === undefined) throw new Error('it has no entitlement')
    const payroll = [{ action: 'docs/list_directory', resource: 'docs:payroll/*' }]
    id = await register(house, { ...actor, entitlements: [wide, { ...wide, scope: payroll }] })
  })
  afterAll(async () => {
    await house.end(30)
  })

  const run = (...words: readonly string[]) => sayAs(house, house.people.ada, words)

  it('begins with nothing used, and says since when', async () => {
    const shown = await house.people.lin.client.identities.used(id)
    expect(shown.isWhole).toBe(true)
    expect(shown.uses).toHaveLength(2)
    for (const { use, proposal } of shown.uses) {
      expect(use).toEqual({ tasks: 0, calls: 0, firstMs: null, lastMs: null, acts: [] })
      expect(proposal).toBeNull()
    }
    expect((await run('identity', 'used', actor.name)).said).toMatch(/never since 20/)
  })

  it('counts each permitted call under the entitlement that it rested on, and no denied one', async () => {
    const { gateway } = await enter(actor, await openTask(house, actor))
    const read = async (path: string): Promise<string> => verdictOf(await gateway.call('read_text_file', { path }))
    for (const path of ['public/handbook.md', 'public/handbook.md', 'internal/plans.md'])
      expect(await read(path)).toBe('permitted')
    expect(await read('confidential/salaries.csv')).toBe('ceiling_exceeded')
    await gateway.close()
    const [docs, payroll] = (await house.people.lin.client.identities.used(id)).uses
    expect(docs?.use).toMatchObject({ tasks: 1, calls: 3 })
    expect(docs?.use.acts).toMatchObject([
      {
        action: 'docs/read_text_file',
        actionClass: 'read',
        resources: ['docs:internal/plans.md', 'docs:public/handbook.md'],
        sensitivity: 'internal',
        calls: 3,
      },
    ])
    expect(payroll?.use.calls).toBe(0)
  })

  it('counts on from where it was, and from the beginning after a restart, to the same', async () => {
    const before = await house.people.lin.client.identities.used(id)
    await house.stop()
    await house.start()
    const after = await house.people.lin.client.identities.used(id)
    expect(after.uses).toEqual(before.uses)
    expect(after.counted.size).toBeGreaterThanOrEqual(before.counted.size)
  })

  it('proposes an entitlement that lies in the grant and permits every recorded act', async () => {
    const [docs] = (await house.people.lin.client.identities.used(id)).uses
    const { proposal, entitlement, use } = docs ?? {}
    expect(docs?.isNarrower).toBe(true)
    expect(containsScope(entitlement?.scope ?? [], proposal?.scope ?? [])).toBe(true)
    for (const act of use?.acts ?? [])
      for (const resource of act.resources)
        expect(allowsInScope(proposal?.scope ?? [], act.action, resource)).toBe(true)
    expect(allowsInScope(proposal?.scope ?? [], 'docs/read_text_file', 'docs:public/other.md')).toBe(false)
  })

  it('proposes a policy of the same, which the shipped schema accepts', async () => {
    const { policy } = await house.people.lin.client.identities.used(id)
    expect(policy).toContain('resource.name == "docs:public/handbook.md"')
    const folder = mkdtempSync(join(tmpdir(), 'remit-used-'))
    writeFileSync(join(folder, 'used.cedar'), policy)
    const { byId } = await loadPolicies(folder)
    rmSync(folder, { recursive: true })
    expect(byId.has(`used:${id.replace('_', '-')}`)).toBe(true)
    expect((await run('identity', 'used', actor.name, '--policy')).said).toBe(policy.trimEnd())
  })

  it('is shown with the command that narrows it', async () => {
    const { code, said } = await run('identity', 'used', actor.name)
    expect(code).toBe(0)
    // what was counted together stands once, and not beside each resource as if it were of that alone
    expect(said).toMatch(
      /docs\/read_text_file +read +docs:internal\/plans.md +internal +3 .*\ndocs\/read_text_file +read +docs:public\/handbook.md +as above\n/,
    )
    expect(said).toMatch(
      /This would have been enough:\n {2}What its tokens did at servers of others is in no entry here/,
    )
    expect(said).toMatch(
      /remit identity narrow docs-summariser ent_\w+ --allow 'docs\/read_text_file@docs:internal\/plans.md'/,
    )
    expect(said).toContain(`\n  ${opensForLess}\n`)
    expect(said).toMatch(
      /was not used since it came into force as it is, and can be ended: remit identity unentitle docs-summariser ent_/,
    )
  })

  it('is put into force by one command, while the identity acts, and counted anew from there', async () => {
    const { gateway } = await enter(actor, await openTask(house, actor))
    const { code, said } = await run('identity', 'used', actor.name, '--narrow')
    expect(code).toBe(0)
    expect(said).toMatch(
      /^ent_\w+ is narrowed\. {2}#\d+\n {2}What its tokens did at servers of others is in no entry here: what of docs\/read_text_file@docs:\* was used there alone is left out\.\n {2}A task that asks for more [^\n]+\nent_\w+ was not used since it came into force as it is, and can be ended/,
    )
    const { entitlements } = await house.people.ada.client.identities.show(id)
    expect(entitlements).toMatchObject([{ state: 'granted', ceiling: 'internal', classes: ['read'] }, {}])
    expect(verdictOf(await gateway.call('read_text_file', { path: 'public/handbook.md' }))).toBe('permitted')
    expect(verdictOf(await gateway.call('read_text_file', { path: 'public/other.md' }))).toBe('scope_exceeded')
    await gateway.close()
    expect(said).toContain(`\n  ${opensForLess}\n`)
    expect(await codeOf(openTask(house, actor))).toBe('scope_exceeded')
    const [docs] = (await house.people.lin.client.identities.used(id)).uses
    expect(docs?.use).toMatchObject({ calls: 1 })
    expect(docs?.use.acts.map(({ resources }) => resources)).toEqual([['docs:public/handbook.md']])
  })

  it('of which nothing is on record but tasks is not called needless without a word on what no entry tells', async () => {
    const elsewhere = makeSummariser(house, 'acts-elsewhere')
    await register(house, elsewhere)
    const told = 'what their tokens did at servers of others is in no entry here'
    expect((await run('identity', 'used', elsewhere.name)).said).not.toContain(told)
    await openTask(house, elsewhere)
    expect((await run('identity', 'used', elsewhere.name)).said).toContain(told)
    expect((await run('identity', 'used', elsewhere.name, '--narrow')).said).toContain(told)
  })

  it('says that nothing is in force, also where it was to be narrowed', async () => {
    const { identity } = await house.people.ada.client.identities.draft({
      ...makeSummariser(house, 'holds-nothing').profile,
      owner: house.people.ada.id,
      sponsor: house.people.grace.id,
    })
    expect((await run('identity', 'used', identity.name)).said).toBe('holds-nothing has no entitlement in force.')
    expect((await run('identity', 'used', identity.name, '--narrow')).said).toBe(
      'holds-nothing has no entitlement in force.',
    )
  })

  it('is not for strangers, and says so of nobody known', async () => {
    expect(await codeOf(house.people.lin.client.identities.used('idn_nobody'))).toBe('not_found')
    const answer = await house.fetch(`${house.url}/api/v1/identities/${id}/used`)
    expect(answer.status).toBe(401)
  })
})

describe('what was used where no server of others takes tokens', () => {
  let house: House
  let actor: Actor

  beforeAll(async () => {
    house = await startHouse()
    await furnish(house)
    actor = makeSummariser(house)
    await register(house, actor)
  })
  afterAll(async () => {
    await house.end()
  })

  it('says nothing of such servers', async () => {
    const used = async () => (await sayAs(house, house.people.ada, ['identity', 'used', actor.name])).said
    const { gateway } = await enter(actor, await openTask(house, actor))
    expect(await used()).toMatch(/1 opened on it(.|\n)*can be ended/)
    expect(await used()).not.toContain('servers of others')
    await gateway.call('read_text_file', { path: 'public/handbook.md' })
    await gateway.close()
    expect(await used()).toMatch(/This would have been enough:\n {2}remit identity narrow/)
  })
})
