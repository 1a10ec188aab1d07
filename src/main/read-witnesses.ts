import type { Config } from '../config.ts'
import { cosignatureType } from '../contract/log/cosignature.ts'
import { type NoteKey, parseVkey } from '../contract/log/note.ts'
import { sha256 } from '../ground/digest.ts'
import type { Witness } from '../record/witnessing/ask-witness.ts'
import { readNamedFile, refuseSetting, requireOutside } from './read-named-file.ts'

/** Reads who signs that the log only grows. Errors: `config_invalid`, naming the setting. */
export function readWitnesses({ log: { witnesses } }: Pick<Config, 'log'>): readonly Witness[] {
  const names = new Set<string>()
  return witnesses.map(({ url, vkey, allowInternal, caFile }) => {
    const setting = `log.witnesses: ${url}`
    const key = readKey(setting, vkey)
    if (names.has(key.name)) throw refuseSetting(setting, `another one is called ${key.name} as well`)
    names.add(key.name)
    if (!allowInternal) requireOutside(setting, url)
    const ca = caFile === undefined ? undefined : readNamedFile(setting, caFile)
    return { key, url: url.replace(/\/$/, ''), allowInternal, ca }
  })
}

function readKey(setting: string, vkey: string): NoteKey {
  const key = parseVkey(sha256, vkey.trim(), cosignatureType)
  if ('malformed' in key) throw refuseSetting(setting, `its vkey is of no use: ${key.malformed}`)
  return key
}
