import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPackLines } from '../../sdk/pack-lines.ts'
import type { NarrowingDraft } from '../../sdk/used-answers.ts'
import { verifyPack } from '../../sdk/verify-pack.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import {
  type Actor,
  codeOf,
  enter,
  furnish,
  makeReleaser,
  makeSummariser,
  openTask,
  prepare,
  register,
  verdictOf,
} from '../scenarios/cast.ts'

let house: House

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
})
afterAll(async () => void (await house.end()))

const less = { scope: [{ action: 'docs/read_text_file', resource: 'docs:public/*' }], reason: 'It needs less' }

async function grantedTo(id: string): Promise<string> {
  const { entitlements } = await house.people.ada.client.identities.show(id)
  return entitlements.find(({ state }) => state === 'granted')?.id ?? expect.unreachable()
}

describe('an entitlement that is narrowed', () => {
  let reader: Actor
  let id: string

  beforeAll(async () => {
    reader = makeSummariser(house, 'narrowed-reader')
    id = await register(house, reader)
  })

  it.each<[string, NarrowingDraft, string]>([
    ['a wider scope', { scope: [{ action: '*', resource: '*' }], reason: 'x' }, 'scope_exceeded'],
    ['a class more', { classes: ['read', 'write'], reason: 'x' }, 'scope_exceeded'],
    ['a higher ceiling', { ceiling: 'restricted', reason: 'x' }, 'scope_exceeded'],
    ['a later end', { days: 366, reason: 'x' }, 'scope_exceeded'],
    ['less here and more there', { ...less, ceiling: 'restricted' }, 'scope_exceeded'],
    ['a star in the middle', { scope: [{ action: 'docs/*x', resource: 'docs:*' }], reason: 'x' }, 'request_invalid'],
    ['nothing', { reason: 'x' }, 'request_invalid'],
  ])('is never widened: %s', async (_, draft, code) => {
    const entitlementId = await grantedTo(id)
    expect(await codeOf(house.people.ada.client.identities.narrow(id, entitlementId, draft))).toBe(code)
  })

  it('is narrowed by its owner or an administrator, and by nobody else', async () => {
    const entitlementId = await grantedTo(id)
    const { ada, grace, lin, sam } = house.people
    const other = await house.signIn(
      (await ada.client.people.add({ name: 'Other', email: 'other@example.org', roles: ['owner', 'responder'] })).link,
    )
    for (const nobody of [lin, sam, other])
      expect(await codeOf(nobody.client.identities.narrow(id, entitlementId, less))).toBe('role_missing')
    const byId = (who: Somebody, of: string, part: string) => codeOf(who.client.identities.narrow(of, part, less))
    expect(await byId(ada, id, 'ent_nothing')).toBe('not_found')
    expect(await byId(ada, 'idn_nothing', entitlementId)).toBe('not_found')
    const neighbour = await register(house, makeSummariser(house, 'narrowed-neighbour'))
    expect(await byId(ada, neighbour, entitlementId)).toBe('not_found')
    // Grace sponsors it, and so answers for it
    expect(await byId(grace, id, entitlementId)).toBe('answered')
  })

  it('is narrowed once where two do it in the same moment, and each that came is in the log', async () => {
    const racer = makeSummariser(house, 'narrowed-by-many')
    const racerId = await register(house, racer)
    const entitlementId = await grantedTo(racerId)
    const { identities } = house.people.ada.client
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        codeOf(identities.narrow(racerId, entitlementId, { days: 20 - at, reason: 'x' })),
      ),
    )
    const { entries } = await house.people.lin.client.entries.list({ limit: 200, from: 0 })
    const told = entries.filter(({ entry }) => entry.data['entitlementId'] === entitlementId)
    const came = told.filter(({ entry }) => entry.kind === 'entitlement.narrowed')
    expect(came.length).toBe(answers.filter((code) => code === 'answered').length)
    expect(came.length).toBeGreaterThanOrEqual(1)
    for (const code of answers) expect(['answered', 'conflict', 'scope_exceeded']).toContain(code)
    const ends = came.map(({ entry }) => entry.data['endsMs'] as number)
    expect(ends).toEqual([...ends].sort((a, b) => b - a))
  })

  it('holds the calls that race it: after its entry nothing is permitted that it does not allow', async () => {
    const racer = makeSummariser(house, 'narrowed-in-a-storm')
    const racerId = await register(house, racer)
    const { gateway } = await enter(racer, await openTask(house, racer))
    const entitlementId = await grantedTo(racerId)
    const call = async () => verdictOf(await gateway.call('read_text_file', { path: 'internal/plans.md' }))
    expect(await call()).toBe('permitted')
    const calls = Array.from({ length: 12 }, call)
    const { entry } = await house.people.ada.client.identities.narrow(racerId, entitlementId, less)
    await Promise.all(calls)
    expect(await call()).toBe('scope_exceeded')
    expect(verdictOf(await gateway.call('read_text_file', { path: 'public/handbook.md' }))).toBe('permitted')
    await gateway.close()
    const { client } = house.people.lin
    const { entries } = await client.entries.list({ from: entry, limit: 200 })
    const late = entries.filter(
      ({ index, entry: each }) =>
        index > entry && each.kind === 'decision.permit' && JSON.stringify(each.data).includes('plans.md'),
    )
    expect(late).toEqual([])
  })

  it('takes a yes with it that people gave to a call of tier T4, and leaves the tier as it is', async () => {
    const { ada, grace, lin } = house.people
    await ada.client.catalogue.definePurpose({
      code: 'critical',
      title: 'Keep the vault',
      classes: ['read', 'write'],
      ceiling: 'restricted',
    })
    const made = await makeReleaser(house)
    const write = { action: 'docs/write_file', resource: 'docs:public/*' }
    const terms = { reason: 'It writes', days: 30, ceiling: 'restricted', approval: 'none' } as const
    const actor: Actor = {
      ...made,
      profile: { ...made.profile, purpose: 'critical' },
      // T4 asks for an attested binding, and that for a key that is vouched for
      binding: { ...made.binding, keyThumbprints: [made.key?.thumbprint ?? ''] },
      entitlements: [{ ...terms, scope: [write], classes: ['write'] }],
      task: { ...made.task, purpose: 'critical', scope: [write] },
    }
    const actorId = await prepare(house, actor)
    const { link } = await ada.client.people.add({ name: 'Third', email: 'third@example.org', roles: ['approver'] })
    const third = await house.signIn(link)
    const { approval } = await ada.client.identities.submit(actorId)
    for (const voter of [grace, lin, third]) await voter.client.approvals.vote(approval.id, 'approve', 'It is bounded')
    expect((await ada.client.identities.show(actorId)).identity).toMatchObject({ state: 'active', tier: 'T4' })
    const { gateway } = await enter(actor, await openTask(house, actor))
    const call = async (path: string) => await gateway.call('write_file', { path, content: 'x' })
    expect(verdictOf(await call('public/a.md'))).toBe('approval_required')
    const { approvals } = await lin.client.approvals.list({ state: 'pending' })
    await lin.client.approvals.vote(approvals.at(-1)?.id ?? '', 'approve', 'This once')
    const narrower = { scope: [{ ...write, resource: 'docs:public/b*' }], ceiling: 'internal', reason: 'x' } as const
    await ada.client.identities.narrow(actorId, await grantedTo(actorId), narrower)
    expect(verdictOf(await call('public/a.md'))).not.toBe('permitted')
    expect(verdictOf(await call('public/b.md'))).toBe('approval_required')
    await gateway.close()
    expect((await ada.client.identities.show(actorId)).identity).toMatchObject({ state: 'active', tier: 'T4' })
  })

  it('is in the evidence, which verifies', async () => {
    const { client } = house.people.lin
    const report = await verifyPack(readPackLines(await client.evidence.pack()), await client.log.key())
    expect(report.failures).toEqual([])
  })
})
