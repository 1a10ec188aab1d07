import { beforeAll, describe, expect, it } from 'vitest'
import { type Story, storyPolicy, tellStory } from '../../test/prove/story.ts'
import { type WrittenLog, writeStory } from '../../test/prove/write-story.ts'
import type { Explanation } from './explanation.ts'
import { createPackDesk } from './pack-desk.ts'

let log: WrittenLog

beforeAll(async () => {
  log = await writeStory()
})

const indexOf = (name: string): number => tellStory(0).findIndex(([other]) => other === name)
const change = (name: string, data: object): Story =>
  tellStory(1_790_000_000_000).map(([other, draft]) => [
    other,
    other === name ? { ...draft, data: { ...draft.data, ...data } } : draft,
  ])
const explain = async (name: string): Promise<Explanation> => await createPackDesk(log.parts).explain(indexOf(name))

describe('why a call was permitted', () => {
  it('says the rule with its text, the policy, the facts and what came of it', async () => {
    const why = await explain('call')
    expect(why).toMatchObject({
      outcome: 'permit',
      kind: 'decision.permit',
      policy: storyPolicy.digest,
      facts: { taskId: 'tsk_docs' },
    })
    expect(why.rules).toEqual([
      {
        rule: 'tier:observer-reads',
        sentence: 'An observer reads.',
        text: 'permit (principal, action, resource);',
        file: null, // a set that was kept before places were
        line: null,
      },
    ])
    expect(why.answeredBy).toMatchObject([{ index: indexOf('call finished'), kind: 'call.finished' }])
  })

  it('names every hop of the chain with its task, owner, sponsor and purpose', async () => {
    const { chain } = await explain('call')
    expect(chain.map((hop) => [hop.identity.name, hop.task?.taskId, hop.task?.goal])).toEqual([
      ['release-agent', 'tsk_release', 'publish the notes'],
      ['docs-summariser', 'tsk_docs', 'sum it up'],
    ])
    expect(chain[1]?.identity).toMatchObject({
      owner: 'psn_ann',
      sponsor: 'psn_bob',
      purpose: 'docs',
      tier: 'T1',
      state: 'active',
    })
  })

  it('names who approved the identities, the task and the call, and when', async () => {
    const { chain } = await explain('call')
    const votesOf = (approvals: readonly { votes: readonly { personId: string; seat: string }[] }[]) =>
      approvals.flatMap(({ votes }) => votes.map(({ personId, seat }) => `${personId} ${seat}`))
    expect(votesOf(chain[0]?.identity.approvals ?? [])).toEqual(['psn_ann owner', 'psn_cy security'])
    expect(votesOf(chain[0]?.task?.approvals ?? [])).toEqual(['psn_cy security'])
    expect(votesOf(chain[1]?.identity.approvals ?? [])).toEqual(['psn_ann owner'])
    expect(votesOf(chain[1]?.task?.approvals ?? [])).toEqual(['psn_cy security'])
    expect(chain[0]?.identity.approvals[0]?.votes[0]).toMatchObject({ atMs: 1_790_000_008_000, reason: 'looks right' })
  })

  it('says for whom a task is, where it is for somebody', async () => {
    const { parts } = await writeStory(change('child', { onBehalfOf: 'psn_zoe' }))
    const { chain, sentences } = await createPackDesk(parts).explain(indexOf('call'))
    expect(chain.map(({ task }) => task?.onBehalfOf)).toEqual([null, 'psn_zoe'])
    expect(sentences.join('\n')).toContain('docs-summariser acts on behalf of person psn_zoe in the task tsk_docs for')
  })

  it('says for which agent people were asked, and whom that barred from an answer', async () => {
    const { parts } = await writeStory(change('task vote', { requestedBy: ['idn_release', 'psn_eve'] }))
    const { sentences } = await createPackDesk(parts).explain(indexOf('task vote'))
    const told = sentences.join('\n')
    expect(told).toMatch(/said yes to tsk_release at \S+, asked for \S+, without a vote of psn_eve \(entry /)
    expect((await explain('task vote')).sentences.join('\n')).toContain(', asked by psn_eve (entry ')
  })

  it('says all of it in sentences', async () => {
    const { sentences } = await explain('call')
    const told = sentences.join('\n')
    expect(told).toContain('It was permitted by tier:observer-reads: "An observer reads."')
    expect(told).toContain('The chain: release-agent -> docs-summariser.')
    expect(told).toContain('Person psn_cy, as security, said yes to tsk_docs')
    expect(told).toContain(`Entry ${indexOf('call finished')} answers it`)
    expect(sentences.filter((sentence) => !/\."?$/.test(sentence))).toEqual([])
    expect(new Set(sentences).size).toBe(sentences.length)
  })
})

describe('why a call was denied', () => {
  it('says the nearest that would be allowed, and how to ask', async () => {
    const why = await explain('denial')
    expect(why.outcome).toBe('denial')
    expect(why.sentences).toEqual(
      expect.arrayContaining([
        'It was denied by tier:observer-reads: "An observer reads."',
        'The nearest that would be allowed: docs/read_text_file on docs:/a/*.',
        'How to ask: "A person can approve exactly this call."',
        'What was asked: docs/write_file.',
        'The approval apr_call of exactly this call in tsk_docs waited for an answer then.',
      ]),
    )
  })

  it('keeps what others wrote in quotes, so that it cannot pass for a sentence of the log', async () => {
    const forged = 'ends; until 2099 (entry 3). Person psn_dee, as security, said yes to this task'
    const [goal, reason] = [
      await writeStory(change('child', { goal: forged })),
      await writeStory(change('task vote', { reason: forged })),
    ]
    for (const { parts } of [goal, reason]) {
      const { sentences } = await createPackDesk(parts).explain(indexOf('call'))
      const told = sentences.join('\n')
      expect(told).toContain(JSON.stringify(forged))
      expect(told.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')).not.toContain('psn_dee')
    }
  })

  it('does not know what came later', async () => {
    expect((await explain('denial')).approvals.flatMap(({ votes }) => votes)).toEqual([])
    expect((await explain('task')).chain[0]?.task?.approvals).toMatchObject([{ state: 'pending', votes: [] }])
  })
})

describe('why an outcome stands', () => {
  it('names the intent that it answers', async () => {
    const why = await explain('credential')
    expect(why).toMatchObject({ outcome: 'fact', answers: { index: indexOf('token'), kind: 'decision.permit' } })
    expect(why.chain[0]?.identity.name).toBe('release-agent')
  })

  it.each([
    ['cutoff', { because: 'It looks. It was permitted' }, ['The reason that was given: "It looks. It was permitted".']],
    ['cutoff', { because: '' }, []],
    [
      'cutoff',
      { because: undefined, reason: 'what it was about has changed' },
      ['The reason that was given: "what it was about has changed".'],
    ],
    ['call vote', { reason: 'Said with the vote' }, []],
  ])('says the reason of what was done (%s, %o)', async (name, data, said) => {
    const { parts } = await writeStory(change(name, data))
    const { sentences } = await createPackDesk(parts).explain(indexOf(name))
    expect(sentences.filter((sentence) => sentence.startsWith('The reason'))).toEqual(said)
  })

  it('is told of every entry of the story, with how far was looked for what answers it', async () => {
    const desk = createPackDesk(log.parts)
    for (let index = 0; index < 24; index++) {
      const { sentences, lookedTo } = await desk.explain(index)
      expect([lookedTo, sentences.at(-1)]).toEqual([23, 'Entries that answer it were looked for up to entry 23.'])
      expect(sentences[0]).toMatch(new RegExp(`^Entry ${index}, 2026-`))
    }
  })

  it('leaves the text of a rule open where that of the policy set is not known, or not the one of its digest', async () => {
    for (const text of [null, 'permit']) {
      const policies = {
        readPolicies: async () => [],
        readPolicyText: async () => text,
        readQuestions: async () => null,
      }
      const desk = createPackDesk({ ...log.parts, policies })
      expect((await desk.explain(indexOf('call'))).rules[0]).toMatchObject({ rule: 'tier:observer-reads', text: null })
    }
  })

  it.each([-1, 24, 0.5, Number.NaN])('is not told of the index %s', async (index) => {
    await expect(createPackDesk(log.parts).explain(index)).rejects.toMatchObject({ code: 'not_found' })
  })
})
