import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { PolicyFile } from '../sdk/policy-answers.ts'
import { CliError } from './command.ts'

/** As many bytes as the server takes; what is larger is not even read. */
const bytesMax = 1024 * 1024

/** Reads the policies (`*.cedar`) of a folder and the tests of them (`*.test.json`), in the order of their names. */
export function readPolicyFolder(folder: string): readonly PolicyFile[] {
  return readFolder(folder, /\.(cedar|test\.json)$/, bytesMax)
}

/** As many bytes as the server takes of a domain: its policies, its schema and its entities. */
const domainBytesMax = 5 * 1024 * 1024

/** Reads a domain: `*.cedar`, and where they are there `schema.cedarschema`, `entities.json` and `*.test.json`. */
export function readDomainFolder(folder: string): readonly PolicyFile[] {
  return readFolder(folder, /\.(cedar|test\.json)$|^schema\.cedarschema$|^entities\.json$/, domainBytesMax)
}

function readFolder(folder: string, wanted: RegExp, most: number): readonly PolicyFile[] {
  const names = listNames(folder).filter((name) => wanted.test(name))
  if (names.length === 0)
    throw new CliError(
      'refused',
      'no_policies',
      `The folder ${folder} holds no *.cedar file.`,
      'Name the folder that holds your policies.',
    )
  const bytes = names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  if (bytes > most)
    throw new CliError(
      'refused',
      'policies_too_large',
      `The files in ${folder} have ${bytes} bytes, and ${most} are the most.`,
      'Take out what never applies, or say it in fewer policies.',
    )
  return names.map((name) => ({ name, text: readText(join(folder, name)) }))
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    throw new CliError(
      'refused',
      'folder_unreadable',
      `The folder ${folder} cannot be read.`,
      'Name a folder that is there.',
    )
  }
}

function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch {
    throw new CliError(
      'refused',
      'file_unreadable',
      `The file ${path} cannot be read as UTF-8 text.`,
      'Save it as UTF-8.',
    )
  }
}
