import type { Terminal } from '../terminal.ts'
import { connectGateway, type Gateway } from './gateway.ts'
import type { StoryEvent } from './picture.ts'
import type { Keepsakes, Play, Step } from './play.ts'
import { createShelf, type Shelf } from './shelf.ts'
import type { Stage } from './stage.ts'
import { HOUSE_STEP } from './steps/0-house.ts'
import { DISCOVERED_STEP } from './steps/1-discovered.ts'
import { ADOPTED_STEP } from './steps/2-adopted.ts'
import { PROVED_STEP } from './steps/3-proved.ts'
import { GATEWAY_STEP } from './steps/4-gateway.ts'
import { HELD_STEP } from './steps/5-held.ts'
import { DELEGATED_STEP } from './steps/6-delegated.ts'
import { TAKEN_BACK_STEP } from './steps/7-taken-back.ts'
import { EXPLAINED_STEP } from './steps/8-explained.ts'
import { PROVEN_STEP } from './steps/9-proven.ts'

/** The story, in order; step 0 sets the house. */
const STEPS: readonly Step[] = [
  HOUSE_STEP,
  DISCOVERED_STEP,
  ADOPTED_STEP,
  PROVED_STEP,
  GATEWAY_STEP,
  HELD_STEP,
  DELEGATED_STEP,
  TAKEN_BACK_STEP,
  EXPLAINED_STEP,
  PROVEN_STEP,
]

/** What is left when the story has been told. */
export interface Told {
  readonly isAsTold: boolean
  readonly shelf: Shelf<Keepsakes>
}

/** Plays the story; says each step, and stops at the first that does not come out as it is told. */
export async function playStory(stage: Stage, show: (event: StoryEvent) => void, signal: AbortSignal): Promise<Told> {
  const shelf = createShelf<Keepsakes>()
  const gateways: Gateway[] = []
  const startedMs = performance.now()
  const isAsTold = await playSteps({ stage, shelf, gateways, show, signal })
  await Promise.allSettled(gateways.map((gateway) => gateway.close()))
  if (signal.aborted)
    show({ event: 'note', sentence: 'Interrupted: everything is stopped, and what it made is removed.' })
  else {
    const entries = isAsTold ? (await shelf.take('lin').client.entries.list({ limit: 1 })).size : null
    show({ event: 'ended', ok: isAsTold, tookMs: Math.round(performance.now() - startedMs), entries })
  }
  return { isAsTold, shelf }
}

interface Parts {
  readonly stage: Stage
  readonly shelf: Shelf<Keepsakes>
  readonly gateways: Gateway[]
  readonly show: (event: StoryEvent) => void
  readonly signal: AbortSignal
}

async function playSteps(parts: Parts): Promise<boolean> {
  for (const [step, { title, play }] of STEPS.entries()) {
    if (parts.signal.aborted) return false
    parts.show({ event: 'step', step, title })
    try {
      await play(makePlay(parts, step))
    } catch (error) {
      if (parts.signal.aborted) return false
      parts.show({ event: 'failed', step, title, sentence: describe(error) })
      return false
    }
  }
  return true
}

function makePlay({ stage, shelf, gateways, show }: Parts, step: number): Play {
  return {
    stage,
    shelf,
    tell: async (actor, sentence, entry) =>
      show({ event: 'told', step, actor, sentence, entry: entry === undefined ? null : await readProof(shelf, entry) }),
    connect: async (machine, token, server) => {
      const gateway = await connectGateway(machine.agent.gatewayUrl(server), machine.name, machine.fetchWith(token))
      gateways.push(gateway)
      return gateway
    },
  }
}

/** The entry is read back from the log, so that the picture never names one that is not there. */
async function readProof(shelf: Shelf<Keepsakes>, index: number): Promise<{ index: number; kind: string }> {
  const { entry } = await shelf.take('ada').client.entries.show(index)
  return { index, kind: entry.kind }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : ''
  return `${error.message}${cause}`
}

/** Says what a reader can try on the server that stays up. */
export function describeNext(stage: Stage, shelf: Shelf<Keepsakes>, terminal: Pick<Terminal, 'paint'>): string[] {
  const bold = (text: string): string => terminal.paint('bold', text)
  return [
    '',
    `Remit stays up at ${bold(stage.baseUrl)}. In another terminal, in this folder:`,
    '',
    `  export REMIT_URL=${stage.baseUrl} REMIT_SESSION=${shelf.take('ada').session}`,
    '  npm run -s remit -- identity list',
    '  npm run -s remit -- identity show docs-summariser',
    `  npm run -s remit -- why ${shelf.take('denialEntry')}`,
    '  npm run -s remit -- approvals --state all',
    '  npm run -s remit -- log list',
    '  npm run -s remit -- doctor',
    '',
    'Ctrl-C stops it and removes what it made.',
  ]
}
