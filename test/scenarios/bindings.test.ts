import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../../sdk/agent.ts'
import type { BindingDraft } from '../../sdk/answers.ts'
import { createProofKey } from '../../sdk/dpop.ts'
import { send } from '../attacks/intruder.ts'
import { type House, startHouse } from '../house.ts'
import { type Issuer, startIssuer } from '../issuer/issuer.ts'
import { PLATFORM_TOKENS } from '../issuer/platform-tokens.ts'
import { approveIdentity, furnish, makeSummariser, problemOf } from './cast.ts'

let house: House
let cluster: Issuer
let forge: Issuer

beforeAll(async () => {
  cluster = await startIssuer({ algorithm: 'RS256' })
  forge = await startIssuer({ algorithm: 'RS256' })
  const row = { allowInsecureHttp: true }
  house = await startHouse({
    issuers: [
      { issuer: cluster.url, preset: 'kubernetes', discoveredMax: 2, ...row },
      { issuer: forge.url, preset: 'github', vendor: 'acme', ...row },
    ],
  })
  await furnish(house)
})
afterAll(async () => {
  await house.end()
  await Promise.all([cluster.stop(), forge.stop()])
})

const draft = async (): Promise<string> => {
  const { ada, grace } = house.people
  const { profile } = makeSummariser(house, `bound-${randomUUID()}`)
  return (await ada.client.identities.draft({ ...profile, owner: ada.id, sponsor: grace.id })).identity.id
}
const bind = async (more: Partial<BindingDraft>, id?: string) => {
  const { identities } = house.people.ada.client
  return identities.bind(id ?? (await draft()), { kind: 'oidc', claims: {}, keys: [], issuer: forge.url, ...more })
}
const refusal = async (bound: Promise<unknown>): Promise<string> => {
  const problem = await problemOf(bound)
  return problem?.message ?? 'it was taken'
}
const agentOf = async (issuer: Issuer, name: 'kubernetes' | 'github', more: object = {}) => {
  const { claims, header } = PLATFORM_TOKENS[name]
  const assertion = await issuer.mint({ ...claims, aud: house.url, ...more }, header)
  return createAgent({
    baseUrl: house.url,
    assertion: () => Promise.resolve(assertion),
    key: await createProofKey(),
    fetch: house.fetch,
  })
}

const task = {
  purpose: 'summarise',
  goal: 'Summarise the handbook',
  scope: [{ action: 'docs/read_text_file', resource: 'docs:*' }],
  ceiling: 'internal',
  budget: { callsMax: 20, writesMax: 0, bytesMax: 1_000_000 },
  lifeSeconds: 600,
} as const

describe('a binding that would let in more than one workload', () => {
  const pinned = { repository_id: '74', repository_owner_id: '65', job_workflow_ref: 'acme/flows/a.yml@refs/tags/v3' }
  const main = 'repo:acme/docs:ref:refs/heads/main'
  const wide: [string, Partial<BindingDraft>, RegExp][] = [
    [
      'every repository of an owner',
      { subjectPattern: 'repo:acme/*:ref:refs/heads/main' },
      /every repository of an owner/,
    ],
    ['every repository of everybody', { subjectPattern: 'repo:**' }, /every repository of an owner/],
    ['pull requests', { subject: 'repo:acme/docs:pull_request' }, /whoever opens a pull request/],
    ['any branch', { subjectPattern: 'repo:acme/docs:ref:refs/heads/*' }, /any branch or tag/],
    ['names that can be taken again', { subject: main, claims: {} }, /made later under the same name.*owner who takes/],
    [
      'any workflow',
      { subject: main, claims: { ...pinned, job_workflow_ref: { pattern: 'acme/**' } } },
      /any workflow/,
    ],
  ]
  it.each(wide)('is refused: %s', async (_, more, says) => {
    const said = await refusal(bind({ claims: pinned, ...more }))
    expect(said).toMatch(/^binding_wide: /)
    expect(said).toMatch(says)
  })

  it('is taken with a reason, which the log and whoever approves are told', async () => {
    const { ada, lin } = house.people
    const id = await draft()
    const bound = await bind({ subject: 'repo:acme/docs:pull_request', acceptWide: 'It only reads' }, id)
    expect(bound.cautions).toContainEqual(expect.stringContaining('whoever opens a pull request'))
    const { entry } = await lin.client.entries.show(bound.entry)
    expect(entry.data).toMatchObject({
      wide: {
        reason: 'It only reads',
        lets: [expect.any(String), expect.any(String), expect.any(String), expect.any(String)],
      },
    })
    for (const each of makeSummariser(house).entitlements) await ada.client.identities.entitle(id, each)
    const { approval } = await ada.client.identities.submit(id)
    const { approval: asked } = await lin.client.approvals.show(approval.id)
    expect(asked.asked['bindings']).toMatchObject([
      { wide: expect.arrayContaining(['whoever opens a pull request runs as it']) },
    ])
  })

  it('is none where it is pinned down, nor where no platform is known', async () => {
    expect((await bind({ subject: main, claims: pinned })).cautions).toEqual([])
    expect((await bind({ issuer: 'https://own.example', subjectPattern: 'any:**' })).binding).toMatchObject({
      subject: 'any:',
      subjectPattern: 'any:**',
    })
  })

  it('is known by its preset and by the issuer of everybody too', async () => {
    const own = { subject: 'repo:a/b:ref:x' }
    expect(await refusal(bind({ ...own, issuer: 'https://ghe.example/_services/token', preset: 'github' }))).toMatch(
      /wide/,
    )
    const everybodys = 'https://token.actions.githubusercontent.com'
    expect(await refusal(bind({ ...own, issuer: everybodys }))).toMatch(/^binding_wide/)
    const { ada } = house.people
    const bound = await ada.client.identities.bind(await draft(), {
      kind: 'oidc',
      preset: 'github',
      subject: 'repo:a/b:environment:prod',
      claims: { repository_id: '1', repository_owner_id: '2' },
      keys: [],
    })
    expect(bound.binding.issuer).toBe(everybodys)
  })
})

