import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { PolicyFile } from '../sdk/policy-answers.ts'
import { CliError } from './command.ts'

/** As many bytes as the server takes; what is larger is not even read. */
const bytesMax = 1024 * 1024

/** Reads the policies (`*.cedar`) of a folder and the tests of them (`*.test.json`), in the order of their names. */
export function readPolicyFolder(folder: string): readonly PolicyFile[] {
  const names = listNames(folder).filter((name) => /\.(cedar|test\.json)$/.test(name))
  if (names.length === 0)
    throw new CliError(
      'refused',
      'no_policies',
      `There is no *.cedar file in ${folder}.`,
      'Name the folder that holds your policies.',
    )
  const bytes = names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  if (bytes > bytesMax)
    throw new CliError(
      'refused',
      'policies_too_large',
      `The files in ${folder} have ${bytes} bytes, and ${bytesMax} are the most.`,
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
