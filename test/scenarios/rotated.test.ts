import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Agent, createAgent } from '../../sdk/agent.ts'
import type { RotationDraft } from '../../sdk/issuer-answers.ts'
import { type AssertionKeys, createAssertionKeys, createKeyAssertion } from '../../sdk/key-assertion.ts'
import { type House, startHouse } from '../house.ts'
import { type Issuer, startIssuer } from '../issuer/issuer.ts'
import { approveIdentity, furnish, makeSummariser, problemOf } from './cast.ts'

let house: House
let first: Issuer
let second: Issuer
let forge: Issuer

beforeAll(async () => {
  ;[first, second, forge] = await Promise.all([startIssuer(), startIssuer(), startIssuer()])
  house = await startHouse({
    issuers: [first, second, forge].map((issuer) => ({
      issuer: issuer.url,
      algorithms: ['ES256'],
      allowInsecureHttp: true,
      ...(issuer === forge ? { preset: 'github' } : {}),
    })),
  })
  await furnish(house)
})
afterAll(async () => {
  await house.end()
  await Promise.all([first.stop(), second.stop(), forge.stop()])
})

interface Rotatable {
  readonly id: string
  readonly name: string
  readonly bindingId: string
  readonly keys: AssertionKeys
  readonly agent: Agent
}

/** Registers an identity that proves itself by a key of its own, all the way to active. */
async function makeActive(more: { readonly purpose?: string; readonly reach?: 'production' } = {}): Promise<Rotatable> {
  const { ada, grace } = house.people
  const name = `rotated-${randomUUID().slice(0, 8)}`
  const { profile, entitlements } = makeSummariser(house, name)
  const id = (await ada.client.identities.draft({ ...profile, ...more, owner: ada.id, sponsor: grace.id })).identity.id
  const keys = await createAssertionKeys()
  const subject = `key:${name}`
  const { binding } = await ada.client.identities.bind(id, {
    kind: 'key',
    issuer: 'self',
    subject,
    claims: {},
    keys: [keys.publicJwk],
  })
  for (const each of entitlements) await ada.client.identities.entitle(id, each)
  await ada.client.identities.rehearse(id)
  await approveIdentity(house, id)
  return { id, name, bindingId: binding.id, keys, agent: agentOf(subject, keys) }
}

/** Registers an identity that proves itself so, all the way to active. */
async function makeBound(proof: {
  readonly kind: 'oidc' | 'certificate'
  readonly issuer: string
  readonly subject: string
}): Promise<Pick<Rotatable, 'id' | 'bindingId'>> {
  const { ada, grace } = house.people
  const { profile, entitlements } = makeSummariser(house, `bound-${randomUUID().slice(0, 8)}`)
  const { id } = (await ada.client.identities.draft({ ...profile, owner: ada.id, sponsor: grace.id })).identity
  const { binding } = await ada.client.identities.bind(id, { ...proof, claims: {}, keys: [] })
  for (const each of entitlements) await ada.client.identities.entitle(id, each)
  await ada.client.identities.rehearse(id)
  await approveIdentity(house, id)
  return { id, bindingId: binding.id }
}

function agentOf(name: string, keys: AssertionKeys): Agent {
  const assertion = createKeyAssertion({ name, audience: house.url, privateJwk: keys.privateJwk })
  return createAgent({ baseUrl: house.url, assertion, fetch: house.fetch })
}

const task = {
  purpose: 'summarise',
  goal: 'Summarise the handbook',
  scope: [{ action: 'docs/read_text_file', resource: 'docs:*' }],
  ceiling: 'internal',
  budget: { callsMax: 20, writesMax: 0, bytesMax: 1_000_000 },
  lifeSeconds: 600,
} as const
const open = async (agent: Agent): Promise<string> => (await agent.openTask(task)).task.id
const codeOf = async (asked: Promise<unknown>): Promise<string> => (await problemOf(asked))?.code ?? 'it was taken'
const ask = (at: Pick<Rotatable, 'id' | 'bindingId'>, draft: Partial<RotationDraft>) =>
  house.people.ada.client.identities.rotate(at.id, at.bindingId, { reason: 'The key is old', ...draft })

