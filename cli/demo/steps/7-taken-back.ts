import type { AccessToken } from '../../../sdk/agent.ts'
import type { CutoffMade } from '../../../sdk/answers.ts'
import { readProblem } from '../../../sdk/problem.ts'
import type { Machine, Play, Step } from '../play.ts'
import { expectThat, StoryError } from '../story-error.ts'
import { approveTask, RELEASE_TASK } from './5-held.ts'

const LONG_SECONDS = 30
const MCP_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

/** A task that is done leaves nothing behind; a cutoff ends what is under way. */
export const TAKEN_BACK_STEP: Step = {
  title: 'Done is done, and a cutoff ends what is under way',
  play: async (play) => {
    await complete(play)
    await cutOffWhileStreaming(play)
  },
}

interface Holder {
  readonly machine: Machine
  /** Counts at the gateway. */
  readonly gate: AccessToken
  /** Counts at the API. */
  readonly api: AccessToken
}

async function complete(play: Play): Promise<void> {
  const { shelf, tell } = play
  const [releaser, summariser] = [shelf.take('releaser'), shelf.take('summariser')]
  const [parent, child] = [shelf.take('parentTask'), shelf.take('childTask')]
  const holders: readonly Holder[] = [
    { machine: releaser, gate: shelf.take('parentToken'), api: await releaser.agent.apiToken(parent) },
    { machine: summariser, gate: shelf.take('childToken'), api: await summariser.agent.apiToken(child) },
  ]
  for (const holder of holders)
    expectThat(
      (await askDoors(play, holder)).every(({ code }) => code === undefined),
      'A token did not count while its task was active.',
    )
  const ended = await releaser.agent.complete(parent, 'The notes are out.')
  const doneMs = performance.now()
  expectThat(ended.ended.includes(child), 'The child task did not end with its parent.')
  await tell(
    releaser.name,
    `completes its task: ${ended.ended.length} tasks and ${ended.credentials} credentials end together`,
    ended.entry,
  )
  const answers = (await Promise.all(holders.map((holder) => askDoors(play, holder)))).flat()
  const tookMs = Math.round(performance.now() - doneMs)
  const open = answers.find(({ code }) => code === undefined)
  expectThat(open === undefined, `${open?.door} still accepted a token after its task had ended.`)
  for (const { door, entry } of answers.slice(0, 3))
    await tell(door, `refuses the token of the task, at the first asking`, entry)
  await tell('Remit', `the child's token is refused at the same doors; all six had refused ${tookMs} ms after the word`)
}

interface DoorAnswer {
  readonly door: string
  /** Undefined where the door accepted the token. */
  readonly code: string | undefined
  readonly entry: number | undefined
}

async function askDoors({ shelf, stage }: Play, { machine, gate, api }: Holder): Promise<readonly DoorAnswer[]> {
  const list = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
  const { active } = await shelf.take('lin').client.tokens.introspect(gate.value)
  return [
    await askDoor(
      'gateway',
      machine.fetchWith(gate)(gate.resource, { method: 'POST', headers: MCP_HEADERS, body: list }),
    ),
    { door: 'introspection', code: active ? undefined : 'inactive', entry: undefined },
    await askDoor('API', machine.fetchWith(api)(`${stage.baseUrl}/api/v1/tasks/${api.taskId}`)),
  ]
}

async function askDoor(door: string, answer: Promise<Response>): Promise<DoorAnswer> {
  const response = await answer
  const text = await response.text()
  if (response.status !== 401 && response.status !== 403) return { door, code: undefined, entry: undefined }
  const { code, entry } = readProblem(response.status, JSON.parse(text))
  return { door, code, entry }
}

async function cutOffWhileStreaming(play: Play): Promise<void> {
  const { shelf, tell } = play
  const machine = shelf.take('releaser')
  const opened = await machine.agent.openTask({ ...RELEASE_TASK, goal: 'Build release 4.3', ticket: 'REL-43' })
  const entry = await approveTask(play, opened.approvalId)
  await tell('Lin', 'approves a second task of release-agent: "Build release 4.3"', entry)
  const token = await machine.agent.exchange(opened.task.id, machine.agent.gatewayUrl('everything'))
  const gateway = await play.connect(machine, token, 'everything')
  const { stream, started } = startLongCall(gateway)
  await Promise.race([started, stream.then(failEarly)])
  await tell(machine.name, `runs a tool of ${LONG_SECONDS} s; the first progress has come through the gateway`)
  const orderedMs = performance.now()
  const order = {
    target: 'identity',
    targetId: shelf.take('releaserId'),
    because: 'It builds what nobody has planned.',
  } as const
  const [made, endedMs] = await Promise.all([shelf.take('sam').client.cutoffs.make(order), stream])
  await tellClock(play, made, Math.round(endedMs - orderedMs))
}

/** Starts the call; `started` is its first sign of life, `stream` the moment when it ended without a result. */
function startLongCall(gateway: Awaited<ReturnType<Play['connect']>>) {
  const first = Promise.withResolvers<void>()
  const args = { duration: LONG_SECONDS, steps: LONG_SECONDS * 2 }
  const stream = gateway
    .call('trigger-long-running-operation', args, () => first.resolve())
    .then(
      () => {
        throw new StoryError('The long call ended with a result; nothing cut it off.')
      },
      () => performance.now(),
    )
  return { stream, started: first.promise }
}

function failEarly(): never {
  throw new StoryError('The long call ended before anything was cut off.')
}

async function tellClock({ shelf, tell }: Play, made: CutoffMade, seenMs: number): Promise<void> {
  const { clock, entry } = made
  expectThat(clock.streamsEnded === 1, `The cutoff ended ${clock.streamsEnded} streams in place of one.`)
  await tell('Sam', `cuts release-agent off: "${made.cutoff.because}"`, entry)
  await tell(
    'Remit',
    `the clock: on record after ${clock.recordedMs - clock.decidedMs} ms, ${clock.streamsEnded} stream ended after ${clock.streamsEndedMs - clock.decidedMs} ms; the agent saw it end ${seenMs} ms after Sam's word`,
    entry,
  )
  const { identity } = await shelf.take('lin').client.identities.show(shelf.take('releaserId'))
  expectThat(identity.state === 'suspended', `release-agent is ${identity.state} in place of suspended.`)
  await tell('Remit', 'release-agent is suspended until people approve it again', identity.entry)
}
