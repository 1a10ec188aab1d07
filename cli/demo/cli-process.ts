import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cleanEnvironment } from '../environment.ts'

/** What `remit` said, in a process of its own. */
export interface Said {
  readonly exitCode: number
  /** Standard output and standard error, as a terminal shows them. */
  readonly lines: readonly string[]
}

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Runs one command of `remit`. */
export function runRemit(
  words: readonly string[],
  options: { readonly environment?: Readonly<Record<string, string>>; readonly flags?: readonly string[] } = {},
): Promise<Said> {
  const flags = ['--disable-warning=ExperimentalWarning', ...(options.flags ?? [])]
  const child = spawn(process.execPath, [...flags, `${ROOT}/cli/main.ts`, ...words], {
    env: { ...cleanEnvironment(), ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => {
      text += chunk
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ exitCode: code ?? 1, lines: text.trim().split('\n') }))
  })
}

/**
 * Verifies a pack in another process. Node.js itself holds that process to reading the program, the pack and the key:
 * it may write nothing, start nothing, and open no connection.
 */
export function verifyElsewhere(pack: string, key: string): Promise<Said> {
  const readable = [`${ROOT}/cli/`, `${ROOT}/sdk/`, `${ROOT}/src/contract/`, `${ROOT}/package.json`, pack, key]
  const flags = ['--permission', ...readable.map((path) => `--allow-fs-read=${path}`)]
  return runRemit(['verify', pack, '--key', key], { flags })
}
