import { describe, expect, it } from 'vitest'
import { type Said, tellAll } from '../../../test/prove/tell-all.ts'
import type { EntryKind, JsonObject, LogEntry } from '../log-entry.ts'

const scope = [{ action: 'docs/read', resource: 'docs:*' }]
const person = { kind: 'person', id: 'psn_1' } as const

describe('an identity that is told', () => {
  const subject = { kind: 'identity', id: 'idn_1' }
  const said = { name: 'docs', owner: 'o', sponsor: 's', vendor: 'v', purpose: 'p', tier: 'T1' }

  it('is as its entries say, the later before the earlier', () => {
    const first = { kind: 'identity.drafted', subject, data: said, actor: person } as const
    const next = { kind: 'identity.reassigned', subject, data: { owner: 'o2' }, actor: person } as const
    const told = tellAll(first, next).identities
    expect(told.get('idn_1')).toMatchObject({ ...said, owner: 'o2', state: 'draft', id: 'idn_1' })
    const named = tellAll({ ...first, data: { ...said, identityId: 'idn_2' } }).identities
    expect([...named.keys()]).toEqual(['idn_2'])
  })

  it('of which nothing more is known has neither a name nor a state of the lifecycle', () => {
    const told = tellAll({ kind: 'identity.rehearsed', subject, actor: person }).identities.get('idn_1')
    expect(told).toMatchObject({ name: '', state: 'unknown', owner: null, submitted: null, composition: null })
  })

  it('is put up with what it is made of, and waits until it is active', () => {
    const composition = { model: 'm', promptDigest: 'd', toolsDigest: null }
    const data = { approvalId: 'apr_1', composition, requestedBy: ['psn_1'] }
    const submitted = { kind: 'identity.submitted', subject, actor: person, data } as const
    const waiting = tellAll(submitted)
    expect(waiting.identities.get('idn_1')).toMatchObject({
      submitted: { entry: 0, by: 'psn_1', approvalId: 'apr_1' },
      composition,
      activatedMs: null,
    })
    expect(waiting.approvals.get('apr_1')).toMatchObject({ subjectId: 'idn_1', of: 'identity' })
    const active = tellAll(submitted, { kind: 'identity.activated', subject, actor: person })
    expect(active.identities.get('idn_1')).toMatchObject({ submitted: null, activatedMs: 11, state: 'active' })
    const bare = tellAll({ kind: 'identity.submitted', subject, actor: person }).identities.get('idn_1')
    expect(bare).toMatchObject({ composition: null, submitted: { approvalId: '' } })
  })
})

describe('an approval that is told', () => {
  const vote = (data: JsonObject = {}): Said => ({
    kind: 'approval.voted',
    actor: person,
    data: { approvalId: 'apr_1', seat: 'owner', verdict: 'approve', reason: 'It is fine.', ...data },
  })

  it('is asked with who asked, for what, and how often it may count', () => {
    const data = { approvalId: 'apr_1', requestedBy: ['psn_1'], usesMax: 5 }
    const asked = (kind: EntryKind, more: JsonObject = {}) =>
      tellAll({ kind, data: { ...data, ...more }, actor: { kind: 'system', id: 'remit' } }).approvals.get('apr_1')
    const known = { requestedBy: new Set(['psn_1']), usesMax: 5, subjectId: 'tsk_1' }
    expect(asked('approval.asked')).toMatchObject({ ...known, of: 'identity' })
    expect(asked('decision.denial', { decision: 'call', taskId: 'tsk_9' })).toMatchObject({
      ...known,
      of: 'call',
      subjectId: 'tsk_9',
    })
    expect(asked('decision.permit', { decision: 'task', subjectId: 'x' })).toMatchObject({ of: 'task', subjectId: 'x' })
    expect(asked('policy.proposed', { taskId: 'tsk_9' })).toMatchObject(known)
    expect(asked('refusal')).toBeUndefined()
  })

  it('has its votes as they were given, and what they say of it', () => {
    const more = { state: 'approved', approvalSubject: 'call', usesMax: 3, expiresMs: 99, envelope: { calls: 2 } }
    const told = tellAll(vote(), vote({ ...more, subjectId: 'tsk_2' })).approvals.get('apr_1')
    const said = { atMs: 10, personId: 'psn_1', seat: 'owner', verdict: 'approve', reason: 'It is fine.' }
    expect(told?.votes).toEqual([
      { ...said, entry: 0 },
      { ...said, entry: 1, atMs: 11 },
    ])
    expect(told).toMatchObject({
      state: 'approved',
      of: 'call',
      usesMax: 3,
      untilMs: 99,
      envelope: { calls: 2 },
      subjectId: 'tsk_2',
    })
  })

  it('has votes that say nothing, where they say nothing', () => {
    const told = tellAll({ kind: 'approval.voted', actor: person, data: { approvalId: 'apr_1' } }).approvals.get(
      'apr_1',
    )
    expect(told?.votes).toEqual([{ entry: 0, atMs: 10, personId: 'psn_1', seat: '', verdict: '', reason: '' }])
    expect(told).toMatchObject({ state: 'pending', of: '', subjectId: 'tsk_1', envelope: {}, untilMs: null })
  })

  it('keeps what an earlier vote said where a later one says nothing of it', () => {
    const first = vote({ state: 'approved', approvalSubject: 'call', usesMax: 3, expiresMs: 99 })
    expect(tellAll(first, vote()).approvals.get('apr_1')).toMatchObject({
      state: 'approved',
      of: 'call',
      usesMax: 3,
      untilMs: 99,
    })
  })

  it('may be taken back, and is used up by what touches its counter', () => {
    const cancelled: Said = { kind: 'approval.cancelled', data: { approvalId: 'apr_1' } }
    expect(tellAll(vote(), cancelled).approvals.get('apr_1')?.state).toBe('cancelled')
    const used: Said = { kind: 'decision.permit', touched: ['approval_uses/apr_1', 'approval_uses/apr_2'] }
    const told = tellAll(vote(), used, used).approvals
    expect(['apr_1', 'apr_2'].map((id) => told.get(id)?.uses)).toEqual([2, 2])
  })
})

