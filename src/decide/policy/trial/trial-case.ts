import type { PolicyNote } from '../../../contract/policy.ts'
import { LIMITS } from '../../../ground/limits.ts'
import type { PolicyFile } from '../policy.ts'

/** Facts by their names in the schema, over those of the standard story. */
export type Told = Readonly<Record<string, unknown>>

/** One case of a test file: what is asked, and what the policies should say. */
export interface TrialCase {
  readonly name: string
  /** `task`, `delegation`, `token`, or a class of actions. */
  readonly action: string
  readonly expect: 'permit' | 'denial'
  /** The ids of exactly the policies that should have decided; null where that does not matter. */
  readonly by: readonly string[] | null
  readonly told: Readonly<Partial<Record<TrialNoun, Told>>>
  readonly at: string | null
  readonly timeZone: string | null
  readonly environment: string | null
  readonly source: string | null
  readonly approved: boolean
}

/** What a case may say facts of. */
const TRIAL_NOUNS = [
  'principal',
  'task',
  'parent',
  'helper',
  'tool',
  'resource',
  'proof',
  'arguments',
  'history',
  'asked',
] as const
export type TrialNoun = (typeof TRIAL_NOUNS)[number]

const TEXTS = ['at', 'timeZone', 'environment', 'source'] as const
const KNOWN: readonly string[] = [...TRIAL_NOUNS, ...TEXTS, 'name', 'action', 'expect', 'by', 'approved']

/** What a test file holds, or what is wrong with it. */
export interface ReadTrials {
  readonly cases: readonly (TrialCase & { readonly file: string })[]
  readonly faults: readonly PolicyNote[]
}

/** Reads the test files (`*.test.json`: `{"cases": […]}`) among files. What is wrong stands in the faults. */
export function readTrials(files: readonly PolicyFile[]): ReadTrials {
  const read = files.filter(({ name }) => name.endsWith('.test.json')).map(readTrialFile)
  const cases = read.flatMap((file) => file.cases)
  const faults = read.flatMap((file) => file.faults)
  if (cases.length <= LIMITS.policyCasesMax) return { cases, faults }
  const sentence = `there are ${cases.length} cases, and ${LIMITS.policyCasesMax} are the most`
  return { cases: [], faults: [...faults, fault('', 0, sentence)] }
}

function readTrialFile({ name, text }: PolicyFile): ReadTrials {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    return { cases: [], faults: [syntaxFault(name, text, error)] }
  }
  const cases = isRecord(parsed) && Object.keys(parsed).join() === 'cases' ? parsed['cases'] : undefined
  if (!Array.isArray(cases)) return { cases: [], faults: [fault(name, 1, 'a test file is {"cases": [ … ]}')] }
  const read = cases.map((each: unknown, at) => readCase(each, at + 1))
  return {
    cases: read.flatMap((each) => (typeof each === 'string' ? [] : [{ ...each, file: name }])),
    faults: read.flatMap((each) => (typeof each === 'string' ? [fault(name, 1, each)] : [])),
  }
}

/** Gives what is wrong as a text. */
function readCase(value: unknown, number: number): TrialCase | string {
  const said = isRecord(value) ? value : {}
  const { name = '', action, expect, by = null, approved = false } = said
  const called = `case ${number}${typeof name === 'string' && name !== '' ? ` (${name.slice(0, 100)})` : ''}`
  const strange = Object.keys(said).find((member) => !KNOWN.includes(member))
  const rows: readonly (readonly [boolean, string])[] = [
    [!isRecord(value), 'is no object'],
    [strange !== undefined, `says "${strange}", which means nothing here`],
    [typeof name !== 'string' || name === '' || name.length > LIMITS.textCharsMax, 'needs a name'],
    [typeof action !== 'string', 'needs an action'],
    [expect !== 'permit' && expect !== 'denial', 'expects "permit" or "denial"'],
    [by !== null && !(Array.isArray(by) && by.every((id) => typeof id === 'string')), 'names in "by" a list of ids'],
    [typeof approved !== 'boolean', 'says of "approved" true or false'],
    [TRIAL_NOUNS.some((noun) => !isRecord(said[noun] ?? {})), 'says facts in objects'],
    [TEXTS.some((each) => typeof (said[each] ?? '') !== 'string'), `says in ${TEXTS.join(', ')} a text`],
  ]
  const [, wrong] = rows.find(([isWrong]) => isWrong) ?? []
  if (wrong !== undefined) return `${called} ${wrong}`
  const text = (member: (typeof TEXTS)[number]): string | null => (said[member] as string | undefined) ?? null
  return {
    name: name as string,
    action: action as string,
    expect: expect as TrialCase['expect'],
    by: by as readonly string[] | null,
    approved: approved as boolean,
    told: Object.fromEntries(TRIAL_NOUNS.flatMap((noun) => (noun in said ? [[noun, said[noun]]] : []))),
    at: text('at'),
    timeZone: text('timeZone'),
    environment: text('environment'),
    source: text('source'),
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
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
