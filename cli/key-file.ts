import { readFileSync, writeFileSync } from 'node:fs'
import type { AssertionKeys, PrivateJwk } from '../sdk/key-assertion.ts'
import { isMembers } from '../sdk/members.ts'
import type { JsonWebKeyPublic } from '../sdk/nouns.ts'
import { CliError } from './command.ts'

const PUBLIC_MEMBERS = ['kid', 'alg', 'use', 'crv', 'x', 'y', 'n', 'e'] as const

/** Writes a key pair: the private part readable by this user only, the public part beside it as `<file>.pub`. */
export function writeKeys(file: string, keys: AssertionKeys): string {
  writeFileSync(file, `${JSON.stringify(keys.privateJwk)}\n`, { mode: 0o600, flag: 'wx' })
  writeFileSync(`${file}.pub`, `${JSON.stringify(keys.publicJwk)}\n`)
  return `${file}.pub`
}

/**
 * Reads a public key (JWK). A private part in the file is left out, so that it never leaves this machine; `isPrivate` says
 * that there was one.
 */
export function readPublicKey(file: string): { readonly key: JsonWebKeyPublic; readonly isPrivate: boolean } {
  const value = parse(file)
  if (!isMembers(value) || typeof value['kty'] !== 'string') throw keyUnreadable(file)
  const known: Record<string, string> = {}
  for (const name of PUBLIC_MEMBERS) {
    const member = value[name]
    if (typeof member === 'string') known[name] = member
  }
  return { key: { kty: value['kty'], ...known }, isPrivate: value['d'] !== undefined }
}

/** Reads a private P-256 key, as `remit key make` writes it. */
export function readPrivateKey(file: string): PrivateJwk {
  const value = parse(file)
  if (!isMembers(value)) throw keyUnreadable(file)
  const { kty, crv, x, y, d } = value
  if (typeof kty === 'string' && d === undefined)
    throw new CliError(
      'usage',
      'key_unreadable',
      `The file ${file} holds the public part of a key, and the private one is needed.`,
      'Name the file without .pub that `remit key make` wrote beside it.',
    )
  const isWhole = [x, y, d].every((part) => typeof part === 'string')
  if (kty !== 'EC' || crv !== 'P-256' || !isWhole) throw keyUnreadable(file)
  return { kty, crv, x: String(x), y: String(y), d: String(d) }
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw keyUnreadable(file, `The file ${file} is not there.`)
    throw keyUnreadable(file)
  }
}

/** What is said of a file that holds no key that can be used. */
export function keyUnreadable(file: string, sentence = `The file ${file} does not hold a key.`): CliError {
  return new CliError('usage', 'key_unreadable', sentence, 'Make one with `remit key make <file>`.')
}
