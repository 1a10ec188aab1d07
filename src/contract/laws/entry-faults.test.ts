import { describe, expect, it } from 'vitest'
import {
  activated,
  endsMs,
  inTask,
  judge,
  type Line,
  opened,
  permit,
  registered,
  submitted,
  vote,
} from '../../../test/contract/told-lines.ts'
import type { JsonObject, LogEntry } from '../log-entry.ts'
import { tellNothing } from '../told/told.ts'
import { recordDelayMsMax } from './entry-law.ts'
import { judgeEntry } from './entry-laws.ts'

describe('a fault of the log is told as what is wrong', () => {
  it.each<[string, readonly Line[], string]>([
    [
      'that answers itself',
      [{ kind: 'note', answers: 0 }],
      'answers: it answers entry 0, which was not written before it',
    ],
    [
      'that answers what is to come',
      [{ kind: 'note', answers: 7 }],
      'answers: it answers entry 7, which was not written before it',
    ],
  ])('an entry %s', (_, lines, fault) => {
    expect(judge(lines)).toEqual([fault])
  })

  it('an entry that answers one that is not in this part of the log', () => {
    const told = tellNothing()
    const entry = { v: 1, org: 'org', atMs: 0, kind: 'note', actor: {}, subject: {}, touched: [], data: {}, answers: 3 }
    const found = judgeEntry({ index: 9, entry: entry as unknown as LogEntry, told, whole: true })
    expect(found).toEqual([{ law: 'answers', fault: 'it answers entry 3, which is not here' }])
  })

  const credential = (data: JsonObject, answers = inTask): Line => ({
    kind: 'credential.issued',
    on: 'tsk_a',
    answers,
    data: { taskId: 'tsk_a', expiresMs: endsMs, ...data },
  })
  it.each<[string, readonly Line[], readonly string[]]>([
    ['lies inside its task', [permit('token'), credential({})], []],
    [
      'answers no token',
      [permit('call'), credential({})],
      ['credential: no permit of a token stands behind the credential'],
    ],
    [
      'answers no permit',
      [permit('token'), credential({}, 0)],
      ['credential: no permit of a token stands behind the credential', 'once: no permit stands behind it'],
    ],
    [
      'is of another task',
      [permit('token'), credential({ taskId: 'tsk_b' })],
      ['credential: its permit was given for another task'],
    ],
    [
      'outlives its task',
      [permit('token'), credential({ expiresMs: endsMs + 1 })],
      ['credential: the credential outlives its task'],
    ],
    [
      'is a second one',
      [permit('token'), credential({}), credential({})],
      [`once: entry ${inTask} permitted this once, and it was used before`],
    ],
  ])('a credential that %s', (_, lines, faults) => {
    expect(judge([...opened, ...lines])).toEqual(faults)
  })

  it('says nothing of a credential of a task that it was not told of', () => {
    const lines = [permit('token'), { ...credential({}, 0), on: 'tsk_a' }]
    expect(judge(lines, false)).toEqual([])
  })

  it.each<[string, readonly Line[], readonly string[]]>([
    ['is approved', registered, []],
    [
      'lacks everybody',
      [submitted, vote('psn_ann'), activated({ owner: null, sponsor: '', purpose: null })],
      ['accountable: the identity became active without owner, sponsor, purpose'],
    ],
    [
      'has one person twice',
      [submitted, vote('psn_ann'), activated({ sponsor: 'psn_ann' })],
      ['accountable: owner and sponsor of the identity are the same person'],
    ],
    [
      'is called active by something else',
      [...registered, { kind: 'identity.changed', data: { identityId: 'idn_a', to: 'active' } }],
      ['accountable: it calls an identity active that it does not activate'],
    ],
    ['is named by its subject alone', [submitted, vote('psn_ann'), activated({ identityId: null })], []],
    [
      'was never put up',
      [vote('psn_ann'), activated()],
      ['approved: the identity became active without having been put up for approval'],
    ],
    [
      'nobody voted on',
      [submitted, activated()],
      ['approved: the identity became active without an approval since it was put up for one'],
    ],
    [
      'waits for another vote',
      [submitted, vote('psn_ann', { state: 'pending' }), activated()],
      ['approved: the identity became active without an approval since it was put up for one'],
    ],
    [
      'has the approval of another one',
      [submitted, vote('psn_ann', { subjectId: 'idn_b' }), activated()],
      ['approved: the identity became active without an approval since it was put up for one'],
    ],
    [
      'was approved before it was put up',
      [vote('psn_ann'), submitted, activated()],
      ['approved: the identity became active without an approval since it was put up for one'],
    ],
    [
      'lacks a seat of its tier',
      [submitted, vote('psn_ann'), activated({ tier: 'T3' })],
      ['approved: its approval lacks a person who T3 asks for'],
    ],
    [
      'has a no where a yes is asked for',
      [submitted, vote('psn_ann', { verdict: 'deny' }), activated()],
      ['approved: its approval lacks a person who T1 asks for'],
    ],
    [
      'has one person in two seats',
      [
        submitted,
        vote('psn_ann', { state: 'pending' }),
        vote('psn_ann', { seat: 'security' }),
        activated({ tier: 'T3' }),
      ],
      ['approved: its approval lacks a person who T3 asks for'],
    ],
    [
      'has one seat twice, filled by two people',
      [submitted, vote('psn_ann', { state: 'pending' }), vote('psn_cy'), activated({ tier: 'T3' })],
      ['approved: its approval lacks a person who T3 asks for'],
    ],
    [
      'has what its tier asks for',
      [
        submitted,
        vote('psn_ann', { state: 'pending' }),
        vote('psn_cy', { seat: 'security' }),
        activated({ tier: 'T3' }),
      ],
      [],
    ],
  ])('an identity that %s', (_, lines, faults) => {
    expect(judge(lines)).toEqual(faults)
  })

  it.each<[string, readonly Line[], readonly string[]]>([
    ['is the first', [submitted, vote('psn_ann')], []],
    [
      'is of whoever asked',
      [submitted, vote('psn_eve', { requestedBy: [] })],
      ['vote: the person voted on what they had asked for themselves'],
    ],
    [
      'says itself that it is of whoever asked',
      [vote('psn_ann', { requestedBy: ['psn_ann'] })],
      ['vote: the person voted on what they had asked for themselves'],
    ],
    [
      'is a second yes',
      [submitted, vote('psn_ann', { state: 'pending' }), vote('psn_ann')],
      ['vote: the person had voted on it before'],
    ],
    [
      'takes a yes back',
      [submitted, vote('psn_ann', { state: 'pending' }), vote('psn_ann', { verdict: 'deny', state: 'denied' })],
      [],
    ],
    [
      'comes too late',
      [submitted, vote('psn_ann'), vote('psn_cy')],
      ['vote: the approval was approved before this vote'],
    ],
  ])('a vote that %s', (_, lines, faults) => {
    expect(judge(lines)).toEqual(faults)
  })

  const given = vote('psn_ann', { approvalId: 'apr_c', subjectId: 'tsk_a', usesMax: 2, expiresMs: 50_000 })
  const use = (atMs?: number): Line => permit('call', {}, { uses: ['apr_c'], ...(atMs === undefined ? {} : { atMs }) })
  it.each<[string, readonly Line[], readonly string[]]>([
    ['is allowed twice', [given, use(), use()], []],
    [
      'is one too many',
      [given, use(), use(), use()],
      ['uses: it uses the approval apr_c once more than that allows (2)'],
    ],
    ['was never given', [use()], ['uses: it uses the approval apr_c, which nobody gave']],
    [
      'was taken back',
      [given, { kind: 'approval.cancelled', data: { approvalId: 'apr_c' } }, use()],
      ['uses: it uses the approval apr_c, which is cancelled'],
    ],
    ['is written a little late', [given, use(50_000 + recordDelayMsMax - 1)], []],
    ['is over', [given, use(50_000 + recordDelayMsMax)], ['uses: it uses the approval apr_c after its end']],
  ])('an approval whose use %s', (_, lines, faults) => {
    expect(judge([...opened, ...lines])).toEqual(faults)
  })

  it('says nothing of an approval that stands in another part of the log', () => {
    expect(judge([use()], false)).toEqual([])
  })
})
