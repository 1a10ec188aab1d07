import type { Play, Step } from '../play.ts'
import { expectRefusal, expectThat } from '../story-error.ts'

/** A person takes responsibility, a second one approves. */
export const ADOPTED_STEP: Step = {
  title: 'A person adopts it, and a second one approves',
  play: async (play) => {
    await adopt(play)
    const approvalId = await submit(play)
    await refuseSelfApproval(play, approvalId)
    await approve(play, approvalId)
  },
}

async function adopt({ shelf, tell }: Play): Promise<void> {
  const [ada, grace, id] = [shelf.take('ada'), shelf.take('grace'), shelf.take('summariserId')]
  const profile = {
    kind: 'agent',
    runtime: 'own',
    purpose: 'summarise-documents',
    autonomy: 'bounded',
    reach: 'team',
  } as const
  const adopted = await ada.client.identities.adopt(id, {
    name: 'docs-summariser',
    owner: ada.id,
    sponsor: grace.id,
    ...profile,
  })
  await tell(
    'Ada',
    'adopts it as docs-summariser: owner Ada, sponsor Grace; what it proved itself with is its binding',
    adopted.entry,
  )
  const entitled = await ada.client.identities.entitle(id, {
    scope: [
      { action: 'docs/read_text_file', resource: 'docs:*' },
      { action: 'docs/list_directory', resource: 'docs:*' },
    ],
    classes: ['read'],
    ceiling: 'internal',
    approval: 'none',
    reason: 'It reads documents to summarise them.',
    days: 30,
  })
  await tell('Ada', 'proposes what it may ask for: reading documents, up to internal, for 30 days', entitled.entry)
  const { tier, tierReasons } = entitled.identity
  expectThat(tier === 'T1', `Its tier is ${tier} in place of T1.`)
  await tell('Remit', `computes its tier: T1 observer, because ${tierReasons.join(', and ')}`, entitled.entry)
}

async function submit({ shelf, tell }: Play): Promise<string> {
  const { identities } = shelf.take('ada').client
  const rehearsed = await identities.rehearse(shelf.take('summariserId'))
  await tell(
    'Ada',
    `rehearses taking its access back: done in ${Math.ceil(rehearsed.rehearsal.tookMs)} ms, on a canary`,
    rehearsed.entry,
  )
  const submitted = await identities.submit(shelf.take('summariserId'))
  await tell('Ada', `puts it up for approval; seats: ${submitted.approval.seats.join(', ')}`, submitted.entry)
  return submitted.approval.id
}

async function refuseSelfApproval({ shelf, tell }: Play, approvalId: string): Promise<void> {
  const refusal = await expectRefusal("Ada's own yes", 'self_approval', () =>
    shelf.take('ada').client.approvals.vote(approvalId, 'approve', 'It is fine'),
  )
  await tell('Ada', 'says yes to her own request: refused, self_approval', refusal.entry)
}

async function approve({ shelf, tell }: Play, approvalId: string): Promise<void> {
  const { client } = shelf.take('grace')
  const voted = await client.approvals.vote(approvalId, 'approve', 'Known workload, reads only')
  expectThat(voted.effect === 'identity activated', `Grace's yes had the effect '${voted.effect}'.`)
  await tell('Grace', 'says yes, as the second accountable person', voted.entry)
  const { identity } = await client.identities.show(shelf.take('summariserId'))
  expectThat(identity.state === 'active', `It is ${identity.state} in place of active.`)
  await tell('Remit', 'activates docs-summariser', identity.entry)
}
