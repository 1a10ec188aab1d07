import { insert, meter } from '../../src/contract/change.ts'
import type { PackPolicy } from '../../src/contract/log/pack.ts'
import type { Actor, EntryDraft, JsonObject } from '../../src/contract/log-entry.ts'
import type { ChainLink } from '../../src/contract/task.ts'
import { canonicalJson } from '../../src/ground/canonical-json.ts'
import { digestText } from '../../src/ground/digest.ts'
import type { Log } from '../../src/record/log.ts'
import type { TestClock } from '../record/open-test-log.ts'

const text = canonicalJson({
  schema: 'namespace Remit {}',
  texts: { 'tier:observer-reads': 'permit (principal, action, resource);' },
})
/** The policy set under which the story is decided. */
export const storyPolicy: PackPolicy = { name: 'policies', digest: digestText(text), text }

export const system: Actor = { kind: 'system', id: 'remit' }
export const person = (id: string): Actor => ({ kind: 'person', id })
const link = (identityId: string, name: string, taskId: string): ChainLink => ({ identityId, name, taskId })
const releaseChain = [link('idn_release', 'release-agent', 'tsk_release')]
export const release: Actor = { kind: 'identity', id: 'idn_release', chain: releaseChain }
export const docs: Actor = {
  kind: 'identity',
  id: 'idn_docs',
  chain: [...releaseChain, link('idn_docs', 'docs-summariser', 'tsk_docs')],
}

/** What a line of the story says, which approval it asks for or uses up, and which line it answers. */
export type Draft = EntryDraft & { readonly asks?: string; readonly uses?: string; readonly answersTo?: string }
export type Story = readonly (readonly [name: string, draft: Draft])[]

const about = (id: string): JsonObject => {
  const isDocs = id === 'idn_docs'
  return {
    identityId: id,
    name: isDocs ? 'docs-summariser' : 'release-agent',
    owner: 'psn_ann',
    sponsor: 'psn_bob',
    purpose: isDocs ? 'docs' : 'release',
    tier: isDocs ? 'T1' : 'T3',
  }
}
const onIdentity = (kind: EntryDraft['kind'], id: string, by: Actor, data: JsonObject): Draft => ({
  kind,
  actor: by,
  subject: { kind: 'identity', id },
  data: { ...about(id), ...data },
})

export const vote = (
  approvalId: string,
  subject: { readonly kind: string; readonly id: string },
  by: string,
  seat: string,
  state: string,
): Draft => ({
  kind: 'approval.voted',
  actor: person(by),
  subject,
  data: {
    approvalId,
    approvalSubject: subject.kind,
    subjectId: subject.id,
    seat,
    verdict: 'approve',
    reason: 'looks right',
    state,
    requestedBy: ['psn_eve'],
    open: [],
  },
})

const registered = (id: string): Draft[] => {
  const subject = { kind: 'identity', id }
  const last = id === 'idn_docs' ? [] : [vote(`apr_${id}`, subject, 'psn_cy', 'security', 'approved')]
  return [
    onIdentity('identity.drafted', id, person('psn_eve'), {}),
    onIdentity('identity.submitted', id, person('psn_eve'), {
      from: 'draft',
      to: 'pending',
      approvalId: `apr_${id}`,
      requestedBy: ['psn_eve'],
    }),
    vote(`apr_${id}`, subject, 'psn_ann', 'owner', last.length === 0 ? 'approved' : 'pending'),
    ...last,
    onIdentity('identity.activated', id, system, { from: 'pending', to: 'active', approvalId: `apr_${id}` }),
  ]
}

/** What a task of the story has touched. */
const touched = { confidentiality: 'internal', integrity: 'trusted' }

export const decided = (
  actor: Actor,
  outcome: 'permit' | 'denial',
  subject: { readonly kind: string; readonly id: string },
  data: JsonObject,
): Draft => ({
  kind: `decision.${outcome}`,
  actor,
  subject,
  data: {
    outcome,
    reasons: [{ rule: 'tier:observer-reads', sentence: 'An observer reads.' }],
    ...(outcome === 'permit' && data['decision'] === 'call' ? { labels: { before: touched, after: touched } } : {}),
    ...data,
  },
  policy: storyPolicy.digest,
})

const scope = [{ action: 'docs/*', resource: 'docs:/a/*' }]
const narrower = [{ action: 'docs/read_text_file', resource: 'docs:/a/*' }]
export const onTask = (id: string): { readonly kind: string; readonly id: string } => ({ kind: 'task', id })

const own = { identity: { id: 'idn_release', name: 'release-agent' }, task: { id: 'tsk_release', scope } }
const call = {
  decision: 'call',
  identity: { id: 'idn_docs', name: 'docs-summariser' },
  taskId: 'tsk_docs',
  action: { name: 'docs/write_file' },
}
const tool = { kind: 'tool', id: 'docs/write_file' }

