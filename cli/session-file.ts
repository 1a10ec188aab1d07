import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CliError } from './command.ts'

/** What `remit login` keeps. */
export interface KeptSession {
  readonly url: string
  readonly session: string
  readonly name: string
  readonly expiresMs: number
}

/** Reads the kept session; undefined where there is none. */
export function readSession(file: string): KeptSession | undefined {
  const text = readText(file)
  if (text === undefined) return undefined
  const kept = parse(text)
  if (kept !== undefined) return kept
  throw new CliError(
    'refused',
    'session_unreadable',
    `The session file ${file} is damaged.`,
    'Run `remit logout`, then sign in again.',
  )
}

/** Keeps a session, readable by this user only. The file is replaced whole or not at all. */
export function keepSession(file: string, session: KeptSession): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(session, null, 2)}\n`, { mode: 0o600 })
  chmodSync(draft, 0o600)
  renameSync(draft, file)
}

/** Forgets the kept session. */
export function forgetSession(file: string): void {
  rmSync(file, { force: true })
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function parse(text: string): KeptSession | undefined {
  try {
    const kept = JSON.parse(text) as Partial<KeptSession> // what is used of it is checked below
    const { url, session, name, expiresMs } = kept
    if (typeof url !== 'string' || typeof session !== 'string') return undefined
    return { url, session, name: String(name ?? ''), expiresMs: Number(expiresMs ?? 0) }
  } catch {
    return undefined // the caller says that it is damaged
  }
}
