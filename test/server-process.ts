import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readListening } from '../cli/commands/serve.ts'
import { cleanEnvironment } from '../cli/environment.ts'
import { readLines } from '../cli/foreground.ts'
import type { Config } from '../src/config.ts'
import type { Running } from '../src/main.ts'

/** How a process ended, and what it said on standard error until then. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly said: string
}

/** A server in a process of its own. `stop` is a SIGTERM, and fails unless the process then ends by itself, and well. */
export interface ServerProcess extends Running {
  readonly pid: number
  readonly ended: Promise<Ended>
  /** Ends it as a power cut would. */
  kill(): Promise<void>
}

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const FLAGS = ['--disable-warning=ExperimentalWarning']

/** Starts a program of ours under this Node.js, with nothing of the environment that would configure it but `more`. */
function start(words: readonly string[], more: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [...FLAGS, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...cleanEnvironment(), ...more },
  })
}

function watch(child: ChildProcess): Promise<Ended> {
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, said }))
  })
}

/** Runs the server program with these words until it ends: what a start that is refused does. */
export function runServer(words: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return watch(start([MAIN, 'serve', ...words], more))
}

/** A server that was started, and may not listen yet. */
export interface Launched extends Pick<ServerProcess, 'pid' | 'ended' | 'kill' | 'stop'> {
  readonly listening: Promise<Pick<Running, 'url' | 'logKey' | 'firstLink' | 'mtlsUrl'>>
}

/** Starts the server on a configuration, which is written beside its data folder; `more` goes into its environment. */
export function launchServer(config: Config, more: Readonly<Record<string, string>> = {}): Launched {
  const file = `${config.dataDir}.json`
  writeFileSync(file, JSON.stringify(config))
  const child = start([MAIN, 'serve', '--config', file], more)
  const ended = watch(child)
  const listening = new Promise<NonNullable<ReturnType<typeof readListening>>>((resolve, reject) => {
    if (child.stdout !== null)
      readLines(child.stdout, (line) => {
        const heard = readListening(line)
        if (heard !== undefined) resolve(heard)
      })
    ended.then(({ said }) => reject(new Error(`the server did not start: ${said}`)), reject)
  })
  const told = listening.then(({ firstLink = null, mtlsUrl = null, ...more }) => ({ ...more, firstLink, mtlsUrl }))
  told.catch(() => undefined) // whoever waits for it is told; one that stands by may end before
  return {
    listening: told,
    pid: child.pid ?? 0,
    ended,
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
    stop: async () => {
      child.kill('SIGTERM')
      const { code, signal, said } = await ended
      if (code !== 0 && signal !== 'SIGKILL') throw new Error(`the server ended with ${code ?? signal}: ${said}`)
    },
  }
}

/** Starts the server, and waits until its doors are open. */
export async function serveInProcess(
  config: Config,
  more: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const { listening, ...launched } = launchServer(config, more)
  return { ...launched, ...(await listening) }
}
