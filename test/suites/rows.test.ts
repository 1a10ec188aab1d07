import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insert, meter, type Tables, update } from '../../src/contract/change.ts'
import { policyVersionId } from '../../src/contract/policy.ts'
import { createIds } from '../../src/ground/ids.ts'
import { LIMITS } from '../../src/ground/limits.ts'
import type { Store } from '../../src/store/store.ts'
import { POSTGRES_START_MS } from '../postgres.ts'
import { BACKENDS, type Backend, open } from './backends.ts'
import {
  approval,
  binding,
  commit,
  credential,
  identity,
  purpose,
  signingKey,
  task,
  toolRule,
  usage,
  writing,
} from './writes.ts'

describe.each(BACKENDS)('rows on $name', ({ start }) => {
  let backend: Backend
  let store: Store
  beforeAll(async () => {
    backend = await start()
    store = await open(await backend.create())
    await commit(store.record, writing('all', ...Object.values(SEED).flat()))
  }, POSTGRES_START_MS)
  afterAll(async () => {
    await store.close()
    await backend.stop()
  })
  const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id)

  it('a row comes back whole, with its version and entry; an absent one is undefined', async () => {
    expect(await store.rows.get('identities', 'idn_1')).toEqual({
      ...identity('idn_1', 'one'),
      owner: 'psn_1',
      sponsor: 'psn_2',
      vendor: 'acme',
      version: 1,
      entry: 0,
    })
    expect(await store.rows.get('identities', 'idn_x')).toBeUndefined()
    expect(await store.rows.get('identities', 'idn\0')).toBeUndefined()
  })

  it('many keys give each row once, whatever is asked twice, is absent, or is none', async () => {
    expect(ids(await store.rows.getMany('tasks', ['tsk_3', 'tsk_1', 'tsk_3', 'tsk_x']))).toEqual(['tsk_1', 'tsk_3'])
    expect(await store.rows.getMany('tasks', [])).toEqual([])
    expect(
      await store.rows.getMany(
        'tasks',
        Array.from({ length: LIMITS.storeKeysMax + 5 }, (_, at) => `tsk_${at}`),
      ),
    ).toHaveLength(5)
  })

  it('versions of policies are found by their domain, the newest first, and counted on beyond nine', async () => {
    const { policyVersions, policyVersion } = store.register
    const newest = await policyVersions('remit', { limit: 2, newestFirst: true })
    expect(newest.map(({ number }) => number)).toEqual([10, 9])
    expect((await policyVersions('remit', { limit: 9 })).map(({ number }) => number)).toEqual([2, 9, 10])
    expect(await policyVersion(policyVersionId('shop', 11))).toMatchObject({ domain: 'shop', version: 1 })
    expect(await store.register.policyDomain('remit')).toBeUndefined()
  })

  it('rows are found by one column, by several, by lists, and by bounds', async () => {
    expect(ids(await store.rows.find('tasks', { identity_id: 'idn_1' }))).toEqual(['tsk_1', 'tsk_2', 'tsk_3'])
    expect(ids(await store.rows.find('tasks', { identity_id: 'idn_1', state: ['active', 'waiting'] }))).toEqual([
      'tsk_1',
      'tsk_2',
    ])
    expect(ids(await store.rows.find('tasks', { state: 'active' }, { atMost: { ends_ms: 200 } }))).toEqual([
      'tsk_1',
      'tsk_4',
    ])
    expect(await store.rows.find('tasks', { state: [] })).toEqual([])
  })

  it('rows are counted as they are found, beyond what one search may give too', async () => {
    expect(await store.rows.count('tasks', {})).toBe(5)
    expect(await store.rows.count('tasks', { identity_id: 'idn_1', state: ['active', 'waiting'] })).toBe(2)
    expect(await store.rows.count('tasks', { state: [] })).toBe(0)
    expect(await store.rows.count('identities', { name: 'x\0' })).toBe(0)
    expect(await store.register.identityCount('draft')).toBe(2)
    expect(await store.register.identityCount('discovered')).toBe(0)
  })

  it('pages follow each other without gap or repeat', async () => {
    const pages = [await store.rows.find('tasks', {}, { limit: 2 })]
    pages.push(
      await store.rows.find('tasks', {}, { limit: 2, after: 'tsk_2' }),
      await store.rows.find('tasks', {}, { limit: 2, after: 'tsk_4' }),
    )
    expect(pages.map(ids)).toEqual([['tsk_1', 'tsk_2'], ['tsk_3', 'tsk_4'], ['tsk_5']])
  })

  it('the newest come first where that is asked for, page by page', async () => {
    const newest = { limit: 2, newestFirst: true } as const
    expect(ids(await store.rows.find('tasks', {}, newest))).toEqual(['tsk_5', 'tsk_4'])
    expect(ids(await store.rows.find('tasks', {}, { ...newest, after: 'tsk_4' }))).toEqual(['tsk_3', 'tsk_2'])
    expect(ids(await store.register.tasks({ identityId: 'idn_1' }, newest))).toEqual(['tsk_3', 'tsk_2'])
  })

  it('what a stranger names cannot reach the SQL', async () => {
    expect(await store.rows.find('identities', { name: "one' or '1'='1" })).toEqual([])
    expect(await store.rows.get('identities', "idn_1'; drop table identities; --")).toBeUndefined()
    expect(await store.rows.get('identities', 'idn_1')).toBeDefined()
  })

  it('a search that would leave rows out unsaid is refused', async () => {
    const count = LIMITS.storeRowsMax + 1
    const fill = Array.from({ length: count }, (_, at) => insert('seen_proofs', { id: `proof-${at}`, expiresMs: 7 }))
    for (let at = 0; at < count; at += 1000) await commit(store.record, writing('fill', ...fill.slice(at, at + 1000)))
    await expect(store.rows.find('seen_proofs', {})).rejects.toMatchObject({ code: 'store_failed' })
    expect(await store.rows.count('seen_proofs', {})).toBe(count)
    expect(new Set(ids(await store.rows.findAll('seen_proofs', {}))).size).toBe(count)
    expect(await store.rows.findAll('seen_proofs', {})).toHaveLength(count)
    expect(await store.rows.find('seen_proofs', {}, { limit: 10 })).toHaveLength(10)
  })

  it('the register finds identities by name, state and owner, and its lists by page', async () => {
    const { register } = store
    expect((await register.identityNamed('one'))?.id).toBe('idn_1')
    expect(ids(await register.identities('draft', { limit: 9 }))).toEqual(['idn_1', 'idn_2'])
    expect(ids(await register.identities(undefined, { limit: 1, after: 'idn_1' }))).toEqual(['idn_2'])
    expect(ids(await register.identitiesOwnedBy('psn_1', 'draft', { limit: 9 }))).toEqual(['idn_1'])
    expect(await register.identitiesOwnedBy('psn_1', 'active', { limit: 9 })).toEqual([])
    expect(await register.ownedCount(['psn_1', 'psn_0'])).toBe(1)
    expect(await register.ownedCount(['psn_1'], ['pending', 'active'])).toBe(0)
    expect(await register.sponsoredCount(['psn_2', 'psn_0'], ['draft'])).toBe(1)
    expect(await register.sponsoredCount(['psn_2'], ['pending', 'active'])).toBe(0)
    expect(ids(await register.identitiesOfVendor('acme', { limit: 9 }))).toEqual(['idn_1'])
    expect((await register.binding('bnd_2'))?.id).toBe('bnd_2')
    expect(ids(await register.approvalsAbout('tsk_1'))).toEqual(['apr_1', 'apr_2'])
    expect(ids(await register.approvals('pending', { limit: 9 }))).toEqual(['apr_1'])
    expect(ids(await register.tasks({ state: 'active', identityId: 'idn_1' }, { limit: 9 }))).toEqual(['tsk_1'])
    expect(ids(await register.tasks({ state: ['active', 'waiting'], parentId: 'tsk_1' }, { limit: 9 }))).toEqual([
      'tsk_4',
    ])
    expect(ids(await register.tasks({ state: 'completed', parentId: 'tsk_1' }, { limit: 9 }))).toEqual([])
  })

  it('authenticating finds living and ended bindings of a subject, and of no other', async () => {
    expect(ids(await store.authenticate.findBindings('https://issuer.test', ['workload', 'work']))).toEqual([
      'bnd_1',
      'bnd_2',
    ])
    expect(await store.authenticate.findBindings('https://issuer.test', ['Workload'])).toEqual([])
  })

  it('deciding finds the rule of exactly the tool, though names hold slashes', async () => {
    expect((await store.decide.toolRule('docs', 'a/b'))?.tool).toBe('a/b')
    expect(await store.decide.toolRule('docs/a', 'b')).toBeUndefined()
    expect(await store.decide.toolRulesOf(['docs', 'other'])).toHaveLength(1)
  })

  it('the rules of many tools of a server are found at once, and none of another server', async () => {
    expect(await store.register.toolRulesOf('docs', ['a/b', 'c'])).toMatchObject([{ server: 'docs', tool: 'a/b' }])
    expect(await store.register.toolRulesOf('docs/a', ['b'])).toEqual([])
    expect(await store.register.toolRulesOf('docs', [])).toEqual([])
  })

  it('deciding is given counters as they were metered, and approvals of exactly the digest', async () => {
    expect(await store.decide.usages(['tsk_1'])).toMatchObject([{ taskId: 'tsk_1', calls: 3 }])
    expect(ids(await store.decide.approvalsFor('tsk_1', 'digest-2'))).toEqual(['apr_2'])
    expect(ids(await store.decide.pendingApprovalsOf('tsk_1', 5))).toEqual(['apr_1'])
  })

  it('deciding finds what an identity has read, as it was metered, in tasks made since a moment', async () => {
    const ids = createIds(() => 5_000)
    const [first, second] = [ids.next('task'), createIds(() => 6_000).next('task')]
    const raise = { add: {}, raise: { confidentiality: 2 }, atMost: {} }
    const rows = [insert('task_usage', usage(first)), insert('task_usage', usage(second, { integrity: 1 }))]
    await commit(store.record, writing('read', ...rows, meter('task_usage', first, raise)))
    const [secret, doubted] = [
      { taskId: first, confidentiality: 2, integrity: 0 },
      { taskId: second, confidentiality: 0, integrity: 1 },
    ]
    const find = async (sinceMs: number, of = 'idn_1') =>
      (await store.decide.labelsSince(of, sinceMs)).toSorted((a, b) => a.integrity - b.integrity)
    for (const _ of ['asked', 'remembered']) {
      expect(await find(5_000)).toEqual([secret, doubted])
      expect(await find(5_001)).toEqual([doubted])
      expect(await find(6_000)).toEqual([doubted])
      expect(await find(6_001)).toEqual([])
      expect(await find(0, 'idn_2')).toEqual([])
      expect(await find(0)).toEqual([secret, doubted])
    }
  })

  it('deciding reads the resource rules again when their catalogue has moved, and not before', async () => {
    const { decide, record, rows } = store
    const put = (pattern: string) => insert('resource_rules', { pattern, sensitivity: 'internal' })
    const move = meter('catalogues', 'resources', { add: { rules: 1 }, raise: {}, atMost: { rules: 2 } })
    expect(await decide.resourceRules()).toEqual({ catalogue: undefined, rules: [] })
    await commit(record, writing('first', put('a*'), insert('catalogues', { name: 'resources', rules: 1 })))
    const first = await decide.resourceRules()
    expect(first).toMatchObject({ catalogue: { rules: 1, version: 1 }, rules: [{ pattern: 'a*' }] })
    expect(await decide.resourceRules()).toBe(first)
    await commit(record, writing('second', put('b*'), move))
    const second = await decide.resourceRules()
    expect(second).toMatchObject({ catalogue: { rules: 2, version: 2 }, rules: [{ pattern: 'a*' }, { pattern: 'b*' }] })
    expect(await commit(record, writing('one too many', put('c*'), move))).toMatchObject([
      { conflict: { op: 'meter' } },
    ])
    const again = { ...move, add: {} }
    await commit(record, writing('the same number', again))
    expect((await decide.resourceRules()).catalogue).toMatchObject({ rules: 2, version: 3 })
    expect(await rows.find('resource_rules', {})).toHaveLength(2)
  })

  it('issuing is given every key but those past their retirement', async () => {
    expect(ids(await store.issue.signingKeys())).toEqual(['key_2', 'key_3'])
  })

  it.each([
    ['identity', 'idn_1', ['tsk_1', 'tsk_2']],
    ['task', 'tsk_1', ['tsk_1']],
    ['task', 'tsk_3', []],
    ['chain', 'tsk_1', ['tsk_1', 'tsk_4']],
    ['binding', 'bnd_1', ['tsk_1']],
    ['owner', 'psn_1', ['tsk_1', 'tsk_2']],
    ['vendor', 'acme', ['tsk_1', 'tsk_2']],
    ['upstream', 'docs', []],
  ] as const)('a cutoff of the %s %s finds the living tasks that it ends', async (target, id, expected) => {
    expect(ids(await store.revoke.livingTasksOf(target, id)(10))).toEqual(expected)
  })

  it('a cutoff of an estate or a vendor beyond what one search may give finds every living task', async () => {
    const count = LIMITS.storeRowsMax + 1
    const of = (at: number): string => `idn_many_${String(at).padStart(6, '0')}`
    const many = Array.from({ length: count }, (_, at) =>
      insert('identities', { ...identity(of(at)), owner: 'psn_many', vendor: 'many' }),
    )
    for (let at = 0; at < count; at += 1000) await commit(store.record, writing('many', ...many.slice(at, at + 1000)))
    const tasks = [0, 600, count - 1].map((at) => insert('tasks', task(`tsk_many_${at}`, { identityId: of(at) })))
    await commit(store.record, writing('tasks', ...tasks))
    for (const [target, id] of [
      ['owner', 'psn_many'],
      ['vendor', 'many'],
    ] as const) {
      expect(ids(await store.revoke.livingTasksOf(target, id)(10))).toEqual(
        [0, 600, count - 1].map((at) => `tsk_many_${at}`),
      )
      expect(ids(await store.revoke.livingTasksOf(target, id)(2))).toEqual(['tsk_many_0', 'tsk_many_600'])
    }
  })

  it('taking back finds what is overdue, and what a task still holds', async () => {
    expect(ids(await store.revoke.overdueTasks(100, 2))).toEqual(['tsk_1', 'tsk_2'])
    expect(ids(await store.revoke.livingTasksUnder('tsk_1', 10))).toEqual(['tsk_1', 'tsk_4'])
    expect(ids(await store.revoke.livingCredentialsOf('tsk_1', 10))).toEqual(['crd_1', 'crd_2'])
    expect(ids(await store.revoke.openApprovalsAbout('tsk_1', 10))).toEqual(['apr_1', 'apr_2'])
  })

  it('a row that moved to another state is found by the new one only', async () => {
    const kept = await store.rows.get('tasks', 'tsk_5')
    if (kept === undefined) throw new Error('it is in the seed')
    await commit(store.record, writing('end', update('tasks', kept, { ...kept, state: 'completed' })))
    expect(ids(await store.rows.find('tasks', { identity_id: 'idn_2', state: 'waiting' }))).toEqual([])
    expect(ids(await store.rows.find('tasks', { identity_id: 'idn_2', state: 'completed' }))).toEqual(['tsk_5'])
  })
})

