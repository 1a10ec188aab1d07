import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { NODE_FLAGS } from './server-program.ts'

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs a program under this Node.js until it ends, and hands signals on to it; gives its exit code.
 * Its standard output goes through `hear`, a line at a time, or straight out.
 */
export async function runInForeground(
  program: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
  hear?: (line: string) => void,
): Promise<number> {
  // Before there is a child, for it may run, and who watches it send a signal, before this process goes on. A terminal sends
  // Ctrl-C to the whole group, so the child has heard it already; a second one would hurry it.
  const forwarders = FORWARDED.map((signal) => {
    const forward = (): void => {
      if (signal !== 'SIGINT' || process.stdin.isTTY !== true) child.kill(signal)
    }
    process.on(signal, forward)
    return () => process.off(signal, forward)
  })
  const child = spawn(process.execPath, [...NODE_FLAGS, program, ...words], {
    stdio: ['inherit', hear === undefined ? 'inherit' : 'pipe', 'inherit'],
    env: environment,
  })
  if (child.stdout !== null && hear !== undefined) readLines(child.stdout, hear)
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]))
    })
  } finally {
    for (const stop of forwarders) stop()
  }
}

/** Calls `hear` with every whole line of a stream, and with the rest at its end. */
export function readLines(stream: NodeJS.ReadableStream, hear: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) hear(line)
  })
  stream.on('end', () => {
    if (rest !== '') hear(rest)
  })
}
