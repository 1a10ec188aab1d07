import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
  problemOf,
  register,
  reviewLongTool,
} from '../scenarios/cast.ts'
import { callTool, verdictOn } from './intruder.ts'

let house: House

beforeAll(async () => {
  house = await startHouse()
  await furnish(house)
  await reviewLongTool(house)
})

afterAll(async () => void (await house.end()))

const invite = async (
  name: string,
  ...roles: readonly ('owner' | 'approver' | 'responder' | 'auditor')[]
): Promise<Somebody> =>
  house.signIn((await house.people.ada.client.people.add({ name, email: `${name}@example.org`, roles })).link)

/** Gives the code of a vote that was refused, once it is on record as theirs, as far as they are known, or `answered`. */
async function vote(who: Somebody, id: string): Promise<string> {
  const problem = await problemOf(who.client.approvals.vote(id, 'approve', 'Fine'))
  if (problem === undefined) return 'answered'
  const { entry } = await house.people.lin.client.entries.show(problem.entry ?? -1)
  const actor = problem.status === 401 ? { kind: 'stranger', id: 'unproven' } : { kind: 'person', id: who.id }
  expect(entry).toMatchObject({ kind: 'refusal', actor, data: { code: problem.code } })
  return problem.code
}

/** An identity of T1 that belongs to `owner`, with `sponsor`; not entitled and not submitted yet. */
async function draft(actor: Actor, by: Somebody, owner: Somebody, sponsor: Somebody): Promise<string> {
  const { id } = (await by.client.identities.draft({ ...actor.profile, owner: owner.id, sponsor: sponsor.id })).identity
  return id
}