describe('a key of an identity that acts', () => {
  it('is rotated on the word of another person: both count in the overlap, and tasks go on with the new one', async () => {
    const { grace, lin } = house.people
    const one = await makeActive()
    const taskId = await open(one.agent)
    const before = await one.agent.exchange(taskId, house.url)
    const next = await createAssertionKeys()
    const renewed = agentOf(`key:${one.name}`, next)
    const { approval, entry } = await ask(one, { keys: [next.publicJwk], overlapSeconds: 3_600 })
    expect(approval).toMatchObject({ subject: 'binding', seats: ['owner'], state: 'pending' })
    expect((await lin.client.entries.why(entry)).explanation.asked).toEqual({ told: false, because: 'no-decision' })
    expect(await codeOf(open(renewed))).toBe('assertion_signature')
    const voted = await grace.client.approvals.vote(approval.id, 'approve', 'Of course')
    expect(voted.effect).toBe('binding rotated')
    const { identity, bindings } = await lin.client.identities.show(one.id)
    expect(identity.state).toBe('active')
    expect(bindings).toMatchObject([
      { id: one.bindingId, endedMs: null, endsMs: expect.any(Number) },
      { replacesId: one.bindingId, endedMs: null, overlapEndsMs: expect.any(Number) },
    ])
    // both prove it, each as itself
    await open(one.agent)
    const own = await open(renewed)
    const { task: shown } = await lin.client.tasks.show(own)
    expect(shown.bindingId).toBe(bindings[1]?.id)
    // and of each yes behind it is told what it was to
    const { sentences } = (await lin.client.entries.why(shown.entry)).explanation
    expect(sentences.flatMap((sentence) => / said yes to (.+) at /.exec(sentence)?.[1] ?? [])).toEqual([
      one.id,
      `another key or issuer in the place of ${one.bindingId} of ${one.id}`,
    ])
    // the task goes over to the new key with its first token, and no way back
    await renewed.exchange(taskId, house.url)
    expect((await lin.client.tasks.show(taskId)).task.bindingId).toBe(bindings[1]?.id)
    expect(await codeOf(one.agent.exchange(taskId, house.url))).toBe('task_not_active')
    expect(await codeOf(one.agent.exchange(own, house.url))).toBe('task_not_active')
    expect((await lin.client.tasks.show(before.taskId)).task.state).toBe('active')
    // what came of the new key falls with the new key
    await house.people.ada.client.identities.endBinding(one.id, bindings[1]?.id ?? '', 'It was copied')
    expect((await lin.client.tasks.show(taskId)).task.state).toBe('revoked')
  })

  it('proves nothing from the end of the overlap on, though its tasks go on', async () => {
    const one = await makeActive()
    const taskId = await open(one.agent)
    await one.agent.exchange(taskId, house.url)
    const next = await createAssertionKeys()
    const { approval } = await ask(one, { keys: [next.publicJwk], overlapSeconds: 0 })
    await house.people.grace.client.approvals.vote(approval.id, 'approve', 'It leaked')
    expect(await codeOf(open(one.agent))).toBe('assertion_signature')
    expect(await codeOf(one.agent.exchange(taskId, house.url))).toBe('assertion_signature')
    const renewed = agentOf(`key:${one.name}`, next)
    expect((await renewed.exchange(taskId, house.url)).taskId).toBe(taskId)
  })

  it('stays where people say no, and where what they were asked about has changed', async () => {
    const { ada, grace } = house.people
    const one = await makeActive()
    const next = await createAssertionKeys()
    const no = await ask(one, { keys: [next.publicJwk] })
    expect(await grace.client.approvals.vote(no.approval.id, 'deny', 'Not now')).toMatchObject({
      effect: 'binding kept',
    })
    const [late, yes] = [
      await ask(one, { keys: [next.publicJwk] }),
      await ask(one, { keys: [next.publicJwk], overlapSeconds: 0 }),
    ]
    expect(await codeOf(ada.client.approvals.vote(late.approval.id, 'approve', 'Mine'))).toBe('self_approval')
    await grace.client.approvals.vote(yes.approval.id, 'approve', 'Go on')
    expect(await grace.client.approvals.vote(late.approval.id, 'approve', 'Go on')).toMatchObject({
      effect: 'binding kept',
    })
    expect(await codeOf(ask(one, { keys: [next.publicJwk] }))).toBe('not_found')
  })

  it('stays where the identity has become graver since: of that one other people are asked', async () => {
    const { ada, grace, lin } = house.people
    const one = await makeActive({ purpose: 'publish', reach: 'production' })
    const next = await createAssertionKeys()
    const { approval } = await ask(one, { keys: [next.publicJwk] })
    expect(approval.seats).toEqual(['owner'])
    await ada.client.identities.suspend(one.id, 'It gets more to do')
    await ada.client.identities.entitle(one.id, {
      scope: [{ action: 'docs/write_file', resource: 'docs:public/*' }],
      classes: ['write'],
      ceiling: 'internal',
      approval: 'none',
      reason: 'More to do',
      days: 30,
    })
    await ada.client.identities.rehearse(one.id)
    await approveIdentity(house, one.id)
    expect((await lin.client.identities.show(one.id)).identity).toMatchObject({ state: 'active', tier: 'T3' })
    expect(await grace.client.approvals.vote(approval.id, 'approve', 'Of course')).toMatchObject({
      effect: 'binding kept',
    })
    expect(await codeOf(open(agentOf(`key:${one.name}`, next)))).toBe('assertion_signature')
  })

  it('is rotated again and again, but of no identity do more than three count at once', async () => {
    const { ada, grace } = house.people
    const one = await makeActive()
    const turn = async (bindingId: string, overlapSeconds: number): Promise<string> => {
      const { publicJwk } = await createAssertionKeys()
      const { approval } = await ask({ id: one.id, bindingId }, { keys: [publicJwk], overlapSeconds })
      expect((await grace.client.approvals.vote(approval.id, 'approve', 'Of course')).effect).toBe('binding rotated')
      const { bindings } = await ada.client.identities.show(one.id)
      return bindings.find((row) => row.replacesId === bindingId)?.id ?? ''
    }
    const second = await turn(one.bindingId, 3_600)
    const third = await turn(second, 3_600)
    const { publicJwk } = await createAssertionKeys()
    expect(await codeOf(ask({ id: one.id, bindingId: third }, { keys: [publicJwk] }))).toBe('rotation_wide')
    // what is ended makes room at once: a key that leaked is not waited for
    await ada.client.identities.endBinding(one.id, second, 'It leaked')
    const fourth = await turn(third, 3_600)
    expect(await codeOf(ask({ id: one.id, bindingId: fourth }, { keys: [publicJwk] }))).toBe('rotation_wide')
  })

  it('is not rotated past three by what was asked before: who says yes last hears that nothing came of it', async () => {
    const { ada, grace } = house.people
    const keys = await createAssertionKeys()
    const one = await makeActive()
    await ada.client.identities.suspend(one.id, 'It gets more ways')
    const more: string[] = []
    for (const at of [1, 2]) {
      const { binding } = await ada.client.identities.bind(one.id, {
        kind: 'key',
        issuer: 'self',
        subject: `key:${one.name}-${at}`,
        claims: {},
        keys: [(await createAssertionKeys()).publicJwk],
      })
      more.push(binding.id)
    }
    await ada.client.identities.rehearse(one.id)
    await approveIdentity(house, one.id)
    const asked = []
    for (const bindingId of [one.bindingId, ...more]) {
      const { publicJwk } = bindingId === one.bindingId ? keys : await createAssertionKeys()
      asked.push(await ask({ id: one.id, bindingId }, { keys: [publicJwk], overlapSeconds: 3_600 }))
    }
    const effects = []
    for (const { approval } of asked)
      effects.push((await grace.client.approvals.vote(approval.id, 'approve', 'Of course')).effect)
    expect(effects).toEqual(['binding rotated', 'binding rotated', 'binding kept'])
  })

  const wide: [string, Partial<RotationDraft>, string][] = [
    ['nothing', {}, 'rotation_wide'],
    ['another subject', { subject: 'key:other' }, 'rotation_wide'],
    ['another issuer', { issuer: 'https://other.example' }, 'rotation_wide'],
    ['an overlap of 31 days', { overlapSeconds: 31 * 86_400 }, 'request_invalid'],
    ['no keys', { keys: [] }, 'request_invalid'],
  ]
  it.each(wide)('is not rotated to %s', async (_, draft, code) => {
    const one = await makeActive()
    expect(await codeOf(ask(one, draft))).toMatch(new RegExp(`^(${code}|body_invalid)$`))
  })

  it('is not rotated to a key that has come to prove somebody else while people were asked', async () => {
    const { grace, lin } = house.people
    const [one, other] = [await makeActive(), await makeActive()]
    const { publicJwk } = await createAssertionKeys()
    const [mine, theirs] = [await ask(one, { keys: [publicJwk] }), await ask(other, { keys: [publicJwk] })]
    expect((await grace.client.approvals.vote(theirs.approval.id, 'approve', 'Yes')).effect).toBe('binding rotated')
    expect((await grace.client.approvals.vote(mine.approval.id, 'approve', 'Yes')).effect).toBe('binding kept')
    expect((await lin.client.identities.show(one.id)).bindings).toHaveLength(1)
  })

  it('is not rotated to a key that proves somebody, nor by who does not answer for it, nor where it does not act', async () => {
    const [one, other] = [await makeActive(), await makeActive()]
    expect(await codeOf(ask(one, { keys: [other.keys.publicJwk] }))).toBe('already_exists')
    const { lin, ada } = house.people
    const { publicJwk } = await createAssertionKeys()
    const rotate = lin.client.identities.rotate(one.id, one.bindingId, { keys: [publicJwk], reason: 'x' })
    expect(await codeOf(rotate)).toBe('role_missing')
    expect(await codeOf(ask({ ...one, bindingId: other.bindingId }, { keys: [publicJwk] }))).toBe('not_found')
    await ada.client.identities.suspend(one.id, 'A doubt')
    expect(await codeOf(ask(one, { keys: [publicJwk] }))).toBe('transition_invalid')
  })
})

