import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { ACTION_CLASSES } from '../../../contract/action-class.ts'
import { isMembers } from '../../../contract/read-entry.ts'
import { IDENTITY_KINDS, IDENTITY_STATES, RUNTIMES } from '../../../contract/register/identity.ts'
import { AUTONOMIES, REACHES, TIERS } from '../../../contract/register/tier.ts'
import { SENSITIVITIES } from '../../../contract/sensitivity.ts'
import { BINDING_STRENGTHS } from '../../../contract/task.ts'
import type { Range } from './find-contradiction.ts'

type Words = readonly string[]

/** Members of the schema that are texts to Cedar, and one of a few words to Remit. */
const MEMBERS: Readonly<Record<string, Words>> = {
  kind: IDENTITY_KINDS,
  runtime: RUNTIMES,
  state: IDENTITY_STATES,
  strength: BINDING_STRENGTHS,
}
/** Places on ladders, of which `name` is the word. */
const LEVELS: Readonly<Record<string, Words>> = {
  tier: TIERS,
  autonomy: AUTONOMIES,
  reach: REACHES,
  sensitivity: SENSITIVITIES,
  ceiling: SENSITIVITIES,
  confidentiality: SENSITIVITIES,
  class: ACTION_CLASSES,
}

/** What whole numbers of the schema can be that are places on no ladder. */
const RANGES: Readonly<Record<string, Range>> = { weekday: [1, 7], minuteOfDay: [0, 1439] }

/** Gives what a member of the schema can be that is a place on a ladder, or a time; undefined for any other. */
export function findRange(told: unknown): Range | undefined {
  const { attr, left } = readAccess(told)
  if (attr !== 'rank') return Object.hasOwn(RANGES, attr) ? RANGES[attr] : undefined
  const { attr: level } = readAccess(left)
  return Object.hasOwn(LEVELS, level) ? [0, (LEVELS[level]?.length ?? 0) - 1] : undefined
}

/** A text that something is compared with and that it can never be, so that the policy does not do what it says. */
export interface UnknownWord {
  readonly member: string
  readonly word: string
  readonly known: Words
}

/** Finds such texts in the conditions of a policy; to the validator of Cedar any text is as good as any other. */
export function findUnknownWords({ conditions }: Pick<PolicyJson, 'conditions'>): readonly UnknownWord[] {
  return conditions.flatMap(({ body }) => search(body))
}

function search(expression: unknown): readonly UnknownWord[] {
  if (typeof expression !== 'object' || expression === null) return []
  const found = isMembers(expression) ? compare(expression) : []
  return [...found, ...Object.values(expression).flatMap(search)]
}

function compare(expression: Readonly<Record<string, unknown>>): readonly UnknownWord[] {
  const { '==': same, '!=': other, contains } = expression
  const sides = same ?? other
  if (isMembers(sides)) return [...holdTo(sides['left'], [sides['right']]), ...holdTo(sides['right'], [sides['left']])]
  if (!isMembers(contains) || !isMembers(contains['left'])) return []
  const { Set: items } = contains['left']
  return Array.isArray(items) ? holdTo(contains['right'], items) : []
}

function holdTo(told: unknown, texts: readonly unknown[]): readonly UnknownWord[] {
  const { member, known } = findMember(told)
  return texts.flatMap((text) => {
    const word = isMembers(text) ? text['Value'] : undefined
    return typeof word !== 'string' || known === undefined || known.includes(word) ? [] : [{ member, word, known }]
  })
}

function findMember(told: unknown): { readonly member: string; readonly known: Words | undefined } {
  const { attr, left } = readAccess(told)
  if (attr !== 'name') return { member: attr, known: Object.hasOwn(MEMBERS, attr) ? MEMBERS[attr] : undefined }
  const { attr: level } = readAccess(left)
  return { member: `${level}.name`, known: Object.hasOwn(LEVELS, level) ? LEVELS[level] : undefined }
}

function readAccess(told: unknown): { readonly attr: string; readonly left: unknown } {
  const access = isMembers(told) ? told['.'] : undefined
  const { attr, left } = isMembers(access) ? access : {}
  return { attr: typeof attr === 'string' ? attr : '', left }
}