describe('nobody approves what they asked for', () => {
  let olga: Somebody
  let paul: Somebody

  beforeAll(async () => {
    olga = await invite('olga', 'owner')
    paul = await invite('paul', 'owner', 'approver')
  })

  it('by having somebody else submit what they proposed', async () => {
    const actor = makeSummariser(house, 'proposed-by-owner')
    const id = await draft(actor, paul, olga, paul)
    await paul.client.identities.bind(id, actor.binding)
    for (const entitlement of actor.entitlements) await olga.client.identities.entitle(id, entitlement)
    await olga.client.identities.rehearse(id)
    const { approval } = await paul.client.identities.submit(id)
    expect(approval.requestedBy).toEqual(expect.arrayContaining([olga.id, paul.id]))
    expect(await vote(olga, approval.id)).toBe('self_approval')
    expect(await vote(paul, approval.id)).toBe('self_approval')
  })

  it('by having somebody else submit what they bound', async () => {
    const actor = makeSummariser(house, 'bound-by-owner')
    const id = await draft(actor, paul, olga, paul)
    await olga.client.identities.bind(id, actor.binding)
    for (const entitlement of actor.entitlements) await paul.client.identities.entitle(id, entitlement)
    const { approval } = await paul.client.identities.submit(id)
    expect(await vote(olga, approval.id)).toBe('self_approval')
  })

  it('by having it sent back and submitted again by somebody else, twice', async () => {
    const actor = makeSummariser(house, 'sent-back')
    const id = await draft(actor, olga, olga, paul)
    await paul.client.identities.bind(id, actor.binding)
    for (const entitlement of actor.entitlements) await paul.client.identities.entitle(id, entitlement)
    for (const _ of [1, 2]) {
      await paul.client.identities.submit(id)
      await paul.client.identities.sendBack(id, 'a word was wrong')
    }
    const { approval } = await paul.client.identities.submit(id)
    expect(await vote(olga, approval.id)).toBe('self_approval')
  })

  it('by voting on an older question about the same identity', async () => {
    const actor = makeSummariser(house, 'asked-twice')
    const id = await prepare(house, actor)
    const { ada, grace, sam } = house.people
    const first = (await ada.client.identities.submit(id)).approval
    await sam.client.identities.suspend(id, 'a doubt')
    const second = (await ada.client.identities.submit(id)).approval
    expect(await vote(grace, first.id)).toBe('approval_closed')
    expect((await ada.client.identities.show(id)).identity.state).toBe('pending')
    expect(await vote(grace, second.id)).toBe('answered')
  })

  it('by hiding what they asked for: who approves sees what it is, and every class, claim and key', async () => {
    const plain = makeSummariser(house, 'shown-whole')
    const shape = { kind: 'service', runtime: 'vendor', vendor: 'acme', autonomy: 'autonomous', reach: 'team' } as const
    const actor = { ...plain, profile: { ...plain.profile, ...shape } }
    const binding = { ...actor.binding, claims: { ref: 'main' } }
    const id = await prepare(house, { ...actor, binding })
    const { approval } = await house.people.ada.client.identities.submit(id)
    const [entitlement] = actor.entitlements
    expect(approval.asked).toMatchObject({
      ...shape,
      bindings: [{ claims: { ref: 'main' }, keys: [] }],
      entitlements: [{ classes: entitlement?.classes, approval: 'none', ceiling: entitlement?.ceiling }],
    })
  })

  it('by approving the calls of an identity that they drafted, bound or entitled, now or before it came back', async () => {
    const [plain, quinn] = [makeSummariser(house, 'written-by-paul'), await invite('quinn', 'owner', 'approver')]
    const id = await draft(plain, paul, paul, quinn)
    await paul.client.identities.bind(id, plain.binding)
    for (const each of plain.entitlements) await quinn.client.identities.entitle(id, { ...each, approval: 'each-call' })
    await paul.client.identities.rehearse(id)
    const { grace, sam, ada } = house.people
    expect(await vote(grace, (await ada.client.identities.submit(id)).approval.id)).toBe('answered')
    const askAgain = async (head: number): Promise<string> => {
      const { token, gateway } = await enter(plain, await openTask(house, plain))
      await gateway.close()
      const args = JSON.stringify({ name: 'read_text_file', arguments: { path: 'public/handbook.md', head } })
      const { json } = await callTool(house, token, args)
      return json.result?._meta?.['dev.remit/denial']?.ask?.approvalId ?? ''
    }
    const first = await askAgain(1)
    for (const writer of [paul, quinn]) expect(await vote(writer, first)).toBe('self_approval')
    expect(await vote(grace, first)).toBe('answered')
    await sam.client.identities.suspend(id, 'a doubt')
    expect(await vote(paul, (await ada.client.identities.submit(id)).approval.id)).toBe('answered')
    const second = await askAgain(2)
    for (const writer of [paul, quinn]) expect(await vote(writer, second)).toBe('self_approval')
  })

  it('as the same person under an alias of their mail address in other letters', async () => {
    const { people } = house.people.ada.client
    await expect(codeOf(people.add({ name: 'Olga', email: 'OLGA@Example.org', roles: ['approver'] }))).resolves.toBe(
      'already_exists',
    )
  })

  it('as owner and sponsor in one', async () => {
    const { client, id } = house.people.ada
    const profile = makeSummariser(house, 'one-person').profile
    expect(await codeOf(client.identities.draft({ ...profile, owner: id, sponsor: id }))).toBe('request_invalid')
  })

  it('by filling two seats', async () => {
    const releaser = await makeReleaser(house)
    const id = await prepare(house, releaser)
    const { ada, grace, lin } = house.people
    const { approval } = await ada.client.identities.submit(id)
    expect(approval.seats).toHaveLength(2)
    expect(await vote(grace, approval.id)).toBe('answered')
    expect(await vote(grace, approval.id)).not.toBe('answered')
    expect((await ada.client.identities.show(id)).identity.state).toBe('pending')
    expect(await vote(lin, approval.id)).toBe('answered')
  })

  it('by voting after they have left, or while they leave', async () => {
    const { ada } = house.people
    const heard: boolean[] = []
    for (let at = 0; at < 6; at++) {
      const quitter = await invite(`quitter-${at}`, 'approver')
      const id = await prepare(house, makeSummariser(house, `left-behind-${at}`))
      const { approval } = await ada.client.identities.submit(id)
      const voting = quitter.client.approvals.vote(approval.id, 'approve', 'Fine').catch(() => null)
      if (at === 0) await voting
      const [voted, left] = await Promise.all([voting, ada.client.people.leave(quitter.id)])
      heard.push(voted !== null)
      // a yes of somebody who has left before it is carried out counts no more
      const { state } = (await ada.client.identities.show(id)).identity
      expect(state).toBe(voted === null ? 'pending' : voted.effect === 'identity returned' ? 'draft' : 'active')
      expect(voted?.entry ?? -1).toBeLessThan(left.entry)
      expect(await vote(quitter, approval.id)).toBe('session_invalid')
      expect(await votesAfter(left.entry, quitter.id)).toEqual([])
    }
    expect(heard[0]).toBe(true)
  })
})

/** What somebody voted after an entry, as the log has it. */
async function votesAfter(index: number, personId: string): Promise<readonly unknown[]> {
  const { entries } = await house.people.ada.client.entries.list({ from: index + 1 })
  return entries.filter(({ entry }) => entry.actor.id === personId && entry.kind.startsWith('approval.'))
}

