import { parseArgs } from 'node:util'
import { readEnvironment } from '../environment.ts'
import { openTerminal, type Terminal } from '../terminal.ts'
import { createPicture, type StoryEvent } from './picture.ts'
import { type Stage, setStage } from './stage.ts'
import { describeNext, playStory } from './story.ts'

interface Wishes {
  readonly isJson: boolean
  readonly isBrief: boolean
  readonly port: number
}

/** Plays the story; gives the exit code: 0 as told, 1 not as told, 2 not understood, 130 interrupted. */
async function runDemo(wishes: Wishes, terminal: Terminal): Promise<number> {
  const show = createPicture(terminal, wishes.isJson)
  const interrupted = new AbortController()
  const stop = Promise.withResolvers<void>()
  // One word comes more than once: from the terminal, and by each program that hands it on. It must not cut the striking short.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interrupted.abort()
      stop.resolve()
    })
  }
  const stage = await setStage(wishes.port)
  try {
    tellPort(stage, wishes, show)
    const { isAsTold, shelf } = await playStory(stage, show, interrupted.signal)
    if (interrupted.signal.aborted) return 130
    if (!isAsTold) return 1
    if (wishes.isBrief) return 0
    if (!wishes.isJson) for (const line of describeNext(stage, shelf, terminal)) terminal.print(line)
    await Promise.race([stop.promise, stage.server.ended])
    await stage.strike()
    if (interrupted.signal.aborted)
      show({ event: 'note', sentence: 'Everything is stopped, and what it made is removed.' })
    return 0
  } finally {
    await stage.strike()
  }
}

function tellPort({ otherPort, baseUrl }: Stage, { port }: Wishes, show: (event: StoryEvent) => void): void {
  const taken = otherPort === undefined ? '' : ` Port ${port} is taken, so it uses another.`
  show({ event: 'note', sentence: `Remit runs at ${baseUrl}, on an empty store.${taken}` })
}

function readWishes(words: readonly string[]): Wishes | string {
  try {
    const options = { json: { type: 'boolean' }, exit: { type: 'boolean' }, port: { type: 'string' } } as const
    const { values } = parseArgs({ args: [...words], options, strict: true })
    const port = Number(values.port ?? 7460)
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      return `--port is a number from 0 to 65535, not '${values.port}'.`
    return { isJson: values.json ?? false, isBrief: values.exit ?? false, port }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function main(): Promise<number> {
  // a reader who goes is a hang-up: the stage is struck before the end
  const terminal = openTerminal(readEnvironment(), process, () => void process.emit('SIGHUP'))
  const wishes = readWishes(process.argv.slice(2))
  if (typeof wishes === 'string') {
    terminal.warn(`remit demo: ${wishes}`)
    terminal.warn('            It takes --exit, --json and --port <number>.')
    return 2
  }
  try {
    return await runDemo(wishes, terminal)
  } catch (error) {
    terminal.warn(`remit demo: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}

process.exitCode = await main()
