import { join } from 'node:path'
import { isMembers } from '../../../sdk/members.ts'
import type { Play, Step } from '../play.ts'
import { expectRefusal, expectThat, StoryError } from '../story-error.ts'
import { expectDenial, expectPermit } from './4-gateway.ts'

const PART = {
  to: 'docs-summariser',
  goal: 'Summarise the release notes for the announcement',
  scope: [{ action: 'docs/read_text_file', resource: 'docs:internal/*' }],
  ceiling: 'internal',
  budget: { callsMax: 5, writesMax: 0, bytesMax: 100_000 },
  lifeSeconds: 600,
} as const

/** A helper gets less than its delegator has. */
export const DELEGATED_STEP: Step = {
  title: 'It hands a narrower task to a helper',
  play: async (play) => {
    await letAct(play)
    await delegate(play)
    await showChain(play)
    await tryMore(play)
  },
}

/** Ada answers for both: she asks, and Grace, who sponsors the helper, says yes in her place. */
async function letAct({ shelf, tell }: Play): Promise<void> {
  const { name } = shelf.take('releaser')
  const [ada, grace] = [shelf.take('ada'), shelf.take('grace')]
  const { approval } = await ada.client.delegations.ask(shelf.take('releaserId'), {
    to: 'docs-summariser',
    scope: PART.scope,
    classes: ['read'],
    ceiling: 'internal',
    depthMax: 0,
    reason: 'It writes the announcement of each release',
    days: 90,
  })
  const { entry } = await grace.client.approvals.vote(approval.id, 'approve', 'Reading is all that it does')
  await tell('Grace', `lets docs-summariser act for ${name}: reading docs:internal/*, for 90 days`, entry)
}

async function delegate({ shelf, tell }: Play): Promise<void> {
  const { name, agent } = shelf.take('releaser')
  const parent = shelf.take('parentTask')
  const refusal = await expectRefusal('A child that outlives its parent', 'end_exceeded', () =>
    agent.delegate(parent, { ...PART, lifeSeconds: 7_200 }),
  )
  await tell(name, 'hands on a task that would outlive its own: refused, end_exceeded', refusal.entry)
  const { task, entry } = await agent.delegate(parent, PART)
  shelf.put('childTask', task.id)
  await tell(name, 'hands docs-summariser a part: read docs:internal/*, 5 calls, 10 minutes', entry)
}

async function showChain({ shelf, tell }: Play): Promise<void> {
  const { name, agent } = shelf.take('summariser')
  const token = await agent.exchange(shelf.take('childTask'), agent.gatewayUrl('docs'))
  shelf.put('childToken', token)
  const claims = readClaims(token.value)
  const chain = Array.isArray(claims['chain']) ? claims['chain'].filter(isMembers) : []
  expectThat(claims['sub'] === shelf.take('releaserId'), 'The token does not say for whom the helper acts.')
  expectThat(
    isMembers(claims['act']) && claims['act']['sub'] === shelf.take('summariserId'),
    'The token does not say who acts.',
  )
  expectThat(chain.length === 2, `The token shows a chain of ${chain.length}.`)
  await tell(
    name,
    'gets a token that shows the chain: release-agent > docs-summariser (act), with both tasks',
    token.entry,
  )
}

async function tryMore(play: Play): Promise<void> {
  const { shelf, tell, stage } = play
  const machine = shelf.take('summariser')
  const gateway = await play.connect(machine, shelf.take('childToken'), 'docs')
  const path = join(stage.documents, 'internal', 'release-notes.md')
  const read = expectPermit(await gateway.call('read_text_file', { path }))
  await tell(machine.name, 'reads internal/release-notes.md for release-agent: permitted', read.entry)
  const file = join(stage.documents, 'public', 'release-notes.md')
  const denied = expectDenial(await gateway.call('write_file', { path: file, content: 'x' }), 'scope_exceeded')
  await tell(
    machine.name,
    `tries the write that its delegator has and it has not: denied, ${denied.code}`,
    denied.entry,
  )
}

function readClaims(token: string): Readonly<Record<string, unknown>> {
  const part = token.split('.')[1]
  const claims: unknown = part === undefined ? undefined : JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  if (isMembers(claims)) return claims
  throw new StoryError('The access token has no claims.')
}