describe('a binding by pattern', () => {
  const bad: [string, object, RegExp][] = [
    ['with a subject too', { subject: 's', subjectPattern: 'a/*' }, /either a subject or a subjectPattern/],
    ['with neither', { subject: undefined }, /either a subject or a subjectPattern/],
    ['that begins with *', { subjectPattern: '*:a' }, /first segment must be literal/],
    ['with half a segment', { subjectPattern: 'repo:ac*' }, /one whole segment/],
    ['of more segments than are looked at', { subjectPattern: `a${'/b'.repeat(24)}/*` }, /at most 24 segments/],
    ['too long', { subjectPattern: `${'a'.repeat(520)}/*` }, /512/],
    ['of a claim that is no pattern', { subject: 's', claims: { a: { pattern: 'x' } } }, /exact value/],
    ['of a claim that is a list', { subject: 's', claims: { a: ['x'] } }, /claims/],
    [
      'with 21 claims',
      { subject: 's', claims: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`c${at}`, 'x'])) },
      /20/,
    ],
    [
      'of a SPIFFE ID of another domain',
      { kind: 'spiffe', issuer: 'example.org', subjectPattern: 'spiffe://example.org.evil/*' },
      /not a SPIFFE ID/,
    ],
    ['with a thumbprint that is none', { subject: 's', keyThumbprints: ['x'] }, /thumbprint/],
  ]
  it.each(bad)('is refused %s', async (_, more, says) => {
    const said = await refusal(bind({ issuer: 'https://own.example', ...more } as BindingDraft))
    expect(said).toMatch(/^request_invalid|^body_invalid/)
    expect(said).toMatch(says)
  })

  it('is refused where another one means the same, unless a claim tells them apart', async () => {
    const issuer = 'https://twins.example'
    await bind({ issuer, subjectPattern: 'a/*', claims: { env: 'prod' } })
    expect(await refusal(bind({ issuer, subjectPattern: 'a/*' }))).toMatch(/^already_exists/)
    expect(await refusal(bind({ issuer, subject: 'a/b', claims: { env: 'prod' } }))).toMatch(/^already_exists/)
    expect((await bind({ issuer, subject: 'a/b', claims: { env: 'dev' } })).entry).toBeGreaterThan(0)
    expect((await bind({ issuer, subject: 'a/b/c' })).entry).toBeGreaterThan(0)
    expect((await bind({ issuer, subjectPattern: 'a/*', claims: { env: 'test' } })).entry).toBeGreaterThan(0)
  })
})

