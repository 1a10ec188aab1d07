import { describe, expect, it } from 'vitest'
import { judgeLaw, type Said } from '../../../test/contract/judge-law.ts'
import type { JsonObject } from '../log-entry.ts'
import { recordDelayMsMax } from './entry-law.ts'

const scope = [{ action: 'docs/*', resource: 'docs:*' }]
const person = (id: string) => ({ actor: { kind: 'person', id } }) as const
const permit = (data: JsonObject, more: Partial<Said> = {}): Said => ({ kind: 'decision.permit', data, ...more })
const grant = (kind: string, data: JsonObject = {}): Said => ({
  kind,
  data: {
    grantId: 'g',
    from: 'idn_a',
    to: 'idn_b',
    fromOwner: 'o',
    toOwner: 'o',
    scope,
    startsMs: 0,
    endsMs: 50_000,
    ...data,
  },
  ...person('idn_a'),
})

describe('a task that is handed on under a grant', () => {
  const hand = (data: JsonObject = {}, more: Partial<Said> = {}): Said =>
    permit(
      {
        decision: 'delegation',
        taskId: 't2',
        parentId: 't1',
        helper: { id: 'idn_b' },
        grantId: 'g',
        scope,
        endsMs: 50_000,
        ...data,
      },
      more,
    )
  const under = (rest: string): string => `it hands a task on under the grant g, ${rest}`
  const first = permit({ decision: 'task', taskId: 't1', identityId: 'idn_a', endsMs: 90_000 })
  const owned = (id: string, owner: string): Said => ({
    kind: 'identity.drafted',
    subject: { kind: 'identity', id },
    data: { owner },
  })

  it.each<[string, readonly Said[], string | null]>([
    ['out of a task and to one that were not told', [grant('delegation.granted'), hand()], null],
    ['between those whom it names', [grant('delegation.granted'), first, hand()], null],
    [
      'out of a task of another',
      [grant('delegation.granted', { from: 'idn_x' }), first, hand()],
      under('which is of others'),
    ],
    ['to another', [grant('delegation.granted'), hand({ helper: { id: 'idn_x' } })], under('which is of others')],
    [
      'to nobody who is told',
      [
        grant('delegation.granted'),
        hand({ helper: {} }, { actor: { kind: 'system', id: 'x' }, subject: { kind: 'task', id: 't' } }),
      ],
      null,
    ],
    [
      'whose owners answer still',
      [owned('idn_a', 'o'), owned('idn_b', 'o'), grant('delegation.granted'), hand()],
      null,
    ],
    [
      'whose giver answers no more',
      [owned('idn_a', 'x'), grant('delegation.granted'), hand()],
      under('which somebody gave who answers no more'),
    ],
    [
      'whose taker is of another now',
      [owned('idn_b', 'x'), grant('delegation.granted'), hand()],
      under('which somebody gave who answers no more'),
    ],
    ['that begins with this moment', [grant('delegation.granted', { startsMs: 1_000 }), hand()], null],
    ['that begins later', [grant('delegation.granted', { startsMs: 1_001 }), hand()], under('which is not in force')],
    [
      'that has just ended, as the entry is written a little late',
      [grant('delegation.granted', { endsMs: 50_000 }), hand({}, { atMs: 50_000 + recordDelayMsMax - 1 })],
      null,
    ],
    [
      'that has ended for longer than that',
      [grant('delegation.granted'), hand({}, { atMs: 50_000 + recordDelayMsMax })],
      under('which is not in force'),
    ],
    ['for as long as it', [grant('delegation.granted'), hand({ endsMs: 50_000 })], null],
    ['without an end', [grant('delegation.granted'), hand({ endsMs: null })], 'the task outlives the grant g'],
    ['with a scope that is not told', [grant('delegation.granted'), hand({ scope: null })], null],
    ['up to its ceiling', [grant('delegation.granted', { ceiling: 'internal' }), hand({ ceiling: 'internal' })], null],
    ['up to a ceiling that is not told', [grant('delegation.granted', { ceiling: 'internal' }), hand()], null],
    ['up to any ceiling where it names none', [grant('delegation.granted'), hand({ ceiling: 'restricted' })], null],
    [
      'as many hops on as it lets',
      [grant('delegation.granted', { depthMax: 1 }), hand({ delegationDepthLeft: 1 })],
      null,
    ],
    [
      'any number of hops on where it names none',
      [grant('delegation.granted'), hand({ delegationDepthLeft: 9 })],
      null,
    ],
    [
      'to any workload where it names none',
      [grant('delegation.granted'), hand({ takenBy: { issuers: ['x'], minStrength: 'bearer' } })],
      null,
    ],
    [
      'to workloads that are not told where it names some',
      [grant('delegation.granted', { issuers: ['x'] }), hand()],
      'other workloads may take it than the grant g lets',
    ],
    [
      'to a proof as strong as it names',
      [grant('delegation.granted', { minStrength: 'key-bound' }), hand({ takenBy: { minStrength: 'key-bound' } })],
      null,
    ],
    [
      'to a proof that is not told where it names one',
      [grant('delegation.granted', { minStrength: 'bearer' }), hand()],
      'other workloads may take it than the grant g lets',
    ],
    [
      'that is no permit',
      [grant('delegation.granted', { from: 'idn_x' }), first, { ...hand(), kind: 'decision.denial' }],
      null,
    ],
    [
      'out of no task',
      [grant('delegation.granted', { to: 'idn_x' }), hand({ decision: 'task', parentId: null })],
      null,
    ],
  ])('%s', (_, lines, fault) => {
    expect(judgeLaw('may-act', lines)).toBe(fault)
  })

  it('that was not told in a part of a log', () => {
    expect(judgeLaw('may-act', [hand()], false)).toBeNull()
    expect(judgeLaw('may-act', [grant('delegation.granted'), hand({ grantId: 'h' })])).toBe(
      'it hands a task on under the grant h, which nobody gave',
    )
    expect(judgeLaw('may-act', [grant('delegation.granted'), hand({ grantId: null })])).toBe(
      'it hands a task on under no grant',
    )
  })
})

