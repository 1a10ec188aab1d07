import type { Malformed } from '../src/contract/log/note.ts'
import {
  PACK_SUBJECTS,
  type PackEnd,
  type PackEntry,
  type PackManifest,
  packFormat,
  packPolicyName,
} from '../src/contract/log/pack.ts'
import { isMembers, parseJson } from '../src/contract/read-entry.ts'

/*
 * The lines of a pack, read strictly: exactly the members of the format, each of its type, and not a byte otherwise than
 * its writer writes them. A member that stands twice, or one that only people would see, has no place in evidence.
 */

/** What each member of an object must be. Those in `optional` may be missing, and no others may be there. */
type Form = Readonly<Record<string, (value: unknown) => boolean>>

const isText = (value: unknown): boolean => typeof value === 'string' && value.isWellFormed()
const isFlag = (value: unknown): boolean => typeof value === 'boolean'
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)
const isKind = (value: unknown): boolean => PACK_SUBJECTS.some((kind) => kind === value)
const isPolicyName = (value: unknown): boolean => value === packPolicyName
const isPolicy = (value: unknown): boolean => fits(value, { name: isPolicyName, digest: isText, text: isText })

const MANIFEST: Form = {
  format: isText,
  org: isText,
  origin: isText,
  whole: isFlag,
  size: isCount,
  checkpoint: isText,
  vkey: isText,
  policies: (value) => Array.isArray(value) && value.every(isPolicy),
  subject: (value) => fits(value, { kind: isKind, id: isText }),
}
const ENTRY: Form = { index: isCount, entry: isText, proof: areTexts }
const END: Form = { end: (value) => value === true, entries: isCount }

/** Reads the first line; says in a sentence what is wrong with it. */
export function readManifest(line: string): PackManifest | Malformed {
  const value = parseJson(line)
  if (!isMembers(value)) return { malformed: 'This is not an evidence pack: its first line is not JSON.' }
  if (value['format'] !== packFormat)
    return { malformed: `The format of the pack is ${quote(value['format'])}; this verifier reads "${packFormat}".` }
  if (!fits(value, MANIFEST, ['vkey', 'subject']) || JSON.stringify(value) !== line)
    return { malformed: 'The first line does not hold just what the format says, in the form that it says.' }
  const manifest = value as unknown as PackManifest // as its form was checked
  return manifest.whole === (manifest.subject === undefined)
    ? manifest
    : { malformed: 'The pack is neither of the whole log nor about one thing.' }
}

/** Reads any other line; null where it is neither an entry nor the closing one. */
export function readPackLine(line: string): PackEntry | PackEnd | null {
  const value = parseJson(line)
  const isLine = (fits(value, ENTRY) || fits(value, END)) && JSON.stringify(value) === line
  return isLine ? (value as PackEntry | PackEnd) : null // as its form was checked
}

function fits(value: unknown, form: Form, optional: readonly string[] = []): boolean {
  if (!isMembers(value)) return false
  const areKnown = Object.keys(value).every((name) => Object.hasOwn(form, name))
  return (
    areKnown &&
    Object.entries(form).every(([name, holds]) =>
      Object.hasOwn(value, name) ? holds(value[name]) : optional.includes(name),
    )
  )
}

const quoteCharsMax = 60

/** Says a value of the pack in a sentence; what has parts is not said, as it could be of any size and depth. */
export function quote(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cutText(value, quoteCharsMax))
  return typeof value === 'object' && value !== null ? 'something with parts' : String(value)
}

/** Cuts a long text into a new one, so that the long one need not be kept. */
export function cutText(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${Array.from(text.slice(0, charsMax)).join('')}…`
}
