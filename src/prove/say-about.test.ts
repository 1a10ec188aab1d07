import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../contract/log-entry.ts'
import type { ExplainedHop } from './explanation.ts'
import { type Known, sayAbout } from './say-about.ts'

const known: Known = { nameOf: (id) => (id === 'idn_docs' ? 'docs-summariser' : undefined), between: null }
const docs = { identity: { identityId: 'idn_docs' }, task: { taskId: 'tsk_1' } } as unknown as ExplainedHop // all that is looked at

const say = (
  kind: string,
  [subjectKind, id]: readonly [string, string],
  facts: JsonObject = {},
  more: Partial<Parameters<typeof sayAbout>[0]> = {},
  told = known,
): readonly string[] =>
  sayAbout(
    {
      kind,
      outcome: 'fact',
      subject: { kind: subjectKind, id },
      actor: { kind: 'person', id: 'psn_ada' },
      facts,
      chain: [],
      rules: [],
      ...more,
    },
    told,
  )

describe('of whom or what an entry is', () => {
  it.each([
    ['owner', 'psn_grace', 'every identity that person psn_grace owns'],
    ['identity', 'idn_docs', 'the identity docs-summariser (idn_docs)'],
    ['identity', 'idn_gone', 'the identity idn_gone'],
    ['task', 'tsk_1', 'the task tsk_1'],
    ['vendor', 'Acme psn_grace', 'the vendor "Acme psn_grace"'],
    ['upstream', 'docs', 'the upstream docs'],
  ])('is said of a cutoff of an %s, such as %s', (target, targetId, what) => {
    const told = say('cutoff.made', [target, targetId], { target, targetId, atMs: 0 })
    expect(told).toEqual([
      `What was cut off: ${what}; nothing that was given to it until 1970-01-01T00:00:00.000Z counts here.`,
    ])
  })

  it('is said of data with what it counts as', () => {
    expect(
      say('resource.classified', ['resource', 'docs:public'], { sensitivity: 'public', before: 'internal' }),
    ).toEqual([
      'It is about the resource docs:public.',
      'From then on it counts as public; before that it did as internal.',
    ])
    expect(say('resource.classified', ['resource', 'docs:public'], {})).toEqual([
      'It is about the resource docs:public.',
    ])
  })

  it.each([
    ['owner:psn_grace', 'every identity that person psn_grace owns'],
    ['identity:idn_docs', 'the identity docs-summariser (idn_docs)'],
    ['vendor:acme', 'the vendor acme'],
  ])('is said of a denial for what had been cut off: %s', (key, what) => {
    const rule = { rule: 'law:cutoff', sentence: `It was cut off: ${key}.`, text: null, file: null, line: null }
    const denied = (rules: readonly (typeof rule)[]) =>
      say('decision.denial', ['identity', 'idn_docs'], {}, { outcome: 'denial', rules })
    expect(denied([rule])).toEqual([`What had been cut off: ${what}.`])
    expect(denied([{ ...rule, rule: 'law:active' }])).toEqual([])
  })

  it.each<[string, string, string, readonly ExplainedHop[]]>([
    ['log', 'example.org/log', 'the whole log', []],
    ['identity', 'idn_docs', 'what the log tells of the identity docs-summariser (idn_docs)', [docs]],
    ['identity', 'idn_gone', 'what the log tells of the identity idn_gone', []],
    ['task', 'tsk_1', 'what the log tells of the task tsk_1 of the identity docs-summariser (idn_docs)', [docs]],
    ['task', 'tsk_2', 'what the log tells of the task tsk_2', []],
  ])('is said of a pack of the %s %s', (kind, id, what, chain) => {
    expect(say('evidence.packed', [kind, id], {}, { chain })).toEqual([`What was packed: ${what}.`])
  })

  it('is said of a cutoff of an older log, which tells less', () => {
    expect(say('cutoff.made', ['owner', 'psn_grace'])).toEqual([
      'What was cut off: every identity that person psn_grace owns.',
    ])
  })

  it('is said of a person who left, and what they may be from now on of one who was added or changed', () => {
    expect(say('person.left', ['person', 'psn_grace'])).toEqual(['It is about person psn_grace.'])
    expect(say('right.granted', ['person', 'psn_grace'])).toEqual(['It is about person psn_grace.'])
    const roles = ['owner', 'approver']
    expect(say('person.roles-set', ['person', 'psn_ada'], { roles })).toEqual([
      'It is about person psn_ada, with the roles owner, approver.',
    ])
    expect(say('person.added', ['person', 'psn_grace'], { roles: [] })).toEqual([
      'It is about person psn_grace, with no role.',
    ])
  })

  it('is not said twice of who did it about themselves, nor of what the story tells anyhow', () => {
    expect(say('person.signed-in', ['person', 'psn_ada'])).toEqual([])
    expect(say('identity.suspended', ['identity', 'idn_docs'], {}, { chain: [docs] })).toEqual([])
    expect(say('task.ended', ['task', 'tsk_1'], {}, { chain: [docs] })).toEqual([])
    expect(say('log.created', ['log', 'remit.example/log'])).toEqual([])
  })

  it('is said of a grant to act for somebody: both of them', () => {
    const between = { from: 'idn_docs', to: 'idn_help' }
    expect(say('delegation.granted', ['delegation', 'grt_1'], {}, {}, { ...known, between })).toEqual([
      'It is about the identity idn_help acting for the identity docs-summariser (idn_docs).',
    ])
    const given = { from: 'psn_grace', to: 'idn_docs' }
    expect(say('delegation.given', ['delegation', 'grt_1'], {}, {}, { ...known, between: given })).toEqual([
      'It is about the identity docs-summariser (idn_docs) acting for person psn_grace.',
    ])
  })

  it('is said of what allows something with all that bounds it', () => {
    const scope = [
      { action: 'docs/read', resource: 'docs:public/*' },
      { action: 'docs/list', resource: 'two words' },
    ]
    const facts = { scope, classes: ['read', 'write'], ceiling: 'public', endsMs: 0 }
    const more = { issuers: ['https://ci.example'], minStrength: 'attested' }
    const allows =
      'What it allows: docs/read on docs:public/*, docs/list on "two words"; to read, write; up to public data'
    expect(say('right.granted', ['person', 'psn_grace'], facts)).toEqual([
      'It is about person psn_grace.',
      `${allows}; until 1970-01-01T00:00:00.000Z.`,
    ])
    expect(say('delegation.granted', ['delegation', 'grt_1'], { ...facts, ...more })[1]).toBe(
      `${allows}; by a proof of https://ci.example alone; attested at least; until 1970-01-01T00:00:00.000Z.`,
    )
    expect(say('task.ended', ['task', 'tsk_1'], facts)).toEqual(['It is about the task tsk_1.'])
  })

  it('is said of anything else by its kind, and in quotes what somebody could have written', () => {
    expect(say('purpose.defined', ['purpose', 'docs'])).toEqual(['It is about the purpose docs.'])
    expect(say('limit.set', ['limit', 'two words'])).toEqual(['It is about the limit "two words".'])
    expect(say('binding.ended', ['binding', 'bnd_1'], { identityId: 'idn_docs' })).toEqual([
      'It is about the binding bnd_1 of the identity docs-summariser (idn_docs).',
    ])
  })
})

describe('an answer to a question', () => {
  const about = (outcome: 'permit' | 'denial', facts: JsonObject) =>
    say(`decision.${outcome}`, ['task', 'tsk_1'], facts, { outcome })

  it('is not told as an act, but where it counts as one', () => {
    const asked = { decision: 'evaluation' }
    expect(about('denial', asked)).toEqual([expect.stringContaining('the answer to a question')])
    expect(about('permit', asked)).toEqual([expect.stringContaining('the answer to a question')])
    expect(about('permit', { ...asked, counts: true })).toEqual([expect.stringContaining('It counts as an act')])
  })

  it('is none where the gateway asked for a call, where who asked may not, and where nothing was asked', () => {
    expect(about('denial', { decision: 'evaluation', mapped: true })).toEqual([])
    const reasons = [{ rule: 'law:mapped', sentence: 'The gateway asks.' }] // of logs before it was told apart
    expect(about('permit', { decision: 'evaluation', reasons })).toEqual([])
    expect(about('denial', { decision: 'evaluation', code: 'asker_refused' })).toEqual([])
    expect(about('denial', { decision: 'call' })).toEqual([])
  })
})
