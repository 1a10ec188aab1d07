import { closeSync, openSync, readSync } from 'node:fs'
import { isMembers } from '../sdk/members.ts'
import { findVkeyFault } from '../sdk/verify-pack.ts'
import { CliError } from './command.ts'

/** The key that a pack is held against, and the file that it was read from where it was. */
export interface UsedKey {
  readonly vkey: string
  readonly file: string | null
}

/** Far more than a key has; no more is read of a file, whatever it is. */
const BYTES_MAX = 4_096
/** Whose key it is, and how it is asked for. */
const KINDS = {
  log: { option: '--key', what: 'public key of a log', shown: ' as `remit log key` shows it' },
  witness: { option: '--witness', what: 'public key of a witness (type 4)', shown: '' },
} as const

type Kind = keyof typeof KINDS

/**
 * Reads the public key of a log, or of a witness. A text that is a key is the key: a folder that evidence came in may hold a file of
 * just that name, with another one. Errors: `key_unreadable` where neither it nor the file of this name is one, so that a
 * mistyped key never passes for evidence that fails.
 */
export function readVkey(said: string, kind: Kind = 'log'): UsedKey {
  if (findVkeyFault(said, kind) === null) return { vkey: said.trim(), file: null }
  const text = readText(said, kind)
  const fault = findVkeyFault(text, kind)
  if (fault === null) return { vkey: text.trim(), file: said }
  throw keyUnreadable(kind, `The file ${said} holds no ${KINDS[kind].what}: ${describeOther(text) ?? fault}.`)
}

function readText(file: string, kind: Kind): string {
  try {
    return readStart(file)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    // what has the pluses of a key was meant as one
    const fault = file.split('+').length > 2 ? `: ${findVkeyFault(file, kind)}` : ''
    const { option, what } = KINDS[kind]
    if (code === 'ENOENT' || code === 'ENAMETOOLONG')
      throw keyUnreadable(kind, `${option} names no file that is there, and '${file}' is no ${what}${fault}.`)
    throw keyUnreadable(kind, `The file ${file} cannot be read${code === 'EISDIR' ? ': it is a folder' : ''}.`)
  }
}

function readStart(file: string): string {
  const opened = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(BYTES_MAX)
    let length = 0
    // a pipe, as a shell makes of <(remit log key), gives what it has
    for (let read = -1; read !== 0 && length < BYTES_MAX; length += read)
      read = readSync(opened, bytes, length, BYTES_MAX - length, null)
    return bytes.toString('utf8', 0, length)
  } finally {
    closeSync(opened)
  }
}

/** What a file holds that is easily taken for the key; nothing of it is shown, as it may be a secret. */
function describeOther(text: string): string | undefined {
  if (text.trim() === '') return 'it is empty'
  if (text.includes('-----BEGIN ')) return 'it holds a key or certificate in PEM'
  const [line = ''] = text.trimStart().split('\n')
  const members = parseMembers(text) ?? parseMembers(line)
  if (members?.['kty'] !== undefined) return 'it holds a JWK, as `remit key make` makes for agents'
  if (line.startsWith('{') && line.includes('"checkpoint"')) return 'it holds an evidence pack'
  return undefined
}

function parseMembers(text: string) {
  try {
    const value: unknown = JSON.parse(text)
    return isMembers(value) ? value : undefined
  } catch {
    return undefined // it is no JSON
  }
}

function keyUnreadable(kind: Kind, sentence: string): CliError {
  const { what, shown } = KINDS[kind]
  const expected = `It takes the ${what}, on one line${shown}, or the name of a file that holds it and nothing else.`
  return new CliError('usage', 'key_unreadable', sentence, expected)
}