describe('an approved identity is not widened', () => {
  it('while it is active or waits for an answer: no binding, no entitlement', async () => {
    const actor = makeSummariser(house, 'widened')
    const id = await prepare(house, actor)
    const { identities } = house.people.ada.client
    const more = { kind: 'oidc', issuer: house.issuer.url, subject: 'workload:mine', claims: {}, keys: [] } as const
    const entitlement = {
      ...actor.entitlements[0],
      scope: [{ action: '*', resource: '*' }],
    } as Actor['entitlements'][0]
    const { approval } = await identities.submit(id)
    expect(await codeOf(identities.bind(id, more))).toBe('transition_invalid')
    expect(await codeOf(identities.entitle(id, entitlement))).toBe('transition_invalid')
    expect(await vote(house.people.grace, approval.id)).toBe('answered')
    expect(await codeOf(identities.bind(id, more))).toBe('transition_invalid')
    expect(await codeOf(identities.entitle(id, entitlement))).toBe('transition_invalid')
  })

  it('by a purpose that an administrator widens afterwards', async () => {
    const { catalogue, identities } = house.people.ada.client
    await catalogue.definePurpose({ code: 'narrow', title: 'Narrow', classes: ['read'], ceiling: 'internal' })
    const plain = makeSummariser(house, 'narrow-reader')
    const actor: Actor = {
      ...plain,
      profile: { ...plain.profile, purpose: 'narrow' },
      task: { ...plain.task, purpose: 'narrow' },
    }
    await register(house, actor)
    await catalogue.definePurpose({
      code: 'narrow',
      title: 'Wide',
      classes: ['read', 'write', 'administer'],
      ceiling: 'restricted',
    })
    const write = [{ action: 'docs/write_file', resource: 'docs:*' }]
    expect(await codeOf(actor.agent.openTask({ ...actor.task, scope: write }))).toBe('scope_exceeded')
    expect(await codeOf(actor.agent.openTask({ ...actor.task, ceiling: 'confidential' }))).toBe('ceiling_exceeded')
    expect((await identities.show('narrow-reader')).identity.state).toBe('active')
  })
})

describe('an approval of one call', () => {
  it('is used once by fifty calls at once, and for nothing else', async () => {
    const plain = makeSummariser(house, 'asks-each-time')
    const actor: Actor = {
      ...plain,
      entitlements: plain.entitlements.map((row) => ({ ...row, approval: 'each-call' })),
    }
    await register(house, actor)
    const taskId = await openTask(house, actor, { budget: { callsMax: 200, writesMax: 0, bytesMax: 1_000_000 } })
    const { token, gateway } = await enter(actor, taskId)
    await gateway.close()
    const path = `${house.documents}/internal/plans.md`
    const call = (args: string, at = token): Promise<string> =>
      callTool(house, at, `{"name":"read_text_file","arguments":${args}}`).then(verdictOn)
    const plainly = JSON.stringify({ path, head: 1 })
    const asked = await callTool(house, token, `{"name":"read_text_file","arguments":${plainly}}`)
    const approvalId = asked.json.result?._meta?.['dev.remit/denial']?.ask?.approvalId ?? ''
    await house.people.lin.client.approvals.vote(approvalId, 'approve', 'Read it')
    const others = [
      JSON.stringify({ path, head: 2 }),
      JSON.stringify({ path: `${house.documents}/public/handbook.md`, head: 1 }),
      `{"head":1,"path":${JSON.stringify(path)},"path":${JSON.stringify(`${house.documents}/public/handbook.md`)}}`,
      `{"__proto__":{"x":1},"path":${JSON.stringify(path)},"head":1}`,
      JSON.stringify({ path, head: '1' }),
      JSON.stringify({ path, head: 1, tail: null }),
    ]
    for (const other of others) expect(await call(other)).not.toBe('permitted')
    const second = await enter(actor, await openTask(house, actor))
    await second.gateway.close()
    expect(await call(plainly, second.token)).toBe('approval_required')
    const same = [plainly, JSON.stringify({ head: 1, path }), `{"head":1.0,"path":${JSON.stringify(path)}}`]
    const verdicts = await Promise.all(Array.from({ length: 50 }, (_, at) => call(same[at % 3] ?? plainly)))
    expect(verdicts.filter((verdict) => verdict === 'permitted')).toHaveLength(1)
    expect(await call(plainly)).not.toBe('permitted')
  })
})

