import { readFileSync } from 'node:fs'
import { isMembers } from '../sdk/members.ts'
import { findProgram } from './server-program.ts'

/** Gives the version of this copy of Remit, as its package says it. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(findProgram(['../package.json', '../../package.json']), 'utf8'))
  const version = isMembers(manifest) ? manifest['version'] : undefined
  return typeof version === 'string' ? version : 'unknown'
}
