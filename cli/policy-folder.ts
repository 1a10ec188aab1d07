import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { PolicyNote } from '../sdk/nouns.ts'
import type { PolicyFile } from '../sdk/policy-answers.ts'
import { quote } from '../sdk/quote.ts'
import { CliError } from './command.ts'

/** As many bytes as the server takes; what is larger is not even read. */
const bytesMax = 1024 * 1024

const OF_POLICIES = /\.(cedar|test\.json)$/

/** Reads the policies (`*.cedar`) of a folder and the tests of them (`*.test.json`), in the order of their names. */
export function readPolicyFolder(folder: string): readonly PolicyFile[] {
  return readFolder(folder, OF_POLICIES, bytesMax)
}

/** As many bytes as the server takes of a domain: its policies, its schema and its entities. */
const domainBytesMax = 5 * 1024 * 1024

const OF_DOMAINS = /\.(cedar|test\.json)$|^schema\.cedarschema$|^entities\.json$/

/** Reads a domain: `*.cedar`, and where they are there `schema.cedarschema`, `entities.json` and `*.test.json`. */
export function readDomainFolder(folder: string): readonly PolicyFile[] {
  return readFolder(folder, OF_DOMAINS, domainBytesMax)
}

/**
 * Finds what looks as if it belonged to them and is not read: a policy in a folder inside, and a name in other letters;
 * also a folder inside that cannot be looked into.
 */
export function findUnread(folder: string): readonly PolicyNote[] {
  const inside = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap(({ name }) => findInside(folder, name))
  const like = new RegExp(OF_DOMAINS, 'i')
  const misspelt = listNames(folder).filter((name) => like.test(name) && !OF_DOMAINS.test(name))
  return [...misspelt.map((file) => ({ ...UNREAD, file })), ...inside].slice(0, unreadMax)
}

function findInside(folder: string, name: string): readonly PolicyNote[] {
  try {
    const files = readdirSync(join(folder, name)).sort()
    return files.filter((file) => file.endsWith('.cedar')).map((file) => ({ ...UNREAD, file: `${name}/${file}` }))
  } catch {
    return [{ ...UNREAD, file: name, sentence: 'This folder cannot be read.', hint: 'Let it be read, or take it out.' }]
  }
}

const unreadMax = 20
const UNREAD = {
  line: 0,
  column: 0,
  id: null,
  kind: 'unread',
  sentence: 'This file is not read.',
  hint: 'Files stand in the folder itself; names and endings are in small letters.',
} as const

/** The names that a server takes. */
const TAKEN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.(cedar|test\.json|cedarschema|json)$/

function readFolder(folder: string, wanted: RegExp, most: number): readonly PolicyFile[] {
  const names = listNames(folder).filter((name) => wanted.test(name))
  if (names.length === 0)
    throw new CliError(
      'refused',
      'no_policies',
      `The folder ${folder} holds no *.cedar file.`,
      'Name the folder that holds your policies.',
    )
  const untaken = names.find((name) => !TAKEN.test(name))
  if (untaken !== undefined)
    throw new CliError(
      'refused',
      'file_unreadable',
      `The file ${quote.unlessWord(untaken)} has a name that is not taken.`,
      'Letters from A to Z, digits, dots, `_` and `-` make a name; it begins with a letter or a digit.',
    )
  const stats = names.map((name) => statSync(join(folder, name), { throwIfNoEntry: false }))
  const odd = names.find((_name, at) => stats[at]?.isFile() !== true)
  if (odd !== undefined)
    throw new CliError(
      'refused',
      'file_unreadable',
      `${join(folder, odd)} is not a file, though it is called like one.`,
      'Give it another name, or take it out.',
    )
  const bytes = stats.reduce((sum, found) => sum + (found?.size ?? 0), 0)
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
