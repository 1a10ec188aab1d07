import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TaskRequest } from '../../../sdk/answers.ts'
import type { Play, Step } from '../play.ts'
import { expectRefusal, expectThat, StoryError } from '../story-error.ts'
import { expectDenial, expectPermit } from './4-gateway.ts'

/** What the release agent asks for. */
export const RELEASE_TASK: TaskRequest = {
  purpose: 'publish-release',
  goal: 'Publish the notes of release 4.2',
  ticket: 'REL-42',
  scope: [
    { action: 'docs/read_text_file', resource: 'docs:*' },
    { action: 'docs/write_file', resource: 'docs:public/*' },
    { action: 'everything/trigger-long-running-operation', resource: 'jobs:*' },
  ],
  ceiling: 'internal',
  budget: { callsMax: 20, writesMax: 2, bytesMax: 1_000_000 },
  lifeSeconds: 1_200,
}

const NOTES = '# Release 4.2\n\nThe importer reads files larger than 2 GB. Search no longer forgets umlauts.\n'

/** A stronger agent: two people to activate it, one for each task, one for each write. */
export const HELD_STEP: Step = {
  title: 'A stronger agent asks for a write, and a person approves exactly that',
  play: async (play) => {
    await register(play)
    await activate(play)
    await openApprovedTask(play)
    await writeOnce(play)
  },
}

async function register({ shelf, tell }: Play): Promise<void> {
  const [ada, grace] = [shelf.take('ada'), shelf.take('grace')]
  const { identities } = ada.client
  const profile = {
    kind: 'agent',
    runtime: 'own',
    purpose: 'publish-release',
    autonomy: 'bounded',
    reach: 'production',
  } as const
  const drafted = await identities.draft({ name: 'release-agent', owner: ada.id, sponsor: grace.id, ...profile })
  const { id } = drafted.identity
  shelf.put('releaserId', id)
  await tell('Ada', 'drafts release-agent; it reaches production', drafted.entry)
  const subject = 'spiffe://example.org/ns/release/sa/release-agent'
  const bound = await identities.bind(id, { kind: 'spiffe', issuer: 'example.org', subject, claims: {}, keys: [] })
  await tell('Ada', `binds it to ${subject}`, bound.entry)
  const terms = { ceiling: 'internal', days: 30 } as const
  const [read, write, run] = RELEASE_TASK.scope
  if (read === undefined || write === undefined || run === undefined)
    throw new StoryError('The release task lacks a grant.')
  await identities.entitle(id, {
    ...terms,
    scope: [read],
    classes: ['read'],
    approval: 'none',
    reason: 'It reads what it publishes.',
  })
  await identities.entitle(id, {
    ...terms,
    scope: [run],
    classes: ['execute'],
    approval: 'none',
    reason: 'It builds the release.',
  })
  const entitled = await identities.entitle(id, {
    ...terms,
    scope: [write],
    classes: ['write'],
    approval: 'each-call',
    reason: 'It publishes the notes.',
  })
  const { tier, tierReasons } = entitled.identity
  expectThat(tier === 'T3', `Its tier is ${tier} in place of T3.`)
  await tell(
    'Remit',
    `computes its tier: T3 operator, because ${tierReasons.join(', and ')}; each write needs a person`,
    entitled.entry,
  )
}

async function activate({ shelf, tell }: Play): Promise<void> {
  const { identities } = shelf.take('ada').client
  const id = shelf.take('releaserId')
  const rehearsed = await identities.rehearse(id)
  await tell('Ada', `rehearses taking its access back: ${Math.ceil(rehearsed.rehearsal.tookMs)} ms`, rehearsed.entry)
  const { approval, entry } = await identities.submit(id)
  await tell('Ada', `puts it up for approval; seats: ${approval.seats.join(', ')}`, entry)
  const first = await shelf.take('grace').client.approvals.vote(approval.id, 'approve', 'I answer for it with Ada')
  expectThat(first.effect === 'none', 'One yes was enough for a T3 identity.')
  await tell('Grace', 'says yes for the owner; a T3 identity needs one more', first.entry)
  const second = await shelf
    .take('lin')
    .client.approvals.vote(approval.id, 'approve', 'Bound to our trust domain, bounded, rehearsed')
  expectThat(second.effect === 'identity activated', `Lin's yes had the effect '${second.effect}'.`)
  await tell('Lin', 'says yes for security; release-agent is active', second.entry)
}

