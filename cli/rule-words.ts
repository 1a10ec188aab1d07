import { quote } from '../sdk/quote.ts'
import { usageError } from './command.ts'

/** What a claim must be, as the wire says it: a value, or a pattern. */
type Rule = string | number | boolean | { readonly pattern: string }

/** How a rule is written between its name and its value; the longest first. */
const SIGNS: readonly (readonly [sign: string, read: (text: string, value: string) => Rule])[] = [
  ['~=', (_, pattern) => ({ pattern })],
  [':=', readValue],
  ['=', (_, value) => value],
]

/** Reads rules such as `repository_id=42`, `ref~=refs/heads/release/*` or `email_verified:=true`; one of each claim. */
export function readRules(texts: readonly string[]): Record<string, Rule> {
  const rules = texts.map(readRule)
  const names = rules.map(([name]) => name)
  const twice = names.find((name, at) => names.indexOf(name) < at)
  if (twice === undefined) return Object.fromEntries(rules)
  throw usageError(
    `There are two rules for '${twice}'.`,
    'Say one of each claim; what holds of several goes by name~=pattern.',
  )
}

function readRule(text: string): readonly [string, Rule] {
  const cut = text.indexOf('=')
  const [sign, read] = SIGNS.find(([each]) => text.slice(0, cut + 1).endsWith(each)) ?? []
  const name = text.slice(0, cut + 1 - (sign?.length ?? 0))
  if (sign === undefined || read === undefined || name === '')
    throw usageError(
      `'${text}' is not a rule.`,
      'Write name=text, name~=pattern, or name:=true (a number or a yes or no).',
    )
  return [name, read(text, text.slice(cut + 1))]
}

function readValue(text: string, value: string): Rule {
  if (value === 'true' || value === 'false') return value === 'true'
  if (/^-?[0-9]{1,15}$/.test(value)) return Number(value)
  throw usageError(`'${text}' is neither a whole number nor true or false.`, 'Write name=text for a text.')
}

/** Writes rules as `readRules` takes them; null where something else stands there. */
export function writeRules(json: unknown): string | null {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return null
  const written = Object.entries(json).map(([name, rule]: [string, unknown]) => writeRule(name, rule))
  return written.includes(null) ? null : written.join(' ')
}

function writeRule(name: string, rule: unknown): string | null {
  const word = quote.unlessWord(name)
  if (typeof rule === 'string') return `${word}=${quote.unlessWord(rule)}`
  if (typeof rule === 'number' || typeof rule === 'boolean') return `${word}:=${rule}`
  const pattern: unknown = typeof rule === 'object' && rule !== null && 'pattern' in rule ? rule.pattern : undefined
  const isPattern = typeof pattern === 'string' && Object.keys(rule as object).length === 1
  return isPattern ? `${word}~=${quote.unlessWord(pattern)}` : null
}
