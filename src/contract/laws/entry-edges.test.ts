import { describe, expect, it } from 'vitest'
import { judgeLaw, type Said } from '../../../test/contract/judge-law.ts'
import type { JsonObject } from '../log-entry.ts'

const person = (id: string) => ({ actor: { kind: 'person', id } }) as const
const vote = (by: string, seat: string, data: JsonObject = {}): Said => ({
  kind: 'approval.voted',
  data: { approvalId: 'a', subjectId: 'idn_a', seat, verdict: 'approve', state: 'approved', ...data },
  ...person(by),
})

describe('an identity that becomes active', () => {
  const submitted: Said = { kind: 'identity.submitted', data: { approvalId: 'a' }, ...person('psn_s') }
  const activated = (data: JsonObject = {}): Said => ({ kind: 'identity.activated', data: { tier: 'T4', ...data } })
  const lacks = (tier: string): string => `its approval lacks a person who ${tier} asks for`
  const without = 'the identity became active without an approval since it was put up for one'

  it.each<[string, readonly Said[], string | null]>([
    [
      'by everybody whom its tier asks for, each from a seat of their own',
      [submitted, vote('p1', 'owner'), vote('p2', 'security'), vote('p3', 'security'), activated()],
      null,
    ],
    [
      'with one seat filled of two alike',
      [submitted, vote('p1', 'owner'), vote('p2', 'security'), activated()],
      lacks('T4'),
    ],
    ['with no owner', [submitted, vote('p2', 'security'), vote('p3', 'security'), activated()], lacks('T4')],
    ['of a tier that asks for one', [submitted, vote('p1', 'owner'), activated({ tier: 'T1' })], null],
    [
      'by one from two seats',
      [submitted, vote('p1', 'owner'), vote('p2', 'security'), vote('p2', 'security'), activated()],
      lacks('T4'),
    ],
    ['by who put it up', [submitted, vote('psn_s', 'owner'), activated({ tier: 'T1' })], lacks('T1')],
    [
      'by who asked for it',
      [submitted, vote('p1', 'owner', { requestedBy: ['p1'] }), activated({ tier: 'T1' })],
      lacks('T1'),
    ],
    ['by a no', [submitted, vote('p1', 'owner', { verdict: 'deny' }), activated({ tier: 'T1' })], lacks('T1')],
    ['of a tier that is none', [submitted, vote('p1', 'owner'), activated({ tier: 'toString' })], lacks('toString')],
    ['of no tier', [submitted, vote('p1', 'owner'), activated({ tier: null })], lacks('')],
    ['without a vote', [submitted, activated()], without],
    ['by a vote of before it was put up', [vote('p1', 'owner'), submitted, activated({ tier: 'T1' })], without],
    [
      'by a yes to another',
      [submitted, vote('p1', 'owner', { subjectId: 'idn_x' }), activated({ tier: 'T1' })],
      without,
    ],
    [
      'as the entry names it, whatever it is about',
      [
        submitted,
        vote('p1', 'owner'),
        { ...activated({ tier: 'T1', identityId: 'idn_a' }), subject: { kind: 'identity', id: 'idn_x' } },
      ],
      null,
    ],
    [
      'without having been put up',
      [vote('p1', 'owner'), activated({ tier: 'T1' })],
      'the identity became active without having been put up for approval',
    ],
  ])('%s', (_, lines, fault) => {
    expect(judgeLaw('approved', lines)).toBe(fault)
  })

  it('does so by that entry and no other', () => {
    const other: Said = { kind: 'identity.reassigned', data: { to: 'active' } }
    expect(judgeLaw('accountable', [other])).toBe('it calls an identity active that it does not activate')
    expect(judgeLaw('accountable', [{ ...other, kind: 'refusal' }])).toBeNull()
    expect(judgeLaw('accountable', [{ ...other, data: { to: 'suspended' } }])).toBeNull()
  })
})

