import { describe, expect, it } from 'vitest'
import { keep, sampleApproval, sampleIdentity, sampleMs, samplePerson } from '../../test/register/samples.ts'
import type { Approval } from '../contract/approval/approval.ts'
import type { AskedCall, Envelope } from '../contract/approval/envelope.ts'
import type { Kept } from '../contract/change.ts'
import type { Person } from '../contract/register/person.ts'
import { RemitError } from '../ground/errors.ts'
import { castVote } from './approval.ts'

const call: AskedCall = {
  action: {
    name: 'docs/write_file',
    actionClass: 'write',
    resources: [{ id: 'docs:a.md', sensitivity: 'internal' }],
    resultIntegrity: 'trusted',
    definitionDigest: null,
  },
  ruleVersion: 1,
  naming: ['path'],
  arguments: [
    { name: 'path', digest: 'p' },
    { name: 'content', digest: 'c' },
  ],
  policyVersion: 'v',
  needs: ['law:each-call'],
}
const wide: Envelope = {
  usesMax: 4,
  lifeSeconds: 600,
  terms: [{ name: 'content', any: true }],
  resources: ['docs:*'],
  total: null,
}
const ask = (more: Partial<Approval> = {}): Kept<Approval> =>
  keep(sampleApproval({ subject: 'call', call, seats: ['security', 'security'], ...more })) as Kept<Approval>
const [sec, guard] = [samplePerson('psn_sec', ['approver']), samplePerson('psn_guard', ['approver'])]
const laterMs = sampleMs + 1_000

function cast(approval: Kept<Approval>, person: Kept<Person>, more: Partial<Parameters<typeof castVote>[2]> = {}) {
  const answer = { verdict: 'approve', reason: 'known', atMs: laterMs, latestMs: laterMs + 3_600_000, ...more } as const
  return castVote(approval, sampleIdentity(), { person, actor: { kind: 'person', id: person.id }, ...answer })
}

function codeOf(...given: Parameters<typeof cast>): string {
  try {
    return cast(...given).approval.state
  } catch (error) {
    if (error instanceof RemitError) return `${error.code}: ${error.detail}`
    throw error
  }
}

describe('a yes to an envelope', () => {
  it('counts from the last yes on, and its entry says what it is to', () => {
    const first = cast(ask(), sec, { envelope: wide })
    expect(first.approval).toMatchObject({ state: 'pending', envelope: wide, usesMax: 4, expiresMs: ask().expiresMs })
    const second = cast(keep(first.approval), guard, { envelope: { ...wide }, atMs: laterMs + 5 })
    expect(second.approval).toMatchObject({ state: 'approved', usesMax: 4, expiresMs: laterMs + 5 + 600_000 })
    expect(second.fact.entry.data).toMatchObject({ usesMax: 4, expiresMs: laterMs + 5 + 600_000, envelope: wide })
  })

  it('does not outlive its task', () => {
    const { approval } = cast(ask({ seats: ['security'] }), sec, { envelope: wide, latestMs: laterMs + 60_000 })
    expect(approval).toMatchObject({ state: 'approved', expiresMs: laterMs + 60_000 })
  })

  it('is said by everybody to the same, or not at all', () => {
    const wideFirst = keep(cast(ask(), sec, { envelope: wide }).approval)
    const plainFirst = keep(cast(ask(), sec).approval)
    const others: readonly [Kept<Approval>, Envelope | undefined][] = [
      [wideFirst, undefined],
      [wideFirst, { ...wide, usesMax: 5 }],
      [wideFirst, { ...wide, terms: [] }],
      [plainFirst, wide],
    ]
    for (const [approval, envelope] of others)
      expect(codeOf(approval, guard, { envelope })).toMatch(/^conflict: The others said yes to something else/)
    expect(codeOf(wideFirst, guard, { verdict: 'deny' })).toBe('denied')
    expect(codeOf(plainFirst, guard)).toBe('approved')
  })

  it('is not said with a no, nor to what is no call, nor to what it would not hold', () => {
    expect(codeOf(ask(), sec, { verdict: 'deny', envelope: wide })).toMatch(/^request_invalid: A no has/)
    const { call: _call, ...identity } = ask({ subject: 'identity' })
    expect(codeOf(identity as Kept<Approval>, sec, { envelope: wide })).toMatch(/^request_invalid: Only a call/)
    const other = { ...wide, resources: ['docs:b*'] }
    expect(codeOf(ask(), sec, { envelope: other })).toMatch(/^request_invalid: What was asked about/)
    const flow = ask({ call: { ...call, needs: ['law:flow'] } })
    expect(codeOf(flow, sec, { envelope: wide })).toMatch(/^request_invalid: law:flow/)
    expect(codeOf(flow, sec)).toBe('pending')
  })

  it('leaves a plain yes as it was: exactly this, once', () => {
    const { approval, fact } = cast(ask({ seats: ['security'] }), sec)
    expect(approval).toMatchObject({ state: 'approved', usesMax: 1, expiresMs: ask().expiresMs })
    expect([approval.envelope, fact.entry.data['envelope']]).toEqual([undefined, undefined])
  })
})