const one: Tables['identities'] = { ...identity('idn_1', 'one'), owner: 'psn_1', sponsor: 'psn_2', vendor: 'acme' }

/** Two identities, their tasks, and what the tasks hold. */
const version = (number: number, domain = 'remit'): Tables['policy_versions'] => ({
  id: policyVersionId(domain, number),
  domain,
  number,
  digest: 'd',
  files: null,
  source: 'folder',
  state: 'superseded',
  effect: 'words',
  basis: null,
  bringsBack: null,
  reason: 'r',
  proposedBy: null,
  proposedMs: 1,
  approvalId: null,
  approvedBy: [],
  inForceMs: 1,
  endedMs: null,
  refusedBecause: null,
})

const SEED = {
  policies: [9, 10, 2].map((number) => insert('policy_versions', version(number))),
  domains: [insert('policy_versions', version(11, 'shop'))],
  identities: [insert('identities', one), insert('identities', identity('idn_2', 'two'))],
  purposes: [insert('purposes', purpose('help'))],
  bindings: [
    insert('bindings', binding('bnd_1')),
    insert('bindings', binding('bnd_2', { endedMs: 5 })),
    insert('bindings', binding('bnd_3', { subject: 'other' })),
  ],
  tools: [insert('tool_rules', toolRule('docs', 'a/b'))],
  tasks: [
    insert('tasks', task('tsk_1', { bindingId: 'bnd_1' })),
    insert('tasks', task('tsk_2', { state: 'waiting' })),
    insert('tasks', task('tsk_3', { state: 'completed', rootId: 'tsk_1' })),
    insert('tasks', task('tsk_4', { identityId: 'idn_2', parentId: 'tsk_1', rootId: 'tsk_1', endsMs: 200 })),
    insert('tasks', task('tsk_5', { identityId: 'idn_2', state: 'waiting', endsMs: 300 })),
  ],
  usage: [insert('task_usage', { ...usage('tsk_1'), calls: 3 })],
  credentials: [
    insert('credentials', credential('crd_1', 'intended')),
    insert('credentials', credential('crd_2', 'issued')),
    insert('credentials', credential('crd_3', 'revoked')),
  ],
  approvals: [
    insert('approvals', approval('apr_1', 'pending', 'digest-1')),
    insert('approvals', approval('apr_2', 'approved', 'digest-2')),
    insert('approvals', { ...approval('apr_3', 'denied', 'digest-2'), subjectId: 'tsk_2' }),
  ],
  keys: [
    insert('signing_keys', signingKey('key_1', 5)),
    insert('signing_keys', signingKey('key_2', null)),
    insert('signing_keys', signingKey('key_3', Number.MAX_SAFE_INTEGER)),
  ],
}