describe('a key that is replaced', () => {
  const asked: Said = {
    kind: 'approval.asked',
    data: { approvalId: 'a', subjectId: 'idn_a', decision: 'binding', requestedBy: ['p1'] },
  }
  const yes = (by: string, data: JsonObject = {}): Said => vote(by, 'owner', { approvalSubject: 'binding', ...data })
  const rotated: Said = { kind: 'binding.rotated', data: { identityId: 'idn_a', approvalId: 'a' } }
  const fault = 'a binding was rotated without an approval'

  it.each<[string, readonly Said[], string | null]>([
    ['by somebody else than who asked', [asked, yes('p2'), rotated], null],
    ['by who asked', [asked, yes('p1'), rotated], fault],
    ['by who asked, and somebody else who said no', [asked, yes('p1'), yes('p2', { verdict: 'deny' }), rotated], fault],
    ['by one of several', [asked, yes('p1'), yes('p2'), rotated], null],
    ['by nobody', [asked, rotated], fault],
    ['on a yes to something else', [asked, yes('p2', { approvalSubject: 'identity' }), rotated], fault],
    ['of another identity', [asked, yes('p2', { subjectId: 'idn_x' }), rotated], fault],
    ['before the yes counts', [asked, yes('p2', { state: 'pending' }), rotated], fault],
    ['without having been asked for', [rotated], fault],
  ])('%s', (_, lines, says) => {
    expect(judgeLaw('rotated', lines)).toBe(says)
  })
})

describe('policies that people publish', () => {
  const published = (effect: string | null): Said => ({
    kind: 'policy.published',
    subject: { kind: 'policy', id: 'remit/000002' },
    data: { approvalId: 'a', effect },
    ...person('psn_s'),
  })
  const yes = (by: string, seat: string): Said => vote(by, seat, { subjectId: 'remit/000002' })
  const lacks = (effect: string): string =>
    `the approval of the policies lacks a person whom a change that ${effect} asks for`

  it.each<[string, readonly Said[], string | null]>([
    ['that loosen, by two', [yes('p1', 'admin'), yes('p2', 'security'), published('loosens')], null],
    ['that loosen, by one', [yes('p2', 'security'), published('loosens')], lacks('loosens')],
    [
      'that loosen, by one of whom is who publishes',
      [yes('psn_s', 'admin'), yes('p2', 'security'), published('loosens')],
      lacks('loosens'),
    ],
    ['that tighten, by one', [yes('p2', 'security'), published('tightens')], null],
    ['of an effect that is none', [yes('p2', 'security'), published('any')], lacks('any')],
    ['of no effect', [yes('p2', 'security'), published(null)], lacks('')],
    ['by nobody', [published('words')], 'policies came into force without an approval of them'],
  ])('%s', (_, lines, fault) => {
    expect(judgeLaw('policies', lines)).toBe(fault)
  })

  it('permit by what is in force, and nothing permits by anything else', () => {
    const loaded: Said = { kind: 'policy.loaded', policy: 'p1' }
    const permit = (more: Partial<Said>, data: JsonObject = {}): Said => ({ kind: 'decision.permit', data, ...more })
    const fault = 'it permits by policies that were not in force'
    expect(judgeLaw('in-force', [loaded, permit({ policy: 'p1' })])).toBeNull()
    expect(judgeLaw('in-force', [loaded, permit({ policy: 'p2' })])).toBe(fault)
    expect(judgeLaw('in-force', [loaded, permit({ policy: 'p2' })], false)).toBeNull()
    expect(judgeLaw('in-force', [loaded, permit({ policy: 'p2' }, { cut: true })])).toBeNull()
    expect(judgeLaw('in-force', [loaded, permit({ policy: 'p2' }, { cut: 'x' })])).toBe(fault)
    expect(judgeLaw('in-force', [loaded, permit({ policy: 'p2' }, { domain: { name: 'crm' } })])).toBeNull()
    expect(judgeLaw('in-force', [loaded, permit({ policy: 'p2', kind: 'decision.denial' })])).toBeNull()
    expect(judgeLaw('in-force', [loaded, permit({})])).toBeNull()
    expect(judgeLaw('in-force', [permit({ policy: 'p2' })])).toBeNull()
  })
})