async function openApprovedTask(play: Play): Promise<void> {
  const { shelf, tell } = play
  const { name, agent } = shelf.take('releaser')
  const opened = await agent.openTask(RELEASE_TASK)
  expectThat(opened.task.state === 'waiting', `The task of a T3 identity is ${opened.task.state} in place of waiting.`)
  await tell(
    name,
    'proves itself with a SPIFFE JWT-SVID and its key, and asks for a task: it waits for a person',
    opened.entry,
  )
  const refusal = await expectRefusal('A token for the waiting task', 'approval_required', () =>
    agent.exchange(opened.task.id, agent.gatewayUrl('docs')),
  )
  await tell(name, 'asks for a token too early: refused, authorization_pending', refusal.entry)
  const entry = await approveTask(play, opened.approvalId)
  await tell('Lin', `approves the task "${RELEASE_TASK.goal}"`, entry)
  shelf.put('parentTask', opened.task.id)
  shelf.put('parentToken', await agent.exchange(opened.task.id, agent.gatewayUrl('docs')))
  expectThat(shelf.take('parentToken').type === 'DPoP', 'The token of a T3 identity is not bound to its key.')
  const { entry: issued } = shelf.take('parentToken')
  await tell(name, 'gets a token that is bound to its key: worth nothing to whoever steals it', issued)
}

/** Lets Lin approve a task that waits; gives the entry of her vote. */
export async function approveTask({ shelf }: Play, approvalId: string | null): Promise<number> {
  if (approvalId === null) throw new StoryError('A waiting task does not say for which approval.')
  const voted = await shelf.take('lin').client.approvals.vote(approvalId, 'approve', 'Planned for today')
  expectThat(voted.effect === 'task active', `Lin's yes had the effect '${voted.effect}'.`)
  return voted.entry
}

async function writeOnce(play: Play): Promise<void> {
  const { shelf, tell, stage } = play
  const machine = shelf.take('releaser')
  const gateway = await play.connect(machine, shelf.take('parentToken'), 'docs')
  const file = join(stage.documents, 'public', 'release-notes.md')
  const wanted = { path: file, content: NOTES }
  const held = expectDenial(await gateway.call('write_file', wanted), 'approval_required')
  if (held.approvalId === undefined) throw new StoryError('A held call does not say for which approval.')
  await tell(machine.name, 'writes public/release-notes.md: held, approval_required', held.entry)
  const voted = await shelf.take('grace').client.approvals.vote(held.approvalId, 'approve', 'I have read the notes')
  expectThat(voted.effect === 'call approved', `Grace's yes had the effect '${voted.effect}'.`)
  await tell('Grace', 'reads exactly what would be written, and approves exactly that', voted.entry)
  const changed = expectDenial(
    await gateway.call('write_file', { ...wanted, content: `${NOTES}Send your password.\n` }),
    'approval_required',
  )
  await tell(machine.name, 'writes something else under that approval: refused; it would need its own', changed.entry)
  const written = expectPermit(await gateway.call('write_file', wanted))
  expectThat(readFileSync(file, 'utf8') === NOTES, 'The file does not hold what was approved.')
  shelf.put('permitEntry', written.entry)
  await tell(machine.name, 'writes what was approved: permitted; the file is there', written.entry)
  const again = expectDenial(await gateway.call('write_file', wanted), 'approval_required')
  await tell(machine.name, 'writes it again: refused; an approval is used once', again.entry)
}
