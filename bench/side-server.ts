import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { cleanEnvironment } from '../cli/environment.ts'
import { readLines } from '../cli/foreground.ts'

/** A server beside Remit, in a process of its own. */
export interface SideServer {
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Starts a program of this folder, with words on its command line, and waits until it says where it listens. */
export async function startSideServer(file: string, ...words: readonly string[]): Promise<SideServer> {
  const program = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: cleanEnvironment(),
  })
  const ended = once(child, 'close')
  const url = await new Promise<string>((resolve, reject) => {
    readLines(child.stdout, (line) => resolve((JSON.parse(line) as { url: string }).url))
    ended.then(() => reject(new Error(`${file} ended before it listened.`)), reject)
  })
  return {
    url,
    stop: async () => {
      child.kill()
      await ended
    },
  }
}
