import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAssertionKeys } from '../../sdk/key-assertion.ts'
import { type House, startHouse } from '../house.ts'
import { IDP } from '../http/login-routes.ts'
import { furnish, makeReleaser, makeSummariser, prepare, problemOf } from './cast.ts'

let house: House
let id: string
beforeAll(async () => {
  house = await startHouse({ spiffe: { trustDomain: 'own.example', audiences: [] } }, { issuers: [IDP] })
  await furnish(house)
  id = await prepare(house, makeSummariser(house, 'looked-at'))
})
afterAll(async () => {
  await house.end()
})

describe('what is put up for approval', () => {
  it('says what it lacks, and who is missing to say yes to it; what lacks nothing says nothing', async () => {
    const { ada, grace, lin } = house.people
    const { identities } = ada.client
    const ready = await prepare(house, makeSummariser(house, 'ready'))
    expect((await identities.submit(ready)).cautions).toEqual([])
    const { profile, entitlements } = makeSummariser(house, 'unready')
    const { id: unready } = (await identities.draft({ ...profile, owner: ada.id, sponsor: grace.id })).identity
    await identities.bind(unready, { kind: 'oidc', issuer: house.issuer.url, subject: 'unready', claims: {}, keys: [] })
    for (const entitlement of entitlements) await identities.entitle(unready, entitlement)
    const { approval, cautions } = await identities.submit(unready)
    expect(cautions).toEqual([expect.stringMatching(/has not been rehearsed.*`remit identity rehearse`/)])
    expect(await grace.client.approvals.vote(approval.id, 'approve', 'yes')).toMatchObject({ effect: 'none' })
    const who = { ...profile, name: 'unproven', owner: ada.id, sponsor: grace.id }
    const unproven = (await identities.draft(who)).identity.id
    const proof = { kind: 'oidc', issuer: 'https://nobody.example', subject: 'unproven', claims: {}, keys: [] } as const
    await identities.bind(unproven, proof)
    for (const entitlement of entitlements) await identities.entitle(unproven, entitlement)
    await identities.rehearse(unproven)
    expect((await identities.submit(unproven)).cautions.join()).toContain(`proves it now (oidc ${proof.issuer})`)
    // deploying to production takes an owner and an approver: of three people two ask, and one cannot be both
    const wide = await makeReleaser(house)
    const id = (await identities.draft({ ...wide.profile, owner: grace.id, sponsor: ada.id })).identity.id
    await identities.bind(id, wide.binding)
    for (const entitlement of wide.entitlements) await grace.client.identities.entitle(id, entitlement)
    await identities.rehearse(id)
    const asked = await identities.submit(id)
    expect([asked.approval.seats.length, asked.cautions]).toEqual([
      2,
      [expect.stringMatching(/^Nobody else has the roles to say yes to it \(owner, s/)],
    ])
    expect(asked.approval.requestedBy).not.toContain(lin.id)
  })
})

const oidc = { kind: 'oidc', claims: {}, keys: [] } as const
const spiffe = { kind: 'spiffe', claims: {}, keys: [] } as const

describe('a binding', () => {
  const never: readonly (readonly [
    string,
    Parameters<House['people']['ada']['client']['identities']['bind']>[1],
    RegExp,
  ])[] = [
    ['an issuer that is no address', { ...oidc, issuer: 'github', subject: 's' }, /github is none/],
    [
      'a subject that is no SPIFFE ID',
      { ...spiffe, issuer: 'example.org', subject: 'release-agent' },
      /not a SPIFFE ID/,
    ],
    [
      'a SPIFFE ID of another trust domain',
      { ...spiffe, issuer: 'example.org', subject: 'spiffe://evil.org/a' },
      /not a SPIFFE ID of/,
    ],
    ['an issuer that serves people', { ...oidc, issuer: IDP.issuer, subject: 'zoe' }, /serves people/],
    [
      'our own trust domain',
      { ...spiffe, issuer: 'own.example', subject: 'spiffe://own.example/a' },
      /is our own trust domain/,
    ],
    [
      'a trust domain that is said as a SPIFFE ID',
      { ...spiffe, issuer: 'spiffe://example.org', subject: 'spiffe://example.org/a' },
      /^The issuer is a trust domain by its name alone, such as example\.org\.$/,
    ],
    [
      'a pattern of what is no SPIFFE ID',
      { ...spiffe, issuer: 'example.org', subjectPattern: 'spiffe://example.org/../*' },
      /not a SPIFFE ID of/,
    ],
    [
      'the SPIFFE ID of a trust domain, which is no workload',
      { ...spiffe, issuer: 'example.org', subject: 'spiffe://example.org' },
      /not a SPIFFE ID of a workload of/,
    ],
    [
      'a platform whose tokens are of another kind',
      { ...spiffe, preset: 'spire', issuer: 'example.org', subject: 'spiffe://example.org/a' },
      /^A preset is of a platform whose tokens are OIDC; a binding by spiffe has none\.$/,
    ],
    [
      'a claim that says another subject',
      { ...oidc, issuer: 'https://token.example', subject: 's', claims: { sub: 't' } },
      /another issuer or subject than the binding/,
    ],
    [
      'a claim that says another issuer, by a pattern',
      {
        ...oidc,
        issuer: 'https://token.example',
        subject: 's',
        claims: { iss: { pattern: 'https://other.example/*' } },
      },
      /another issuer or subject than the binding/,
    ],
    [
      'a claim by a pointer that is none',
      { ...oidc, issuer: 'https://token.example', subject: 's', claims: { '/a~2b': 'x' } },
      /claims: must have 0 or 1 behind each ~/,
    ],
    [
      'a number for a claim that is a text everywhere',
      { ...oidc, issuer: 'https://token.example', subject: 's', claims: { sub: 7 } },
      /^The claim sub is a text .* sub=7\.$/,
    ],
    [
      'a number for a claim that is a text on its platform',
      {
        ...oidc,
        preset: 'github',
        subject: 'repo:acme/docs:environment:production',
        claims: { repository_id: 74, repository_owner_id: '65' },
      },
      /^The claim repository_id is a text .* repository_id=74\.$/,
    ],
    [
      'a key beside the issuer that signs',
      { ...spiffe, issuer: 'example.org', subject: 'spiffe://example.org/a', keys: [{ kty: 'EC' }] },
      /^A binding by spiffe has no keys of its own; pin it/,
    ],
    [
      'a key beside the issuer of an OIDC token',
      { ...oidc, issuer: 'https://token.example', subject: 's', keys: [{ kty: 'EC' }] },
      /^A binding by oidc has no keys of its own/,
    ],
    ['a key that is not there', { kind: 'key', issuer: 'self', subject: 'k', claims: {}, keys: [] }, /public key/],
    [
      'a key that verifies nothing',
      { kind: 'key', issuer: 'self', subject: 'k', claims: {}, keys: [{ kty: 'EC' }] },
      /public key/,
    ],
  ]
  it.each(['', '/', '/spiffe', '/federation'])('by us ourselves is refused: %s', async (path) => {
    const draft = { ...oidc, issuer: `${house.url}${path}`, subject: 's' }
    const problem = await problemOf(house.people.ada.client.identities.bind(id, draft))
    expect(problem).toMatchObject({ code: 'request_invalid', detail: expect.stringMatching(/is our own/) })
  })

  it.each(never)('that can never prove anything is refused: %s', async (_, draft, said) => {
    const problem = await problemOf(house.people.ada.client.identities.bind(id, draft))
    expect(problem?.message).toMatch(/^(request|body)_invalid: /)
    expect(problem?.message.replace(/^\w+: /, '')).toMatch(said)
  })

  it('to what is not configured yet says so, and one to what is configured says nothing', async () => {
    const { identities } = house.people.ada.client
    const bind = async (draft: (typeof never)[number][1]): Promise<readonly string[]> =>
      (await identities.bind(id, draft)).cautions
    expect(await bind({ ...oidc, issuer: 'https://token.example', subject: 's' })).toEqual([
      expect.stringMatching(/https:\/\/token\.example is not configured/),
    ])
    expect(await bind({ ...spiffe, issuer: 'other.org', subject: 'spiffe://other.org/a' })).toEqual([
      expect.stringMatching(/other\.org is not configured/),
    ])
    expect(await bind({ ...spiffe, issuer: 'example.org', subject: 'spiffe://example.org/a' })).toEqual([])
    expect(await bind({ ...oidc, issuer: house.issuer.url, subject: 'second' })).toEqual([])
    const claims = { ref: 'refs/tags/*', job: { pattern: 'acme/flows/**' } }
    expect(await bind({ ...oidc, issuer: house.issuer.url, subject: 'repo:acme/*', claims })).toEqual([
      expect.stringMatching(/^The \* of its subject stands for itself/),
      expect.stringMatching(/^The \* of its claim ref stands for itself/),
    ])
    const subjectPattern = 'repo:acme/docs:*'
    expect(await bind({ ...oidc, issuer: house.issuer.url, subjectPattern })).toEqual([])
    const ofCluster = { '/kubernetes.io/namespace': 'agents', '/kubernetes.io/serviceaccount/uid': 'u' }
    const account = { ...oidc, issuer: house.issuer.url, preset: 'kubernetes', claims: ofCluster } as const
    expect(await bind({ ...account, subject: 'agents:reader' })).toEqual([
      'A subject of kubernetes begins with system: unless it was told to make others: it is like system:serviceaccount:NAMESPACE:NAME.',
    ])
    expect(await bind({ ...account, subject: 'system:serviceaccount:agents:reader' })).toEqual([])
  })

  it('by a key that proves another identity is refused until that one ends', async () => {
    const { identities } = house.people.ada.client
    const { publicJwk } = await createAssertionKeys()
    const other = await prepare(house, makeSummariser(house, 'has-the-key'))
    const draft = { kind: 'key', issuer: 'self', claims: {} } as const
    const { binding } = await identities.bind(other, { ...draft, subject: 'first', keys: [publicJwk] })
    const again = { ...draft, subject: 'second', keys: [{ ...publicJwk, kid: 'another-name' }] }
    expect(await problemOf(identities.bind(id, again))).toMatchObject({
      code: 'already_exists',
      facts: { identityId: other, bindingId: binding.id },
    })
    await identities.endBinding(other, binding.id, 'Moved')
    expect((await identities.bind(id, again)).cautions).toEqual([])
  })

  it('by an attester is refused where its key proves an identity, and so is such a key where it attests one', async () => {
    const { identities } = house.people.ada.client
    const [attester, own] = [(await createAssertionKeys()).publicJwk, (await createAssertionKeys()).publicJwk]
    const other = await prepare(house, makeSummariser(house, 'is-attested'))
    const by = (keys: (typeof own)[], subject: string) =>
      ({ kind: 'attestation', issuer: 'self', claims: {}, subject, keys }) as const
    const key = (keys: (typeof own)[]) => ({ ...by(keys, 'itself'), kind: 'key' }) as const
    await identities.bind(other, by([attester], 'phone'))
    expect((await identities.bind(id, by([attester], 'tablet'))).cautions).toHaveLength(1) // one attester vouches for many
    for (const whose of [id, other])
      expect(await problemOf(identities.bind(whose, key([own, attester])))).toMatchObject({ code: 'already_exists' })
    const { binding } = await identities.bind(other, key([own]))
    for (const whose of [id, other])
      expect(await problemOf(identities.bind(whose, by([own], 'watch')))).toMatchObject({ code: 'already_exists' })
    await identities.endBinding(other, binding.id, 'Moved')
    await identities.bind(id, by([own], 'watch'))
  })

  it('by an attester of the configuration says where that counts for less, or for nothing', async () => {
    const { identities } = house.people.ada.client
    const by = (issuer: string, subject: string) =>
      identities.bind(id, { kind: 'attestation', issuer, claims: {}, subject, keys: [] })
    const { cautions } = await by(house.issuer.url, 'phone-of-row')
    expect(cautions.at(-1)).toContain('count as key-bound, not as attested')
    expect((await by('https://nobody.example', 'phone-of-none')).cautions.at(-1)).toContain('proves nothing')
  })

  it('by one key proves one of many identities for which it is put at once', async () => {
    const { identities } = house.people.ada.client
    const { publicJwk } = await createAssertionKeys()
    const key = (at: number) =>
      ({ kind: 'key', issuer: 'self', claims: {}, subject: `rival-${at}`, keys: [publicJwk] }) as const
    const rivals = await Promise.all([0, 1, 2, 3].map((at) => prepare(house, makeSummariser(house, `rival-${at}`))))
    const problems = await Promise.all(rivals.map((rival, at) => problemOf(identities.bind(rival, key(at)))))
    expect(problems.filter((problem) => problem === undefined)).toHaveLength(1)
    expect(problems.filter((problem) => problem?.code === 'already_exists')).toHaveLength(3)
  })
})

describe('the review of a tool', () => {
  const review = (more: object) => ({
    server: 'docs',
    tool: 'read_text_file',
    actionClass: 'read' as const,
    resourceArgument: 'path',
    resourceKind: 'path' as const,
    resourcePrefix: 'docs:',
    resourceRoot: house.documents,
    resultIntegrity: 'untrusted' as const,
    ...more,
  })

  it('by an argument that the tool does not take is refused, and names those that it takes', async () => {
    const { catalogue } = house.people.ada.client
    const problem = await problemOf(catalogue.classifyTool(review({ resourceArgument: 'file' })))
    expect(problem).toMatchObject({
      code: 'request_invalid',
      detail: expect.stringMatching(/no argument file; it takes: .*path/),
    })
    expect((await catalogue.classifyTool(review({}))).cautions).toEqual([])
  })

  it('with a relative root is refused, and with one that is not there is looked at', async () => {
    const { catalogue } = house.people.ada.client
    expect(await problemOf(catalogue.classifyTool(review({ resourceRoot: 'docs' })))).toMatchObject({
      code: 'request_invalid',
    })
    expect((await catalogue.classifyTool(review({ resourceRoot: '/no/such/folder' }))).cautions).toEqual([
      'There is no folder /no/such/folder on this machine.',
    ])
    await catalogue.classifyTool(review({}))
  })
})

describe('what is said once and counts later', () => {
  it('names the servers and tools of an entitlement that are not there', async () => {
    const terms = { classes: ['read'], ceiling: 'internal', approval: 'none', reason: 'r', days: 1 } as const
    const { cautions } = await house.people.ada.client.identities.entitle(id, {
      ...terms,
      scope: [
        { action: 'docs/read_text_file', resource: 'docs:*' },
        { action: 'docs/*', resource: 'docs:public/*' },
        { action: 'docs/fly', resource: 'docs:*' },
        { action: 'docs/edit_file', resource: 'docs:*' },
        { action: 'docs/edit*', resource: 'docs:internal/*' },
        { action: 'docs/fly*', resource: 'docs:internal/*' },
        { action: 'cods/read', resource: 'docs:*' },
        { action: 'docs/read_text_file', resource: 'public/*' },
        { action: 'deploy', resource: 'prod' },
      ],
    })
    expect([...cautions].sort()).toEqual([
      'No tool that docs/edit* names is reviewed, and so all are closed; review them with remit tool classify.',
      'The server docs offers no tool that docs/fly names.',
      'The server docs offers no tool that docs/fly* names.',
      'The tool docs/edit_file is not reviewed, and so is closed; review it with remit tool classify.',
      'There is no server cods behind the gateway, which cods/read names.',
      'What docs/read_text_file acts on is docs:*, and so it does nothing with public/*.',
    ])
  })

  it('names what of a right, and of what somebody lets act for them, is in vain', async () => {
    const { ada, grace } = house.people
    const bounds = { classes: ['read'], ceiling: 'internal', reason: 'r', days: 1 } as const
    const scope = [
      { action: 'docs/read_text_file', resource: 'public/*' },
      { action: 'docs/read_text_file', resource: 'docs:public/*' },
    ]
    const inVain = 'What docs/read_text_file acts on is docs:*, and so it does nothing with public/*.'
    const right = await ada.client.people.grantRight(grace.id, { ...bounds, scope })
    const letting = await grace.client.acting.let({ to: id, ...bounds, scope, depthMax: 1 })
    expect([right.cautions, letting.cautions]).toEqual([[inVain], [inVain]])
  })

  it('names what somebody lets act for them that they may not do themselves, and an issuer by which it never comes', async () => {
    const { grace } = house.people
    const letting = await grace.client.acting.let({
      to: id,
      scope: [
        { action: 'docs/*', resource: 'docs:public/*' },
        { action: 'docs/read_text_file', resource: 'docs:pay/*' },
      ],
      classes: ['read'],
      ceiling: 'internal',
      depthMax: 0,
      issuers: ['https://typo.example'],
      reason: 'r',
      days: 1,
    })
    const { bindings } = await house.people.ada.client.identities.show(id)
    const own = [...new Set(bindings.map(({ issuer }) => issuer))]
    expect(letting.cautions).toEqual([
      'You have no right to read by docs/read_text_file on docs:pay/* yourself, so nothing comes of that until an administrator gives you one (remit person entitle).',
      `looked-at proves itself by nothing of https://typo.example, only of ${own.join(', ')}.`,
    ])
  })

  it('names a rule about resources that nothing acts on, and one that spells paths as none is called', async () => {
    const { catalogue } = house.people.ada.client
    const cautionsOf = async (pattern: string): Promise<readonly string[]> =>
      (await catalogue.classifyResource({ pattern, sensitivity: 'restricted' })).cautions
    for (const pattern of ['docs:pay/*', 'docs:pay', 'docs:.hidden*', 'docs:*', '*', 'domain:records'])
      expect([pattern, await cautionsOf(pattern)]).toEqual([pattern, []])
    expect(await cautionsOf('doc:pay/*')).toEqual([
      'No tool that is reviewed acts on doc:pay/*; they act on docs:*. It counts only for what is asked about under that name.',
    ])
    for (const [said, meant] of [
      ['docs:/pay/*', 'docs:pay/*'],
      ['docs:pay/', 'docs:pay/*'],
      ['docs:/', 'docs:*'],
      ['docs:./pay//a*', 'docs:pay/a*'],
      ['docs:/*', 'docs:*'],
    ] as const)
      expect(await cautionsOf(said)).toEqual([
        `No path is ever called ${said}: none has a slash before or behind it, nor an empty part or one that is a dot. ${meant} may be meant.`,
      ])
  })

  it('says that an entitlement is for another class than its tool is reviewed as, where no tool of it is of that class', async () => {
    const terms = {
      classes: ['write', 'execute'],
      ceiling: 'internal',
      approval: 'none',
      reason: 'r',
      days: 1,
    } as const
    const { profile } = makeSummariser(house, 'publisher')
    const { ada, grace } = house.people
    const draft = { ...profile, purpose: 'publish', owner: ada.id, sponsor: grace.id }
    const publisher = (await ada.client.identities.draft(draft)).identity.id
    const { cautions } = await ada.client.identities.entitle(publisher, {
      ...terms,
      scope: [{ action: 'docs/read_text_file', resource: 'docs:*' }],
    })
    expect(cautions).toEqual(['What docs/read_text_file does counts as read, and this is for write, execute alone.'])
  })

  it('names the vendor of what a vendor runs', async () => {
    const { ada, grace } = house.people
    const { profile } = makeSummariser(house, 'rented')
    const draft = { ...profile, runtime: 'vendor', owner: ada.id, sponsor: grace.id } as const
    expect(await problemOf(ada.client.identities.draft(draft))).toMatchObject({ code: 'request_invalid' })
    expect((await ada.client.identities.draft({ ...draft, vendor: 'acme' })).identity.vendor).toBe('acme')
  })

  it('says what a purpose was before it is replaced', async () => {
    const { catalogue } = house.people.ada.client
    const purpose = { code: 'twice', title: 'Once', classes: ['read'], ceiling: 'public' } as const
    expect((await catalogue.definePurpose(purpose)).cautions).toEqual([])
    expect((await catalogue.definePurpose({ ...purpose, ceiling: 'internal' })).cautions).toEqual([
      'twice was defined before: Once; read on data up to public. That is replaced.',
    ])
  })
})
