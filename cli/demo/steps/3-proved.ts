import { createAgent } from '../../../sdk/agent.ts'
import type { TaskRequest } from '../../../sdk/answers.ts'
import { writeTime } from '../../terminal.ts'
import type { Play, Step } from '../play.ts'
import { expectRefusal, expectThat } from '../story-error.ts'

/** What the summariser asks for. */
const SUMMARY_TASK: TaskRequest = {
  purpose: 'summarise-documents',
  goal: 'Summarise the handbook and the release notes for the newsletter',
  ticket: 'DOCS-17',
  scope: [
    { action: 'docs/read_text_file', resource: 'docs:*' },
    { action: 'docs/list_directory', resource: 'docs:*' },
  ],
  ceiling: 'internal',
  budget: { callsMax: 20, writesMax: 0, bytesMax: 1_000_000 },
  lifeSeconds: 1_800,
}

/** The workload proves itself and gets a task, without ever having been given a secret. */
export const PROVED_STEP: Step = {
  title: 'It proves itself and gets a task',
  play: async (play) => {
    const { shelf, tell, stage } = play
    const { name, agent } = shelf.take('summariser')
    const { task, entry } = await agent.openTask(SUMMARY_TASK)
    expectThat(task.state === 'active', `The task is ${task.state} in place of active.`)
    shelf.put('ownTask', task.id)
    await tell(name, `proves itself with an OIDC assertion of ${stage.issuer.url}; no secret was ever given to it`)
    await tell('Remit', `opens ${task.id}: ${task.purpose}, "${task.goal}"`, entry)
    await tell(
      'Remit',
      `its bounds: read docs:*, up to ${task.ceiling}, ${task.budget.callsMax} calls, no writes, until ${writeTime(task.endsMs)}`,
      entry,
    )
    await refuseReplay(play)
    await refuseMore(play)
  },
}

async function refuseReplay({ shelf, stage, tell }: Play): Promise<void> {
  const stolen = await stage.issuer.mint({
    sub: 'workload:docs-summariser',
    aud: stage.baseUrl,
    repository: 'example/docs',
  })
  const thief = createAgent({ baseUrl: stage.baseUrl, assertion: async () => stolen })
  await thief.exchange(shelf.take('ownTask'), thief.gatewayUrl('docs'))
  const refusal = await expectRefusal('The same assertion, shown again,', 'assertion_replayed', () =>
    thief.exchange(shelf.take('ownTask'), thief.gatewayUrl('docs')),
  )
  await tell('a thief', 'shows an assertion that was shown before: refused, assertion_replayed', refusal.entry)
}

async function refuseMore({ shelf, tell }: Play): Promise<void> {
  const { name, agent } = shelf.take('summariser')
  const refusal = await expectRefusal('A task with a write', 'purpose_exceeded', () =>
    agent.openTask({
      ...SUMMARY_TASK,
      scope: [...SUMMARY_TASK.scope, { action: 'docs/write_file', resource: 'docs:*' }],
    }),
  )
  await tell(
    name,
    'asks for a task that could also write: denied, purpose_exceeded; the answer says what would be allowed',
    refusal.entry,
  )
}
