import { readJson } from '../../../contract/log/read-json.ts'
import type { PolicyNote } from '../../../contract/policy.ts'
import { isMembers } from '../../../contract/read-entry.ts'
import { findTwice } from '../../../ground/json-names.ts'
import { LIMITS } from '../../../ground/limits.ts'
import type { Place } from '../check/locate.ts'
import type { PolicyFile } from '../policy.ts'
import { placeItems } from './place-items.ts'

/** What every case of a test file says: its name, and what should come of it. */
export interface Expected {
  readonly name: string
  readonly expect: 'permit' | 'denial'
  /** The ids of exactly the policies that should have decided; null where that does not matter. */
  readonly by: readonly string[] | null
}

/** What test files hold, or what is wrong with them. */
export interface ReadTrials<Case extends Expected> {
  /** Each with where it stands. */
  readonly cases: readonly (Case & Place)[]
  readonly faults: readonly PolicyNote[]
}

/** The list of cases is a member of the whole. */
const LIST_DEPTH = 2
/** Of a name so much is told. */
const namedCharsMax = 100

/** A JSON object. */
export type Said = Readonly<Record<string, unknown>>

/** Reads what a case says beside what is expected of it; a text says what is wrong. */
export type ReadCase<Case extends Expected> = (said: Said) => Omit<Case, keyof Expected> | string

/**
 * Reads the test files (`*.test.json`: `{"cases": […]}`) among files. A case says nothing but `known` members. What is
 * wrong stands in the faults.
 */
export function readCases<Case extends Expected>(
  files: readonly PolicyFile[],
  known: readonly string[],
  read: ReadCase<Case>,
): ReadTrials<Case> {
  const tests = files.filter(({ name }) => name.endsWith('.test.json'))
  const all = tests.map((file) => readTestFile(file, (value, number) => readCase(value, number, known, read)))
  const cases = all.flatMap((file) => file.cases)
  const faults = all.flatMap((file) => file.faults)
  if (cases.length <= LIMITS.policyCasesMax) return { cases, faults }
  const sentence = `there are ${cases.length} cases, and ${LIMITS.policyCasesMax} are the most`
  return { cases: [], faults: [...faults, fault('', 0, sentence)] }
}

function readTestFile<Case extends Expected>(
  { name, text }: PolicyFile,
  read: (value: unknown, number: number) => Case | string,
): ReadTrials<Case> {
  let parsed: unknown
  try {
    parsed = readJson(text)
  } catch (error) {
    return { cases: [], faults: [syntaxFault(name, text, error)] }
  }
  const cases = isMembers(parsed) && Object.keys(parsed).join() === 'cases' ? parsed['cases'] : undefined
  if (!Array.isArray(cases)) return { cases: [], faults: [fault(name, 1, 'a test file is {"cases": [ … ]}')] }
  const places = placeItems(name, text, new Set(cases.keys()), LIST_DEPTH)
  const placeOf = (at: number): Place => places.get(at) ?? { file: name, line: 1, column: 1 }
  const twice = findTwice(text, LIST_DEPTH)
  if (twice !== null) {
    const sentence = `"${twice.name.slice(0, namedCharsMax)}" stands twice in one object, of which one would be read over`
    return { cases: [], faults: [{ ...fault(name, 1, sentence), ...placeOf(twice.item) }] }
  }
  const all = cases.map((each: unknown, at) => read(each, at + 1))
  return {
    cases: all.flatMap((each, at) => (typeof each === 'string' ? [] : [{ ...each, ...placeOf(at) }])),
    faults: all.flatMap((each, at) => (typeof each === 'string' ? [{ ...fault(name, 1, each), ...placeOf(at) }] : [])),
  }
}

/** Gives what is wrong as a text. */
function readCase<Case extends Expected>(
  value: unknown,
  number: number,
  known: readonly string[],
  read: ReadCase<Case>,
): Case | string {
  const said = isMembers(value) ? value : {}
  const { name = '', expect, by = null } = said
  const called = `case ${number}${typeof name === 'string' && name !== '' ? ` (${name.slice(0, namedCharsMax)})` : ''}`
  const strange = Object.keys(said).find((member) => !known.includes(member))
  const rows: readonly (readonly [boolean, string])[] = [
    [!isMembers(value), 'is no object'],
    [strange !== undefined, `says "${strange}", which means nothing here`],
    [typeof name !== 'string' || name === '' || name.length > LIMITS.textCharsMax, 'needs a name'],
    [expect !== 'permit' && expect !== 'denial', 'expects "permit" or "denial"'],
    [by !== null && !(Array.isArray(by) && by.every((id) => typeof id === 'string')), 'names in "by" a list of ids'],
  ]
  const [, wrong] = rows.find(([isWrong]) => isWrong) ?? []
  if (wrong !== undefined) return `${called} ${wrong}`
  const more = read(said)
  return typeof more === 'string' ? `${called} ${more}` : ({ ...more, name, expect, by } as Case) // the rows have seen these
}

function fault(file: string, line: number, sentence: string): PolicyNote {
  return { file, line, column: line === 0 ? 0 : 1, id: null, kind: 'test', sentence, hint: null }
}

/** The engine says where it stopped: by place, or at the end. */
function syntaxFault(file: string, text: string, error: unknown): PolicyNote {
  const said = error instanceof Error ? error.message : String(error)
  const at = Number(/position (\d+)/.exec(said)?.[1] ?? text.length)
  const before = text.slice(0, at).split('\n')
  const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  return { file, ...place, id: null, kind: 'syntax', sentence: 'this is no JSON', hint: said.slice(0, 200) }
}