/** The story by names, so that a test can point at a line of it. `nowMs` is when the first line is written. */
export function tellStory(nowMs: number): Story {
  const endsMs = nowMs + 3_600_000
  return [
    ['log', { kind: 'log.created', actor: system, subject: { kind: 'log', id: 'remit.example/log' }, data: {} }],
    ...registered('idn_docs').map((draft) => [`docs ${draft.kind}`, draft] as const),
    ...registered('idn_release').map((draft) => [`release ${draft.kind}`, draft] as const),
    ...tellTask(endsMs),
    ['child', handOn(endsMs - 1)],
    ['stranger', refuseStranger],
    ...tellCall,
    ['child ended', end(docs, 'tsk_docs', 'idn_docs')],
    ['task ended', end(release, 'tsk_release', 'idn_release')],
    ['cutoff', cutOff('identity', 'idn_release')],
  ]
}

function tellTask(endsMs: number): Story {
  const actor: Actor = { kind: 'identity', id: 'idn_release' }
  const opened = {
    decision: 'task',
    identity: own.identity,
    asked: { purpose: 'release', goal: 'publish the notes', scope },
    taskId: 'tsk_release',
    taskState: 'waiting',
    endsMs,
    approvalId: 'apr_task',
  }
  const activated = { taskId: 'tsk_release', identityId: 'idn_release', approvalId: 'apr_task', endsMs }
  const credential = { kind: 'credential', id: 'crd_1' }
  const token = { decision: 'token', ...own, credentialId: 'crd_1' }
  const issued = { credentialId: 'crd_1', taskId: 'tsk_release', identityId: 'idn_release', expiresMs: endsMs }
  return [
    ['task', decided(actor, 'permit', onTask('tsk_release'), opened)],
    ['task vote', vote('apr_task', onTask('tsk_release'), 'psn_cy', 'security', 'approved')],
    ['task activated', { kind: 'task.activated', actor: system, subject: onTask('tsk_release'), data: activated }],
    ['token', decided({ ...actor, chain: releaseChain }, 'permit', credential, token)],
    [
      'credential',
      { kind: 'credential.issued', actor: release, subject: credential, data: issued, answersTo: 'token' },
    ],
  ]
}

const handOn = (endsMs: number): Draft =>
  decided(release, 'permit', onTask('tsk_docs'), {
    decision: 'delegation',
    ...own,
    asked: { to: 'docs-summariser', goal: 'sum it up', scope: narrower },
    helper: { id: 'idn_docs', name: 'docs-summariser' },
    taskId: 'tsk_docs',
    purpose: 'docs',
    labels: touched,
    endsMs,
  })

const refuseStranger: Draft = {
  kind: 'refusal',
  actor: { kind: 'stranger', id: 'nobody' },
  subject: { kind: 'door', id: '/oauth/token' },
  data: { code: 'identity_unknown' },
}

const ask = { sentence: 'A person can approve exactly this call.', approvalId: 'apr_call' }
const finished = { taskId: 'tsk_docs', end: 'ok' }
const tellCall: Story = [
  [
    'denial',
    { ...decided(docs, 'denial', tool, { ...call, nearest: narrower, ask, approvalId: 'apr_call' }), asks: 'apr_call' },
  ],
  ['call vote', vote('apr_call', onTask('tsk_docs'), 'psn_cy', 'security', 'approved')],
  ['call', { ...decided(docs, 'permit', tool, call), uses: 'apr_call' }],
  ['call finished', { kind: 'call.finished', actor: docs, subject: tool, data: finished, answersTo: 'call' }],
]

const end = (actor: Actor, taskId: string, identityId: string): Draft => ({
  kind: 'task.ended',
  actor,
  subject: onTask(taskId),
  data: { taskId, identityId, because: 'done', approvals: [] },
})

export const cutOff = (target: string, targetId: string): Draft => ({
  kind: 'cutoff.made',
  actor: person('psn_dee'),
  subject: { kind: target, id: targetId },
  data: { target, targetId, because: 'it streams' },
})

/** Writes a story into a log, a second apart, as it stands. */
export async function recordStory(log: Log, clock: TestClock, story: Story): Promise<void> {
  for (const [, { asks, uses, answersTo, ...entry }] of story) {
    clock.atMs += 1_000
    const answers = story.findIndex(([name]) => name === answersTo)
    const asked = asks === undefined ? [] : [insert('approval_uses', { approvalId: asks, uses: 0, spent: 0 })]
    const used = uses === undefined ? [] : [meter('approval_uses', uses, { add: { uses: 1 }, raise: {}, atMost: {} })]
    await log.record({ entry: answers < 0 ? entry : { ...entry, answers }, changes: [...asked, ...used] })
  }
}