describe('a question to people', () => {
  it('about one call is put once, however many ask at once', async () => {
    const plain = makeSummariser(house, 'asks-often')
    const actor: Actor = {
      ...plain,
      entitlements: plain.entitlements.map((row) => ({ ...row, approval: 'each-call' })),
    }
    await register(house, actor)
    const taskId = await openTask(house, actor, { budget: { callsMax: 200, writesMax: 0, bytesMax: 1_000_000 } })
    const { token, gateway } = await enter(actor, taskId)
    await gateway.close()
    const args = JSON.stringify({ name: 'read_text_file', arguments: { path: 'internal/plans.md' } })
    await Promise.all(Array.from({ length: 30 }, () => callTool(house, token, args)))
    const { approvals } = await house.people.lin.client.approvals.list({ state: 'pending' })
    expect(approvals.filter((row) => row.subjectId === taskId)).toHaveLength(1)
  })
})

describe('somebody who signs in by a link that another person made', () => {
  it('leaves an entry that leads to who made it', async () => {
    const { ada, grace } = house.people
    const { link } = await ada.client.people.link(grace.id)
    await house.signIn(link)
    const { entries, size } = await ada.client.entries.list({ from: 0, limit: 200 })
    const last = size <= 200 ? entries : (await ada.client.entries.list({ from: size - 200, limit: 200 })).entries
    const signedIn = last.findLast((row) => row.entry.kind === 'person.signed-in' && row.entry.actor.id === grace.id)
    const offered = await ada.client.entries.show(signedIn?.entry.answers ?? -1)
    expect(offered.entry).toMatchObject({ kind: 'login.offered', actor: { kind: 'person', id: ada.id } })
  })
})

describe('each role does its own', () => {
  const rows: readonly (readonly [
    string,
    'lin' | 'sam' | 'grace',
    (who: Somebody, id: string) => Promise<unknown>,
    string,
  ])[] = [
    [
      'an auditor adds nobody',
      'lin',
      (who) => who.client.people.add({ name: 'X', email: 'x@example.org', roles: ['admin'] }),
      'role_missing',
    ],
    [
      'an auditor cuts nothing off',
      'lin',
      (who, id) => who.client.cutoffs.make({ target: 'identity', targetId: id, because: 'x' }),
      'role_missing',
    ],
    ['an auditor suspends nothing', 'lin', (who, id) => who.client.identities.suspend(id, 'x'), 'role_missing'],
    ['a responder submits nothing', 'sam', (who, id) => who.client.identities.submit(id), 'role_missing'],
    [
      'a responder entitles nothing',
      'sam',
      (who, id) =>
        who.client.identities.entitle(id, {
          scope: [{ action: '*', resource: '*' }],
          classes: ['read'],
          ceiling: 'public',
          approval: 'none',
          reason: 'x',
          days: 1,
        }),
      'role_missing',
    ],
    [
      'a responder packs no evidence',
      'sam',
      (who) =>
        fetch(`${house.url}/api/v1/evidence`, {
          method: 'POST',
          headers: { authorization: `Bearer ${who.session}`, 'content-type': 'application/json' },
          body: '{}',
        }).then((answer) => expect(answer.status).toBe(403)),
      'answered',
    ],
    ['a responder makes no sign-in link', 'sam', (who) => who.client.people.link(house.people.ada.id), 'role_missing'],
    [
      'an owner defines no purpose',
      'grace',
      (who) => who.client.catalogue.definePurpose({ code: 'x', title: 'x', classes: ['read'], ceiling: 'public' }),
      'role_missing',
    ],
    [
      'an owner cuts no chain off',
      'grace',
      (who) => who.client.cutoffs.make({ target: 'upstream', targetId: 'docs', because: 'x' }),
      'role_missing',
    ],
  ]
  it.each(rows)('%s', async (_, name, ask, code) => {
    const { identities } = await house.people.ada.client.identities.list({})
    expect(await codeOf(ask(house.people[name], identities[0]?.id ?? ''))).toBe(code)
  })

  it('an owner changes nothing that somebody else owns', async () => {
    const other = await invite('other-owner', 'owner')
    const { identities } = other.client
    const id =
      (await house.people.ada.client.identities.list({})).identities.find((row) => row.owner === house.people.ada.id)
        ?.id ?? ''
    const tries = [
      identities.submit(id),
      identities.suspend(id, 'x'),
      identities.retire(id, 'x'),
      identities.rehearse(id),
      other.client.cutoffs.make({ target: 'identity', targetId: id, because: 'x' }),
    ]
    for (const code of await Promise.all(tries.map(codeOf))) expect(code).toBe('role_missing')
  })
})
