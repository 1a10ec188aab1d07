import { describe, expect, it } from 'vitest'
import {
  child,
  endsMs,
  judge,
  type Line,
  opened,
  registered,
  scope,
  task,
  vote,
} from '../../../test/contract/told-lines.ts'
import type { JsonObject } from '../log-entry.ts'

const id = 'dlg_a'
const asked: Line = {
  kind: 'approval.asked',
  by: 'psn_eve',
  on: 'tsk_x',
  data: { approvalId: 'apr_d', subjectId: id, requestedBy: ['psn_eve'] },
}
const yes = (by: string, more: JsonObject = {}): Line =>
  vote(by, { approvalId: 'apr_d', subjectId: id, requestedBy: ['psn_eve'], ...more })
const granted = (more: JsonObject = {}): Line => ({
  kind: 'delegation.granted',
  data: {
    grantId: id,
    approvalId: 'apr_d',
    from: 'idn_a',
    to: 'idn_a',
    fromOwner: 'psn_ann',
    toOwner: 'psn_ann',
    scope,
    startsMs: 0,
    endsMs,
    ...more,
  },
})
const takers = { issuers: ['https://a'], minStrength: 'key-bound' }
const others = ['may-act: other workloads may take it than the grant dlg_a lets']
const part = (more: JsonObject = {}): Line => child('tsk_b', { grantId: id, ...more })
const inForce = [...opened, asked, yes('psn_bob'), granted()]

describe('a grant to act for another', () => {
  const fault = 'granted: it lets one identity act for another without a yes of who answers for that'
  it.each<[string, readonly Line[], readonly string[]]>([
    ['was approved', [asked, yes('psn_bob'), granted()], []],
    ['was never asked about', [granted()], [fault]],
    ['waits', [asked, granted()], [fault]],
    ['was denied', [asked, yes('psn_bob', { verdict: 'deny', state: 'denied' }), granted()], [fault]],
    ['was approved by who asked', [asked, yes('psn_eve'), granted()], [fault]],
    ['was approved as something else', [asked, yes('psn_bob', { subjectId: 'idn_a' }), granted()], [fault]],
    ['was approved from another seat', [asked, yes('psn_bob', { seat: 'security' }), granted()], [fault]],
    [
      'had ended',
      [asked, yes('psn_bob'), { kind: 'delegation.ended', data: { grantId: id } }, granted()],
      ['granted: it lets one identity act for another by a grant that had ended'],
    ],
  ])('that %s', (_, lines, faults) => {
    expect(judge([...opened, ...lines])).toEqual(faults)
  })
})

describe('a task that is handed on', () => {
  const under = (rest: string): readonly string[] => [`may-act: it hands a task on under ${rest}`]
  it.each<[string, readonly Line[], readonly string[]]>([
    ['under a grant', [part()], []],
    ['under none', [child('tsk_b')], under('no grant')],
    ['under one that nobody gave', [part({ grantId: 'dlg_x' })], under('the grant dlg_x, which nobody gave')],
    [
      'under one that has ended',
      [{ kind: 'delegation.ended', data: { grantId: id } }, part()],
      under('the grant dlg_a, which is not in force'),
    ],
    ['under one of others', [granted({ from: 'idn_b' }), part()], under('the grant dlg_a, which is of others')],
    ['under one for somebody else', [granted({ to: 'idn_b' }), part()], under('the grant dlg_a, which is of others')],
    [
      'under one of who answers no more',
      [granted({ toOwner: 'psn_bob' }), part()],
      under('the grant dlg_a, which somebody gave who answers no more'),
    ],
    ['for longer than it', [granted({ endsMs: endsMs - 1 }), part()], ['may-act: the task outlives the grant dlg_a']],
    ['before it began', [granted({ startsMs: endsMs }), part()], under('the grant dlg_a, which is not in force')],
    [
      'beyond its scope',
      [granted({ scope: [{ action: 'mail/*', resource: '*' }] }), part()],
      ['may-act: its scope is not inside that of the grant dlg_a'],
    ],
    [
      'up to data above it',
      [granted({ ceiling: 'public' }), part({ ceiling: 'internal' })],
      ['may-act: it may touch more sensitive data than the grant dlg_a lets'],
    ],
    [
      'to be handed on further than it lets',
      [granted({ depthMax: 0 }), part({ delegationDepthLeft: 1 })],
      ['may-act: it may be handed on further than the grant dlg_a lets'],
    ],
    ['to the workloads that it names', [granted(takers), part({ takenBy: takers })], []],
    [
      'to other workloads',
      [granted(takers), part({ takenBy: { ...takers, issuers: ['https://a', 'https://b'] } })],
      others,
    ],
    ['to a weaker proof', [granted(takers), part({ takenBy: { ...takers, minStrength: 'bearer' } })], others],
    ['to anybody', [granted(takers), part()], others],
  ])('%s', (_, lines, faults) => {
    expect(judge([...inForce, ...lines])).toEqual(faults)
  })

  it('in a log that knows no grants is held to none, and in a part of one to what that part tells', () => {
    expect(judge([...opened, child('tsk_b')])).toEqual([])
    expect(judge([part()], false)).toEqual([])
  })
})

describe('an identity that acts for a person', () => {
  const given = (by = 'psn_zoe', more: JsonObject = {}): Line => ({
    kind: 'delegation.given',
    by,
    data: { grantId: id, from: 'psn_zoe', to: 'idn_a', fromOwner: 'psn_zoe', scope, startsMs: 0, endsMs, ...more },
  })
  const begun = (more: JsonObject = {}): Line => task({ onBehalfOf: 'psn_zoe', grantId: id, ...more })
  const under = (rest: string): readonly string[] => [`given: it opens a task under the grant dlg_a, ${rest}`]
  it.each<[string, readonly Line[], readonly string[]]>([
    ['was let by them', [given(), begun()], []],
    [
      'was let by somebody else',
      [given('psn_eve')],
      ['given: it lets an identity act for somebody else than who says so'],
    ],
    ['was let by itself', [given('idn_a')], ['given: it lets an identity act for somebody else than who says so']],
    [
      'was let by nobody',
      [task({ onBehalfOf: 'psn_zoe' })],
      ['given: it opens a task on behalf of a person who did not let it'],
    ],
    ['names what nobody gave', [begun()], under('which nobody gave')],
    [
      'is let no more',
      [given(), { kind: 'delegation.ended', data: { grantId: id } }, begun()],
      under('which is not in force'),
    ],
    ['is not the one that was let', [given('psn_zoe', { to: 'idn_b' }), begun()], under('which is of others')],
    ['acts for another person', [given(), begun({ onBehalfOf: 'psn_bob' })], under('which is of others')],
    [
      'acts for longer',
      [given('psn_zoe', { endsMs: endsMs - 1 }), begun()],
      ['given: the task outlives the grant dlg_a'],
    ],
    [
      'does more',
      [given('psn_zoe', { scope: [{ action: 'mail/*', resource: '*' }] }), begun()],
      ['given: its scope is not inside that of the grant dlg_a'],
    ],
    ['acts for who opens the task', [{ ...task({ onBehalfOf: 'psn_zoe' }), by: 'psn_zoe' }], []],
  ])('that %s', (_, lines, faults) => {
    expect(judge([...registered, ...lines])).toEqual(faults)
  })

  it('in a part of a log is held to what that part tells', () => {
    expect(judge([begun()], false)).toEqual([])
  })
})