describe('what falls', () => {
  it.each<[string, EntryKind, JsonObject, string]>([
    ['a right', 'right.ended', { personId: 'p', rightId: 'rgt_1' }, 'rgt_1'],
    ['a right of which nothing is said', 'right.ended', {}, ''],
    ['a login', 'person-login.ended', { loginId: 'lgn_1' }, 'lgn_1'],
    ['a login of which nothing is said', 'person-login.ended', {}, ''],
    ['a grant', 'delegation.ended', { grantId: 'grt_1' }, 'grt_1'],
    ['a grant that the entry is about', 'delegation.ended', {}, 'tsk_1'],
    ['a person', 'person.left', { personId: 'psn_1' }, 'psn_1'],
    ['a person whom the entry is about', 'person.left', {}, 'tsk_1'],
    ['a token', 'credential.revoked', { credentialId: 'crd_1' }, 'crd_1'],
    ['a token that the entry is about', 'credential.revoked', {}, 'tsk_1'],
  ])('is %s', (_, kind, data, id) => {
    expect(tellAll({ kind, data, actor: person }).fallen).toEqual(new Set([id]))
  })

  it('is a right no more of the person who had it', () => {
    const given = (rightId: string): Said => ({
      kind: 'right.granted',
      data: { personId: 'p', rightId, scope, classes: ['read'], ceiling: 'internal', endsMs: 9 },
    })
    const { rights } = tellAll(given('a'), given('b'), { kind: 'right.ended', data: { personId: 'p', rightId: 'a' } })
    const right = { scope, classes: ['read'], ceiling: 'internal', endsMs: 9 }
    expect(rights).toEqual(new Map([['p', new Map([['b', right]])]]))
  })

  it('covers nothing that its entry did not tell', () => {
    const { rights } = tellAll({ kind: 'right.granted' })
    expect(rights).toEqual(new Map([['', new Map([['', { scope: [], classes: [], ceiling: '', endsMs: 0 }]])]]))
    expect(tellAll({ kind: 'right.granted' }, { kind: 'right.ended' }).rights).toEqual(new Map([['', new Map()]]))
  })

  it('is what was cut off, from when on it says', () => {
    const cut = (data: JsonObject, more: Partial<LogEntry> = {}): Said => ({ kind: 'cutoff.made', data, ...more })
    const named = { target: 'identity', targetId: 'idn_1' }
    const { cutoffs } = tellAll(
      cut({ ...named, atMs: 50 }),
      cut({ ...named, atMs: 40 }),
      cut({}),
      cut({ targetId: 'x' }),
    )
    expect([...cutoffs.values()]).toEqual([50, 12, 13])
    expect([...cutoffs.keys()].every((id, at) => id.includes(['idn_1', 'tsk_1', 'x'][at] ?? '-'))).toBe(true)
  })
})

describe('what else is told', () => {
  it('is whose login a subject of an identity provider is', () => {
    const told = tellAll(
      { kind: 'person-login.added', data: { loginId: 'a', personId: 'p' } },
      { kind: 'person-login.added', data: { loginId: 'b' } },
      { kind: 'person-login.added' },
    )
    expect(told.logins).toEqual(new Map(Object.entries({ a: 'p', b: 'tsk_1', '': 'tsk_1' })))
  })

  it('is up to what data a purpose goes', () => {
    const of = (id: string) => ({ subject: { kind: 'purpose', id } })
    const told = tellAll(
      { kind: 'purpose.defined', data: { ceiling: 'internal' }, ...of('sum') },
      { kind: 'purpose.defined', ...of('any') },
    )
    expect(told.ceilings).toEqual(new Map(Object.entries({ sum: 'internal', any: '' })))
  })

  it('is which policies of the house itself are in force', () => {
    const loaded: Said = { kind: 'policy.loaded', policy: 'a' }
    expect(tellAll(loaded).policies).toBe('a')
    expect(tellAll(loaded, { kind: 'policy.published', policy: 'b', data: { domain: 'remit' } }).policies).toBe('b')
    expect(tellAll(loaded, { kind: 'policy.published', policy: 'b', data: { domain: 'crm' } }).policies).toBe('a')
    expect(tellAll(loaded, { kind: 'policy.loaded' }).policies).toBeNull()
  })

  it('is who may act for whom, granted by people or given by one for themselves', () => {
    const told = tellAll(
      { kind: 'delegation.granted', data: { grantId: 'a', from: 'x' } },
      { kind: 'delegation.given', data: { grantId: 'b', from: 'y' } },
    )
    expect([told.grants.get('a')?.from, told.grants.get('b')?.from]).toEqual(['x', 'y'])
  })
})
