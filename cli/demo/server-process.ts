import { type ChildProcess, spawn } from 'node:child_process'
import { type Listening, readListening } from '../commands/serve.ts'
import { cleanEnvironment } from '../environment.ts'
import { readLines } from '../foreground.ts'
import { findServerProgram, NODE_FLAGS } from '../server-program.ts'

const START_MS = 60_000
const STOP_MS = 12_000

/** A Remit server in a process of its own. */
export interface ServerProcess {
  readonly listening: Listening
  /** Resolves when the process has ended by itself. */
  readonly ended: Promise<void>
  /** Asks it to stop, and makes it stop where it does not. */
  readonly stop: () => Promise<void>
}

/** Starts a server on a configuration and waits until its doors are open. */
export async function startServer(configFile: string): Promise<ServerProcess> {
  const words = [...NODE_FLAGS, findServerProgram(), 'serve', '--config', configFile]
  // A group of its own, so that Ctrl-C reaches it through us, once, after the story is closed.
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: cleanEnvironment(),
    detached: true,
  })
  const said: string[] = []
  readLines(child.stderr, (line) => {
    said.push(line)
    if (said.length > 50) said.shift()
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  try {
    const listening = await waitForListening(child)
    return { listening, ended, stop: () => stopProcess(child, ended) }
  } catch (cause) {
    await stopProcess(child, ended)
    throw new Error(`The server did not start. It said:\n${said.join('\n') || '(nothing)'}`, { cause })
  }
}

function waitForListening(child: ChildProcess): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`It did not listen within ${START_MS / 1000} s.`)), START_MS)
    child.once('error', reject)
    child.once('close', () => {
      clearTimeout(timer)
      reject(new Error('It ended.'))
    })
    if (child.stdout === null) return
    readLines(child.stdout, (line) => {
      const listening = readListening(line)
      if (listening === undefined) return
      clearTimeout(timer)
      resolve(listening)
    })
  })
}

async function stopProcess(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await ended
  clearTimeout(timer)
}