describe('an issuer of an identity that acts', () => {
  it('is replaced by another one for the same subject and claims', async () => {
    const { ada, grace } = house.people
    const name = `moved-${randomUUID().slice(0, 8)}`
    const { profile, entitlements } = makeSummariser(house, name)
    const id = (await ada.client.identities.draft({ ...profile, owner: ada.id, sponsor: grace.id })).identity.id
    const { binding } = await ada.client.identities.bind(id, {
      kind: 'oidc',
      issuer: first.url,
      subjectPattern: `${name}/*`,
      claims: { env: 'prod' },
      keys: [],
    })
    for (const each of entitlements) await ada.client.identities.entitle(id, each)
    await ada.client.identities.rehearse(id)
    await approveIdentity(house, id)
    const at = (issuer: Issuer, claims: object = {}): Agent =>
      createAgent({
        baseUrl: house.url,
        assertion: () => issuer.mint({ sub: `${name}/a`, env: 'prod', aud: house.url, ...claims }),
        fetch: house.fetch,
      })
    await open(at(first))
    const { publicJwk } = await createAssertionKeys()
    expect(await codeOf(ask({ id, bindingId: binding.id }, { keys: [publicJwk] }))).toBe('rotation_wide')
    const { approval } = await ask({ id, bindingId: binding.id }, { issuer: second.url, overlapSeconds: 0 })
    await grace.client.approvals.vote(approval.id, 'approve', 'We move')
    expect((await open(at(second))).length).toBeGreaterThan(0)
    expect(await codeOf(open(at(first)))).toBe('identity_unknown')
    expect(await codeOf(open(at(second, { env: 'dev' })))).toBe('identity_unknown')
  })

  it('is not one that lets in more than one workload, as a binding there would not', async () => {
    const repository = `repo:acme/${randomUUID().slice(0, 8)}:ref:refs/heads/main`
    const one = await makeBound({ kind: 'oidc', issuer: first.url, subject: repository })
    expect(await codeOf(ask(one, { issuer: forge.url }))).toBe('rotation_wide')
  })

  it('is not one where the same proves somebody else: of two that match neither would count', async () => {
    const subject = `shared-${randomUUID().slice(0, 8)}`
    const [victim, thief] = [
      await makeBound({ kind: 'oidc', issuer: second.url, subject }),
      await makeBound({ kind: 'oidc', issuer: first.url, subject }),
    ]
    expect(await codeOf(ask(thief, { issuer: second.url }))).toBe('already_exists')
    const agent = createAgent({
      baseUrl: house.url,
      assertion: () => second.mint({ sub: subject, aud: house.url }),
      fetch: house.fetch,
    })
    expect((await house.people.lin.client.tasks.show(await open(agent))).task.identityId).toBe(victim.id)
  })

  it('stays where the same has come to prove somebody else while people were asked', async () => {
    const subject = `later-${randomUUID().slice(0, 8)}`
    const one = await makeBound({ kind: 'oidc', issuer: first.url, subject })
    const { approval } = await ask(one, { issuer: second.url })
    await makeBound({ kind: 'oidc', issuer: second.url, subject })
    expect(await house.people.grace.client.approvals.vote(approval.id, 'approve', 'We move')).toMatchObject({
      effect: 'binding kept',
    })
  })
})