describe('a grant that comes into force', () => {
  const vote = (data: JsonObject): Said => ({
    kind: 'approval.voted',
    data: { approvalId: 'a', subjectId: 'g', seat: 'owner', verdict: 'approve', state: 'approved', ...data },
    ...person('psn_b'),
  })
  const made = grant('delegation.granted', { approvalId: 'a' })
  const fault = 'it lets one identity act for another without a yes of who answers for that'

  it.each<[string, readonly Said[], string | null]>([
    ['with a yes', [vote({}), made], null],
    ['with none', [made], fault],
    ['with a no', [vote({ verdict: 'deny' }), made], fault],
    ['with a yes to what stands still', [vote({ state: 'pending' }), made], fault],
    ['with a yes to something else', [vote({ subjectId: 'x' }), made], fault],
    ['with a yes of who asked', [vote({ requestedBy: ['psn_b'] }), made], fault],
    ['with a yes of another seat', [vote({ seat: 'admin' }), made], fault],
  ])('%s', (_, lines, says) => {
    expect(judgeLaw('granted', lines)).toBe(says)
  })

  it('may have been asked for in a part of a log that is missing', () => {
    expect(judgeLaw('granted', [made], false)).toBeNull()
    expect(judgeLaw('granted', [vote({ verdict: 'deny' }), made], false)).toBe(fault)
  })
})

describe('an identity that acts for a person', () => {
  const given = (more: Partial<Said> = {}): Said => ({
    ...grant('delegation.given', { from: 'psn_a', to: 'idn_a' }),
    ...person('psn_a'),
    ...more,
  })
  const open = (data: JsonObject = {}, more: Partial<Said> = {}): Said =>
    permit(
      {
        decision: 'task',
        taskId: 't',
        identityId: 'idn_a',
        onBehalfOf: 'psn_a',
        grantId: 'g',
        scope,
        endsMs: 9_000,
        ...data,
      },
      more,
    )
  const else_ = 'it lets an identity act for somebody else than who says so'
  const unlet = 'it opens a task on behalf of a person who did not let it'

  it.each<[string, readonly Said[], string | null]>([
    ['is let by them', [given()], null],
    ['is let by another person', [given(person('psn_b'))], else_],
    ['is let by what has the same name and is no person', [given({ actor: { kind: 'identity', id: 'psn_a' } })], else_],
    ['opens a task under that', [given(), open()], null],
    ['opens a task under nothing', [given(), open({ grantId: null })], unlet],
    ['has a task that they open themselves', [open({ grantId: null }, person('psn_a'))], null],
    ['has a task that another person opens', [open({ grantId: null }, person('psn_b'))], unlet],
    [
      'has a task that what has their name opens',
      [open({ grantId: null }, { actor: { kind: 'identity', id: 'psn_a' } })],
      unlet,
    ],
    ['acts for nobody', [open({ onBehalfOf: null, grantId: null })], null],
    ['is handed a task on, which others look at', [open({ parentId: 't0', grantId: null })], null],
    ['is denied', [open({ grantId: null }, { kind: 'decision.denial' })], null],
    ['does something in a task', [open({ decision: 'call', grantId: null })], null],
  ])('%s', (_, lines, fault) => {
    expect(judgeLaw('given', lines)).toBe(fault)
  })
})

describe('a grant for another domain', () => {
  const across = (data: JsonObject = {}, more: Partial<Said> = {}): Said =>
    permit(
      {
        decision: 'token',
        taskId: 't1',
        across: { resource: 'https://x', scopes: ['s'] },
        asked: { across: { scopes: { s: 'write' } } },
        ...data,
      },
      more,
    )
  const opened = (data: JsonObject = {}): Said =>
    permit({
      decision: 'task',
      taskId: 't1',
      identityId: 'idn_a',
      endsMs: 9,
      scope: [{ action: 'read', resource: 'https://x' }],
      ...data,
    })
  const beyond = 'it lets s be done at https://x, which its task does not name'

  it.each<[string, readonly Said[], string | null]>([
    ['lets more be done than its task names', [opened(), across()], beyond],
    ['lets what its task names be done', [opened(), across({ asked: { across: { scopes: { s: 'read' } } } })], null],
    ['is none without a resource', [opened(), across({ across: { scopes: ['s'] } })], null],
    ['is none where it was denied', [opened(), across({}, { kind: 'decision.denial' })], null],
    ['of a task that was not told', [across()], null],
    ['of a task whose scope was not told', [opened({ scope: null }), across()], null],
    ['of no task', [opened(), across({ taskId: null })], null],
  ])('%s', (_, lines, fault) => {
    expect(judgeLaw('across', lines)).toBe(fault)
  })
})
