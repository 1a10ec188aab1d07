import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { cleanEnvironment } from '../../cli/environment.ts'
import { ROOT } from '../../tools/read-tree.ts'

/** `remit svid serve` in a process of its own. */
export interface ServedSvids {
  /** All that it has printed so far. */
  readonly said: () => string
  readonly stop: () => Promise<number | null>
  readonly ended: Promise<number | null>
}

/** Runs the command with these words, until it says that it listens or has ended. */
export async function serveSvids(words: readonly string[], url: string): Promise<ServedSvids> {
  const child: ChildProcess = spawn(process.execPath, [join(ROOT, 'cli/main.ts'), ...words, '--url', url], {
    env: cleanEnvironment(),
  })
  let said = ''
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const begun = new Promise<void>((resolve) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString()
      if (said.includes('is served at')) resolve()
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
  })
  await Promise.race([begun, ended])
  return {
    said: () => said,
    ended,
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}