describe('what is bound, rotated and seen at the same moment', () => {
  it('proves one identity or none of them newly, never two', async () => {
    const { ada, grace } = house.people
    const draftRival = async (at: number): Promise<string> => {
      const { profile } = makeSummariser(house, `rival-${at}-${randomUUID().slice(0, 8)}`)
      return (await ada.client.identities.draft({ ...profile, owner: ada.id, sponsor: grace.id })).identity.id
    }
    const rivals = await Promise.all([0, 1, 2, 3, 4, 5].map(draftRival))
    for (let round = 0; round < 6; round++) {
      const subject = `raced-${randomUUID().slice(0, 8)}`
      const one = await makeBound({ kind: 'oidc', issuer: first.url, subject })
      const { approval } = await ask(one, { issuer: second.url })
      const stranger = createAgent({
        baseUrl: house.url,
        assertion: () => second.mint({ sub: subject, aud: house.url }),
        fetch: house.fetch,
      })
      const vote = grace.client.approvals.vote(approval.id, 'approve', 'We move')
      const seen = round % 2 === 0 ? problemOf(stranger.openTask(task)) : undefined
      // each asks for other claims, so that no two are equal, and a workload that has all of them would be each of them
      const bound = await Promise.all(
        rivals.map(async (id, at) => {
          const claims = { [`claim${at}`]: 'x' }
          return await problemOf(
            ada.client.identities.bind(id, { kind: 'oidc', issuer: second.url, subject, claims, keys: [] }),
          )
        }),
      )
      const found = typeof (await seen)?.facts['entry'] === 'number' ? 1 : 0
      const rotated = (await vote).effect === 'binding rotated' ? 1 : 0
      expect(bound.filter((problem) => problem === undefined).length + rotated + found).toBe(1)
      expect(await codeOf(stranger.openTask(task))).not.toBe('identity_ambiguous')
    }
  })
})

describe('a certificate of an identity that acts', () => {
  it('is not replaced by that of somebody else', async () => {
    const thumbprint = (): string => randomBytes(32).toString('base64url')
    const taken = thumbprint()
    await makeBound({ kind: 'certificate', issuer: 'self', subject: taken })
    const thief = await makeBound({ kind: 'certificate', issuer: 'self', subject: thumbprint() })
    expect(await codeOf(ask(thief, { subject: taken }))).toBe('already_exists')
    expect(await codeOf(ask(thief, { subject: thumbprint() }))).toBe('it was taken')
  })
})
