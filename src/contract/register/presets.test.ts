import { describe, expect, it } from 'vitest'
import type { Proof } from './binding.ts'
import { findWidth, PRESET_NAMES, PRESETS, type PresetName, presetNameOf, presetOf, proposeClaims } from './presets.ts'

const widthOf = (name: PresetName, proof: Partial<Proof>): readonly string[] =>
  findWidth(presetOf(name), { subject: '', claims: {}, ...proof })
const byPattern = (subjectPattern: string) => ({ subject: 'head', subjectPattern })

describe('a platform', () => {
  it('has one row, which says what its issuers and subjects look like', () => {
    expect(PRESETS.map(({ name }) => name)).toEqual(PRESET_NAMES)
    for (const name of PRESET_NAMES) {
      expect(presetOf(name).name).toBe(name)
      expect(presetOf(name).issuerLike.length).toBeGreaterThan(20)
      expect(presetOf(name).subjectLike.length).toBeGreaterThan(15)
    }
  })

  it('is known by its issuer where that is the same for everybody', () => {
    expect(presetNameOf('https://token.actions.githubusercontent.com')).toBe('github')
    expect(presetNameOf('https://gitlab.com')).toBe('gitlab')
    expect(presetNameOf('https://accounts.google.com')).toBe('google')
    expect(presetNameOf('https://gitlab.com/')).toBeUndefined()
    expect(PRESETS.filter(({ issuer }) => issuer === null).map(({ name }) => name)).toEqual([
      'kubernetes',
      'aws',
      'azure',
      'spire',
      'vendor',
    ])
  })

  const trusts: [PresetName, string, boolean, number, string[]][] = [
    ['kubernetes', 'cached', false, 3_600, ['RS256', 'ES256']],
    ['github', 'single-use', true, 3_600, ['RS256']],
    ['gitlab', 'cached', true, 3_600, ['RS256']],
    ['aws', 'cached', true, 3_600, ['ES384', 'RS256']],
    ['google', 'cached', false, 3_600, ['RS256']],
    ['azure', 'cached', false, 86_400, ['RS256']],
    ['spire', 'cached', false, 3_600, ['RS256', 'ES256', 'ES384']],
    ['vendor', 'single-use', true, 3_600, ['RS256', 'ES256']],
  ]
  it.each(trusts)(
    '%s is trusted for tokens that live as its manual says',
    (name, liveness, requireJti, age, algorithms) => {
      expect(presetOf(name).trust).toEqual({ liveness, requireJti, maxAgeSeconds: age, algorithms })
    },
  )
})