describe('a workload that nobody registered', () => {
  it('is bound to what pins it down as it was seen, and takes its name from nobody who is pinned otherwise', async () => {
    const [one, other] = [await agentOf(forge, 'github'), await agentOf(forge, 'github', { repository_id: '75' })]
    const first = await problemOf(one.openTask(task))
    const second = await problemOf(other.openTask(task))
    expect([first?.code, second?.code]).toEqual(['identity_unknown', 'identity_unknown'])
    const { identities } = house.people.ada.client
    const shown = await Promise.all(
      [first, second].map((problem) => identities.show(String(problem?.facts['identityId']))),
    )
    expect(shown.map(({ bindings }) => bindings[0]?.claims)).toMatchObject([
      { repository_id: '74', repository_owner_id: '65' },
      { repository_id: '75', repository_owner_id: '65' },
    ])
    expect(shown[0]?.identity).toMatchObject({
      foundAt: forge.url,
      vendor: 'acme',
      runtime: 'vendor',
      state: 'discovered',
    })
  })

  it('is told of only as often as its issuer may', async () => {
    for (const name of ['a', 'b']) {
      const sub = `system:serviceaccount:agents:${name}`
      expect(await problemOf((await agentOf(cluster, 'kubernetes', { sub })).openTask(task))).toHaveProperty(
        'facts.identityId',
      )
    }
    const sub = 'system:serviceaccount:agents:c'
    const third = await problemOf((await agentOf(cluster, 'kubernetes', { sub })).openTask(task))
    expect(third?.message).toContain('too many unknown ones')
    const elsewhere = await problemOf((await agentOf(forge, 'github', { repository_id: '76' })).openTask(task))
    expect(elsewhere?.facts).toHaveProperty('identityId')
  })
})

describe('a pod that reads its token from a file', () => {
  it('opens a task and exchanges by the same token, as often as it likes, and nobody else does', async () => {
    const { claims, header } = PLATFORM_TOKENS.kubernetes
    const id = await draft()
    const pins = {
      '/kubernetes.io/namespace': 'agents',
      '/kubernetes.io/serviceaccount/uid': 'e6a8680e-d103-4cce-80ea-03acbbeacf7d',
    }
    const bound = await bind({ issuer: cluster.url, subject: String(claims['sub']), claims: pins }, id)
    expect(bound.cautions).toEqual([])
    for (const each of makeSummariser(house).entitlements) await house.people.ada.client.identities.entitle(id, each)
    await house.people.ada.client.identities.rehearse(id)
    await approveIdentity(house, id)
    const file = await cluster.mint({ ...claims, aud: house.url }, header)
    const key = await createProofKey()
    const pod = createAgent({ baseUrl: house.url, assertion: () => Promise.resolve(file), key, fetch: house.fetch })
    // at once, as a program does that begins
    const opened = await Promise.all([1, 2, 3, 4].map(() => pod.openTask(task)))
    const tokens = await Promise.all(opened.map(({ task: { id: taskId } }) => pod.exchange(taskId, house.url)))
    expect(new Set(tokens.map((token) => token.value)).size).toBe(4)
    const thief = createAgent({
      baseUrl: house.url,
      assertion: () => Promise.resolve(file),
      key: await createProofKey(),
      fetch: house.fetch,
    })
    expect((await problemOf(thief.openTask(task)))?.code).toBe('assertion_reused')
    const bare = createAgent({ baseUrl: house.url, assertion: () => Promise.resolve(file), fetch: house.fetch })
    expect((await problemOf(bare.openTask(task)))?.code).toBe('proof_missing')
  })

  it('asks whether tokens count as often as it likes, from the first time on, and at once', async () => {
    const { claims, header } = PLATFORM_TOKENS.kubernetes
    const sub = 'system:serviceaccount:agents:asker'
    const id = await draft()
    await bind(
      { issuer: cluster.url, subject: sub, claims: { '/kubernetes.io/namespace': 'agents' }, acceptWide: 'x' },
      id,
    )
    await house.people.ada.client.identities.rehearse(id)
    const file = await cluster.mint({ ...claims, sub, aud: house.url }, header)
    const [key, other] = [await createProofKey(), await createProofKey()]
    const ask = async (door: 'introspect' | 'revoke', by = key) => {
      const dpop = await by.prove('POST', `${house.url}/oauth/${door}`)
      const body = new URLSearchParams({
        token: 'none',
        client_assertion: file,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      })
      return await send(house, `/oauth/${door}`, { method: 'POST', headers: { dpop }, body })
    }
    const doors = ['introspect', 'revoke', 'introspect', 'revoke', 'introspect'] as const
    const heard = await Promise.all(doors.map((door) => ask(door)))
    expect(heard.map(({ status, json }) => json.code ?? status)).toEqual([200, 200, 200, 200, 200])
    expect((await ask('introspect', other)).json.code).toBe('assertion_reused')
    // a refusal that is told first is the right one, and the assertion stays that of its key
    const again = await cluster.mint({ ...claims, sub, aud: house.url, jti: randomUUID() }, header)
    const agent = createAgent({ baseUrl: house.url, assertion: () => Promise.resolve(again), key, fetch: house.fetch })
    const refused = await Promise.all([1, 2, 3].map(async () => (await problemOf(agent.openTask(task)))?.code))
    expect(new Set(refused)).toEqual(new Set(['identity_inactive']))
  })
})
