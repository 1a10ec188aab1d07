import { readFileSync } from 'node:fs'
import type { Config } from '../config.ts'
import { cosignatureType } from '../contract/log/cosignature.ts'
import { type NoteKey, parseVkey } from '../contract/log/note.ts'
import { sha256 } from '../ground/digest.ts'
import { RemitError } from '../ground/errors.ts'
import type { Witness } from '../record/witnessing/ask-witness.ts'

/** Reads who signs that the log only grows. Errors: `config_invalid`, naming the setting. */
export function readWitnesses({ log: { witnesses } }: Pick<Config, 'log'>): readonly Witness[] {
  const names = new Set<string>()
  return witnesses.map(({ url, vkey, allowInternal, caFile }) => {
    const key = readKey(url, vkey)
    if (names.has(key.name)) throw refuse(url, `another one is called ${key.name} as well`)
    names.add(key.name)
    return { key, url: url.replace(/\/$/, ''), allowInternal, ca: caFile === undefined ? undefined : read(url, caFile) }
  })
}

function readKey(url: string, vkey: string): NoteKey {
  const key = parseVkey(sha256, vkey.trim(), cosignatureType)
  if ('malformed' in key) throw refuse(url, `its vkey is of no use: ${key.malformed}`)
  return key
}

function read(url: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw refuse(url, `${file} cannot be read`, cause)
  }
}

function refuse(url: string, why: string, cause?: unknown): RemitError {
  return new RemitError('config_invalid', {
    detail: `The configuration is not valid: log.witnesses: ${url}: ${why}.`,
    cause,
  })
}
