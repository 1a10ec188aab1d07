import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DelegationDraft } from '../../sdk/delegations.ts'
import { createAssertionKeys } from '../../sdk/key-assertion.ts'
import { type House, startHouse } from '../house.ts'
import { furnish, makeSummariser, problemOf, register } from './cast.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
})
afterAll(async () => {
  await house.end()
})

describe('a grant between two identities', () => {
  it('says at once what of it is in vain, and that nobody could say yes to it', async () => {
    const { ada, lin } = house.people
    const bounds = { classes: ['read'], ceiling: 'internal', depthMax: 0, reason: 'r', days: 1 } as const
    const scope = [{ action: 'docs/read_text_file', resource: 'docs:public/*' }]
    const askFor = async (from: string, to: string, more: Partial<DelegationDraft> = {}): Promise<readonly string[]> =>
      (await ada.client.delegations.ask(from, { to, scope, ...bounds, ...more })).cautions
    const [first, second] = [makeSummariser(house, 'hands-on'), makeSummariser(house, 'takes-on')]
    const [from, to] = [await register(house, first), await register(house, second)]
    expect(await askFor(from, to)).toEqual([])
    expect(await askFor(from, to, { depthMax: 2, issuers: ['https://typo.example'] })).toEqual([
      'A depth of 1 is all that comes of that, and not 2: hands-on is of tier T1, takes-on of T1.',
      `takes-on proves itself by nothing of https://typo.example, only of ${house.issuer.url}.`,
    ])
    const jobs = [...scope, { action: 'docs/write_file', resource: 'docs:public/*' }]
    expect(await askFor(from, to, { scope: jobs })).toEqual([
      ...['hands-on', 'takes-on'].map(
        (name) =>
          `${name} is not entitled to read by docs/write_file on docs:public/*, so nothing comes of that until it is (remit identity entitle).`,
      ),
      'What docs/write_file does counts as write, and this is for read alone.',
    ])
    const { profile } = makeSummariser(house, 'of-zoe')
    await ada.client.catalogue.definePurpose({
      code: 'run',
      title: 'Run',
      classes: ['administer'],
      ceiling: 'internal',
    })
    const draft = { ...profile, name: 'critical', purpose: 'run', owner: ada.id, sponsor: lin.id }
    const critical = (await ada.client.identities.draft(draft)).identity.id
    await ada.client.identities.entitle(critical, {
      scope,
      classes: ['administer'],
      ceiling: 'internal',
      approval: 'none',
      reason: 'r',
      days: 1,
    })
    const zoe = await ada.client.people.add({ name: 'Zoe', email: 'zoe@example.org', roles: ['owner'] })
    const ofZoe = (await ada.client.identities.draft({ ...profile, owner: zoe.person.id, sponsor: lin.id })).identity.id
    await ada.client.people.leave(zoe.person.id)
    expect(await askFor(critical, ofZoe)).toEqual([
      'critical is draft: nothing comes of that until it is active.',
      'of-zoe is draft: nothing comes of that until it is active.',
      'critical is of tier T4, whose tasks are handed on to nobody.',
      ...['critical', 'of-zoe'].map(
        (name) =>
          `${name} is not entitled to read by docs/read_text_file on docs:public/*, so nothing comes of that until it is (remit identity entitle).`,
      ),
      expect.stringMatching(/^Nobody else has the roles to say yes to it \(owner\)/),
    ])
    await ada.client.identities.retire(to, 'Over')
    for (const asked of [
      ada.client.delegations.ask(from, { to, scope, ...bounds }),
      ada.client.acting.let({ to, scope, ...bounds }),
    ])
      expect(await problemOf(asked)).toMatchObject({
        code: 'request_invalid',
        detail: expect.stringMatching(/^takes-on is retired/),
      })
  })

  it('between identities of which one is retired meanwhile is not given, and people are asked no more', async () => {
    const { ada, grace, lin } = house.people
    const from = await register(house, makeSummariser(house, 'goes-away'))
    const to = await register(house, makeSummariser(house, 'stays'))
    const scope = [{ action: 'docs/read_text_file', resource: 'docs:*' }]
    const draft = { to, scope, classes: ['read'], ceiling: 'internal', depthMax: 0, reason: 'r', days: 1 } as const
    const { approval, grant } = await ada.client.delegations.ask(from, draft)
    await ada.client.identities.retire(from, 'Over')
    const { size } = await lin.client.entries.list({ limit: 1 })
    const { entries } = await lin.client.entries.list({ from: size - 1, limit: 1 })
    const data = { grantId: grant.id, reason: 'goes-away was retired: Over' }
    expect(entries[0]?.entry).toMatchObject({ kind: 'delegation.ended', data })
    const { grants } = await ada.client.delegations.list(to)
    expect(grants.find(({ id }) => id === grant.id)?.state).toBe('ended')
    expect(await problemOf(grace.client.approvals.vote(approval.id, 'approve', 'yes'))).toMatchObject({
      code: 'approval_closed',
    })
  })

  it('says what only waits for people, and by which proof the other one never comes', async () => {
    const { ada, lin } = house.people
    const scope = [{ action: 'docs/read_text_file', resource: 'docs:public/*' }]
    const bounds = { scope, classes: ['read'], ceiling: 'internal' } as const
    const { profile } = makeSummariser(house, 'keyed')
    const { identities } = ada.client
    const to = (await identities.draft({ ...profile, owner: ada.id, sponsor: lin.id })).identity.id
    await identities.entitle(to, { ...bounds, approval: 'none', reason: 'r', days: 1 })
    const from = await register(house, makeSummariser(house, 'hands-to-keyed'))
    const more = {
      issuers: ['https://typo.example'],
      minStrength: 'attested',
      depthMax: 0,
      reason: 'r',
      days: 1,
    } as const
    const askFor = async (): Promise<readonly string[]> => {
      const { grant, cautions } = await ada.client.delegations.ask(from, { to, ...bounds, ...more })
      await ada.client.delegations.end(from, grant.id, 'It was asked for to see what is in vain')
      return cautions
    }
    const waits = [
      'keyed is draft: nothing comes of that until it is active.',
      'keyed is not entitled to read by docs/read_text_file on docs:public/*, so nothing comes of that until people approve what is proposed.',
    ]
    expect(await askFor()).toEqual([
      ...waits,
      'keyed proves itself by nothing of https://typo.example, nor by anything else yet (remit identity bind).',
    ])
    const { publicJwk } = await createAssertionKeys()
    await identities.bind(to, { kind: 'key', issuer: 'self', subject: 'keyed', claims: {}, keys: [publicJwk] })
    expect(await askFor()).toEqual([
      ...waits,
      'keyed proves itself by nothing of https://typo.example, only of self.',
      'keyed proves itself by key alone, which is never attested.',
    ])
  })
})

it('what somebody without a role lets act for them names no issuer by which it comes, and says that it does not by theirs', async () => {
  const to = await register(house, makeSummariser(house, 'let-by-uma'))
  const added = await house.people.ada.client.people.add({ name: 'Uma', email: 'uma@example.org', roles: [] })
  const { client } = await house.signIn(added.link)
  const scope = [{ action: 'docs/read_text_file', resource: 'docs:public/*' }]
  const bounds = { scope, classes: ['read'], ceiling: 'internal', depthMax: 0, reason: 'r', days: 1 } as const
  const letting = await client.acting.let({ to, ...bounds, issuers: ['https://typo.example'] })
  expect(letting.cautions.filter((each) => each.startsWith('let-by-uma'))).toEqual([
    'let-by-uma proves itself by nothing of https://typo.example, only of others, which whoever answers for it can name.',
  ])
})
