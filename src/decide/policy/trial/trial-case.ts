import { isMembers } from '../../../contract/read-entry.ts'
import type { PolicyFile } from '../policy.ts'
import { type Expected, type ReadTrials, readCases, type Said } from './read-cases.ts'

/** Facts by their names in the schema, over those of the standard story. */
export type Told = Readonly<Record<string, unknown>>

/** One case of a test file: what is asked, and what the policies should say. */
export interface TrialCase extends Expected {
  /** `task`, `delegation`, `token`, or a class of actions. */
  readonly action: string
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
  'here',
  'asked',
] as const
export type TrialNoun = (typeof TRIAL_NOUNS)[number]

const TEXTS = ['at', 'timeZone', 'environment', 'source'] as const
const KNOWN: readonly string[] = [...TRIAL_NOUNS, ...TEXTS, 'name', 'action', 'expect', 'by', 'approved']

/** Reads the test files (`*.test.json`: `{"cases": […]}`) among files. What is wrong stands in the faults. */
export function readTrials(files: readonly PolicyFile[]): ReadTrials<TrialCase> {
  return readCases(files, KNOWN, readTrial)
}

/** Gives what is wrong as a text. */
function readTrial(said: Said): Omit<TrialCase, keyof Expected> | string {
  const { action, approved = false } = said
  const rows: readonly (readonly [boolean, string])[] = [
    [typeof action !== 'string', 'needs an action'],
    [typeof approved !== 'boolean', 'says of "approved" true or false'],
    [TRIAL_NOUNS.some((noun) => !isMembers(said[noun] ?? {})), 'says facts in objects'],
    [TEXTS.some((each) => typeof (said[each] ?? '') !== 'string'), `says in ${TEXTS.join(', ')} a text`],
  ]
  const [, wrong] = rows.find(([isWrong]) => isWrong) ?? []
  if (wrong !== undefined) return wrong
  const text = (member: (typeof TEXTS)[number]): string | null => (said[member] as string | undefined) ?? null
  return {
    action: action as string,
    approved: approved as boolean,
    told: Object.fromEntries(TRIAL_NOUNS.flatMap((noun) => (noun in said ? [[noun, said[noun]]] : []))),
    at: text('at'),
    timeZone: text('timeZone'),
    environment: text('environment'),
    source: text('source'),
  }
}