describe('what a binding lets in besides one workload', () => {
  const open: [PresetName, Partial<Proof>, readonly string[]][] = [
    [
      'kubernetes',
      { subject: 'system:serviceaccount:agents:docs' },
      [
        'it does not pin /kubernetes.io/namespace, and so lets in a service account of another namespace',
        'it does not pin /kubernetes.io/serviceaccount/uid, and so lets in a service account that is made later under the same name',
      ],
    ],
    [
      'github',
      { subject: 'repo:acme/docs:ref:refs/heads/main' },
      [
        'it does not pin repository_id, and so lets in a repository that is made later under the same name',
        'it does not pin repository_owner_id, and so lets in an owner who takes the same name later',
        'it does not pin job_workflow_ref or workflow_ref or environment, and so lets in any workflow that somebody adds to the repository',
      ],
    ],
    [
      'gitlab',
      { subject: 'project_path:acme/docs:ref_type:branch:ref:main' },
      [
        'it does not pin project_id, and so lets in a project that is made later under the same name',
        'it does not pin ref_protected or environment_protected to true, and so lets in a branch that anybody with a push may make',
      ],
    ],
    [
      'gitlab',
      { claims: { project_id: '1', ref_protected: 'false', environment_protected: false } },
      [
        'it does not pin ref_protected or environment_protected to true, and so lets in a branch that anybody with a push may make',
      ],
    ],
    [
      'aws',
      { subject: 'arn:aws:iam::1:role/docs' },
      ['it does not pin /https:~1~1sts.amazonaws.com~1/aws_account, and so lets in a role of another account'],
    ],
    [
      'google',
      { subject: '113' },
      ['it does not pin email or azp, and so lets in nobody, but nobody can read whose number it is'],
    ],
    ['google', { subject: 'a1', claims: { email: 'a@b' } }, ['its subject is not the number of a service account']],
    ['google', { subject: '1a', claims: { azp: '7' } }, ['its subject is not the number of a service account']],
    [
      'azure',
      { subject: 'f00' },
      [
        'it does not pin tid, and so lets in an identity of another tenant',
        'it does not pin oid, and so lets in another identity of the same application',
      ],
    ],
    ['spire', { subject: 'spiffe://acme.example' }, ['its subject is a whole trust domain']],
    ['spire', { subject: 'spiffe://acme.example/' }, ['its subject is a whole trust domain']],
    ['spire', byPattern('spiffe://acme.example/*'), ['its subject is a whole trust domain']],
    ['spire', { subject: 'x spiffe://acme.example/api' }, ['its subject is a whole trust domain']],
    ['spire', byPattern('spiffe://acme.example/ns/**'), ['its subject is open at its end']],
    ['vendor', byPattern('agent:*'), ['its subject is a pattern, and so every workload whose name fits it']],
  ]
  it.each(open)('of %s is told: %j', (name, proof, says) => {
    expect(widthOf(name, proof)).toEqual(says)
  })

  const narrow: [PresetName, Partial<Proof>][] = [
    ['kubernetes', { claims: { '/kubernetes.io/namespace': 'a', '/kubernetes.io/serviceaccount/uid': 'b' } }],
    ['github', { claims: { repository_id: '1', repository_owner_id: '2', job_workflow_ref: 'w' } }],
    ['github', { claims: { repository_id: '1', repository_owner_id: '2', workflow_ref: 'w' } }],
    ['github', { claims: { repository_id: '1', repository_owner_id: '2', environment: 'prod' } }],
    [
      'github',
      { subject: 'repo:acme/docs:environment:prod', claims: { repository_id: '1', repository_owner_id: '2' } },
    ],
    ['gitlab', { claims: { project_id: 1, ref_protected: true } }],
    ['gitlab', { claims: { project_id: 1, environment_protected: 'true' } }],
    ['aws', { claims: { '/https:~1~1sts.amazonaws.com~1/aws_account': '1' } }],
    ['google', { subject: '113', claims: { email: 'a@b' } }],
    ['azure', { claims: { tid: 't', oid: 'o' } }],
    ['spire', { subject: 'spiffe://acme.example/api' }],
    ['vendor', { subject: 'agent-1' }],
  ]
  it.each(narrow)('of %s is nothing where it is pinned to one: %j', (name, proof) => {
    expect(widthOf(name, proof)).toEqual([])
  })

  it('is as much where a claim is pinned to a pattern as where it is not pinned', () => {
    const [pinned, open] = [
      { tid: 't', oid: 'o' },
      { tid: 't', oid: { pattern: 'o/*' } },
    ]
    expect(widthOf('azure', { claims: pinned })).toEqual([])
    expect(widthOf('azure', { claims: open })).toEqual([
      'it does not pin oid, and so lets in another identity of the same application',
    ])
  })

  it.each(['kubernetes', 'gitlab', 'aws', 'google', 'azure', 'vendor'] as const)(
    'of %s is every workload whose name fits where its subject is a pattern',
    (name) => {
      const says = 'its subject is a pattern, and so every workload whose name fits it'
      expect(widthOf(name, byPattern('7:*'))).toContain(says)
      expect(widthOf(name, { subject: '7:*', subjectPattern: null })).not.toContain(says)
    },
  )

  const owner = 'its subject means every repository of an owner'
  const branch = 'whoever can push any branch or tag runs as it'
  const end = 'its subject is open at its end'
  const ofGithub: [string, readonly string[]][] = [
    ['repo:*', [owner]],
    ['repo:acme/*', [owner]],
    ['repo:acme/**', [owner, end]],
    ['repo:*:ref:refs/heads/*', [owner, branch]],
    ['repo:acme/docs:ref:refs/tags/*', [branch]],
    ['repo:acme/docs:environment:*', []],
    ['job:acme/docs:ref:refs/heads/main/**', [end]],
    ['x:repo:acme/*', []],
  ]
  it.each(ofGithub)('of a pattern of github %s', (pattern, says) => {
    const ids = { repository_id: '1', repository_owner_id: '2', environment: 'prod' }
    expect(widthOf('github', { ...byPattern(pattern), claims: ids })).toEqual(says)
  })

  it('of a subject of github is whoever may open a pull request', () => {
    const claims = { repository_id: '1', repository_owner_id: '2', environment: 'prod' }
    expect(widthOf('github', { subject: 'repo:acme/docs:pull_request', claims })).toEqual([
      'whoever opens a pull request runs as it',
    ])
    // what only a pattern can mean, a subject that is one text does not
    expect(widthOf('github', { subject: 'repo:acme/*:ref:refs/heads/**', claims })).toEqual([])
  })

  it.each(['repo:a:environment:', 'repo:a:environment:b:c', 'repo:a:environment:*', 'repo:a'])(
    'of a subject of github that names no environment at its end, %s, is any workflow',
    (subject) => {
      const claims = { repository_id: '1', repository_owner_id: '2' }
      expect(widthOf('github', { subject, claims })).toHaveLength(1)
    },
  )
})

describe('the claims that an adopted identity is bound to', () => {
  const proposed: [PresetName, readonly string[]][] = [
    ['kubernetes', ['/kubernetes.io/namespace', '/kubernetes.io/serviceaccount/uid']],
    ['github', ['repository_id', 'repository_owner_id', 'job_workflow_ref']],
    ['gitlab', ['project_id', 'namespace_id', 'ref_protected']],
    ['aws', ['/https:~1~1sts.amazonaws.com~1/aws_account', '/https:~1~1sts.amazonaws.com~1/org_id']],
    ['google', ['email', 'email_verified', 'azp']],
    ['azure', ['tid', 'oid', 'azp', 'appid']],
    ['spire', []],
    ['vendor', []],
  ]
  it.each(proposed)('of %s are those that name it', (name, names) => {
    expect(presetOf(name).proposes).toEqual(names)
  })

  it('are those that it showed, as it showed them', () => {
    const claims = { project_id: 7, namespace_id: 'n', ref_protected: false, other: 'x' }
    expect(proposeClaims(presetOf('gitlab'), claims)).toEqual({
      project_id: 7,
      namespace_id: 'n',
      ref_protected: false,
    })
    expect(proposeClaims(presetOf('kubernetes'), { 'kubernetes.io': { namespace: 'agents' } })).toEqual({
      '/kubernetes.io/namespace': 'agents',
    })
  })

  it('are none that no rule can say', () => {
    const claims = { tid: 1.5, oid: ['o'], azp: 'x'.repeat(1_001), appid: null }
    expect(proposeClaims(presetOf('azure'), claims)).toEqual({})
    expect(proposeClaims(presetOf('azure'), { azp: 'x'.repeat(1_000) })).toEqual({ azp: 'x'.repeat(1_000) })
  })
})