describe('what an entry answers', () => {
  const token = (data: JsonObject = {}): Said => ({
    kind: 'decision.permit',
    data: { decision: 'token', taskId: 't', ...data },
  })
  it('is a permit of a token, in its task, for a credential', () => {
    const issued = (more: Partial<Said> = {}, data: JsonObject = {}): Said => ({
      kind: 'credential.issued',
      answers: 0,
      data: { taskId: 't', expiresMs: 5, ...data },
      ...more,
    })
    const none = 'no permit of a token stands behind the credential'
    expect(judgeLaw('credential', [token(), issued()])).toBeNull()
    expect(judgeLaw('credential', [token({ decision: 'call' }), issued()])).toBe(none)
    expect(judgeLaw('credential', [token(), { kind: 'credential.issued', data: { taskId: 't' } }])).toBe(none)
    expect(judgeLaw('credential', [token(), token(), { kind: 'credential.issued', data: { taskId: 't' } }])).toBe(none)
    expect(judgeLaw('credential', [token(), issued({}, { taskId: 'u' })])).toBe('its permit was given for another task')
    const opened: Said = { kind: 'decision.permit', data: { decision: 'task', taskId: 't', endsMs: 9_000 } }
    const late = 'the credential outlives its task'
    expect(judgeLaw('credential', [opened, token(), issued({ answers: 1 }, { expiresMs: 9_000 })])).toBeNull()
    expect(judgeLaw('credential', [opened, token(), issued({ answers: 1 }, { expiresMs: 9_001 })])).toBe(late)
    expect(judgeLaw('credential', [opened, token(), issued({ answers: 1 }, { expiresMs: null })])).toBe(late)
  })

  it('is used once', () => {
    const end: Said = { kind: 'call.finished', answers: 0 }
    expect(judgeLaw('once', [token(), end])).toBeNull()
    expect(judgeLaw('once', [token(), end, end])).toBe('entry 0 permitted this once, and it was used before')
    expect(judgeLaw('once', [token(), token(), { kind: 'call.finished' }])).toBe('no permit stands behind it')
    expect(judgeLaw('once', [{ kind: 'refusal' }, end])).toBe('no permit stands behind it')
  })
})

describe('what was cut off', () => {
  const cut = (target: string, targetId: string): Said => ({
    kind: 'cutoff.made',
    data: { target, targetId, atMs: 500 },
  })
  const opened = (data: JsonObject = {}): Said => ({
    kind: 'decision.permit',
    data: { decision: 'task', taskId: 't', identityId: 'idn_a', endsMs: 90_000, ...data },
  })
  const call = (data: JsonObject = {}): Said => ({
    kind: 'decision.permit',
    data: { decision: 'call', taskId: 't', action: { name: 'docs/x' }, ...data },
  })

  it.each<[string, readonly Said[], string | null]>([
    ['is a task', [opened(), cut('task', 't'), call()], 'task'],
    ['is its chain', [opened(), cut('chain', 't'), call()], 'chain'],
    ['is its identity', [opened(), cut('identity', 'idn_a'), call()], 'identity'],
    ['is its server', [opened(), cut('upstream', 'docs'), call()], 'upstream'],
    ['is another server', [opened(), cut('upstream', 'crm'), call()], null],
    [
      'is a server that an action of one word does not name',
      [opened(), cut('upstream', 'docs'), call({ action: { name: 'docs' } })],
      null,
    ],
    ['is a server that no action names', [opened(), cut('upstream', ''), call({ action: {} })], null],
    ['is the binding that opened it', [opened({ bindingId: 'b' }), cut('binding', 'b'), call()], 'binding'],
    [
      'is the binding that took it',
      [
        opened(),
        { kind: 'binding.added', data: { bindingId: 'b' } },
        cut('binding', 'b'),
        call({ decision: 'token', bindingId: 'b' }),
      ],
      'binding',
    ],
    ['is what nothing rests on', [opened(), cut('task', 'u'), call()], null],
  ])('%s', (_, lines, what) => {
    const fault = judgeLaw('cut-off', lines)
    if (what === null) expect(fault).toBeNull()
    else expect(fault).toMatch(new RegExp(`^it permits something that rests on ${what}.*, which was cut off$`))
  })
})
