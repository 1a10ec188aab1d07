import { describe, expect, it } from 'vitest'
import type { LogEntry } from '../log-entry.ts'
import { POLICY_SEATS, type PolicyEffect } from '../policy.ts'
import { tell, tellNothing } from '../told/told.ts'
import { judgeEntry } from './entry-laws.ts'

const version = { kind: 'policy', id: 'remit/000002' }
const asker = { kind: 'person', id: 'psn_asker' } as const
const requestedBy = ['psn_asker']

const proposed = { kind: 'policy.proposed', actor: asker, subject: version, data: { approvalId: 'apr_1', requestedBy } }
const voted = (personId: string, seat: string, state: string, verdict = 'approve') => ({
  kind: 'approval.voted',
  actor: { kind: 'person', id: personId },
  subject: version,
  data: { approvalId: 'apr_1', subjectId: version.id, seat, verdict, state, requestedBy },
})
const published = (effect: string, approvalId = 'apr_1') => ({
  kind: 'policy.published',
  actor: { kind: 'system', id: 'remit' },
  subject: version,
  data: { approvalId, effect },
})

/** Gives what the last of these entries breaks. */
function judge(...drafts: readonly object[]): readonly string[] {
  const told = tellNothing()
  let broken: readonly string[] = []
  for (const [index, draft] of drafts.entries()) {
    const entry = { v: 1, org: 'org', atMs: index, touched: [], ...draft } as unknown as LogEntry
    broken = judgeEntry({ index, entry, told, whole: true }).map(({ law, fault }) => `${law}: ${fault}`)
    tell(told, index, entry)
  }
  return broken
}

const admin = voted('psn_admin', 'admin', 'pending')
const approver = voted('psn_approver', 'security', 'approved')

describe('a permit', () => {
  const loaded = (policy: string, domain?: string) => ({
    kind: 'policy.loaded',
    actor: { kind: 'system', id: 'remit' },
    subject: version,
    policy,
    data: domain === undefined ? {} : { domain },
  })
  const permit = (policy: string, domain?: string) => ({
    kind: 'decision.permit',
    actor: asker,
    subject: { kind: 'task', id: 'tsk_1' },
    policy,
    data: domain === undefined ? {} : { domain: { name: domain, version: policy } },
  })
  const broken = (...entries: readonly object[]) => judge(...entries).filter((each) => each.startsWith('in-force'))

  it('is by the policies that came into force last', () => {
    expect(broken(loaded('one'), permit('one'))).toEqual([])
    expect(broken(loaded('one'), loaded('two', 'remit'), permit('two'))).toEqual([])
    expect(broken(loaded('one'), { ...published('words'), policy: 'two' }, permit('two'))).toEqual([])
    const fault = ['in-force: it permits by policies that were not in force']
    expect(broken(loaded('one'), loaded('two'), permit('one'))).toEqual(fault)
    expect(broken(loaded('one'), { ...published('words'), policy: 'two' }, permit('one'))).toEqual(fault)
  })

  it('of another application is by the policies of its own domain', () => {
    expect(broken(loaded('one'), loaded('two', 'shop'), permit('one'))).toEqual([])
    expect(broken(loaded('one'), permit('two', 'shop'))).toEqual([])
  })

  it('before any policies are told is nothing that can be judged', () => {
    expect(broken(permit('one'))).toEqual([])
  })
})

describe('policies that came into force', () => {
  it.each<[string, PolicyEffect, object[]]>([
    ['tighten and an approver said yes', 'tightens', [approver]],
    ['change words and an approver said yes', 'words', [approver]],
    ['loosen and an administrator and an approver said yes', 'loosens', [admin, approver]],
  ])('are sound where they %s', (_, effect, votes) => {
    expect(votes).toHaveLength(POLICY_SEATS[effect].length)
    expect(judge(proposed, ...votes, published(effect))).toEqual([])
  })

  it.each<[string, object[], string]>([
    ['nobody was asked', [published('tightens')], 'policies came into force without an approval of them'],
    ['nobody answered', [proposed, published('tightens')], 'policies came into force without an approval of them'],
    [
      'the approval is another one',
      [proposed, approver, published('tightens', 'apr_2')],
      'policies came into force without an approval of them',
    ],
    [
      'the approval is of another version',
      [
        { ...proposed, subject: { ...version, id: 'remit/000003' } },
        { ...approver, data: { ...approver.data, subjectId: 'remit/000003' } },
        published('tightens'),
      ],
      'policies came into force without an approval of them',
    ],
    [
      'they loosen and one person said yes',
      [proposed, approver, published('loosens')],
      'the approval of the policies lacks a person whom a change that loosens asks for',
    ],
    [
      'they loosen and one person filled both seats',
      [proposed, voted('psn_approver', 'admin', 'pending'), approver, published('loosens')],
      'the approval of the policies lacks a person whom a change that loosens asks for',
    ],
    [
      'who asked for them said yes',
      [proposed, voted('psn_asker', 'security', 'approved'), published('tightens')],
      'the approval of the policies lacks a person whom a change that tightens asks for',
    ],
    [
      'their effect is none that there is',
      [proposed, approver, published('harmless')],
      'the approval of the policies lacks a person whom a change that harmless asks for',
    ],
  ])('break the law where %s', (_, entries, fault) => {
    expect(judge(...entries)).toEqual([`policies: ${fault}`])
  })
})
