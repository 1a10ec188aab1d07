import { isCanonical } from './log/canonical-json.ts'
import { readJson } from './log/read-json.ts'
import type { LogEntry } from './log-entry.ts'

type Unread<T> = { readonly [K in keyof T]?: unknown }

/**
 * Reads the text of an entry; says what is wrong where it does not have the form of one. Kinds that are not known here
 * are let through, so that an older reader can verify a newer log.
 */
export function readEntry(text: string): LogEntry | string {
  const value = parseJson(text)
  if (value === undefined) return 'the entry is not JSON'
  if (!isEntry(value)) return 'the entry does not have the form of one'
  // A member that stands twice would be read by one reader as this and by another one as that.
  return isCanonical(text, value) ? value : 'the entry is not in canonical form'
}

/** Reads JSON; undefined where the text is none. */
export function parseJson(text: string): unknown {
  try {
    return readJson(text)
  } catch {
    return undefined // the one way a parser says that a text is not JSON
  }
}

function isEntry(value: unknown): value is LogEntry {
  if (!isMembers(value)) return false
  const { v, org, atMs, kind, actor, subject, data, touched, answers, policy }: Unread<LogEntry> = value
  const isAnswer = answers === undefined || (Number.isSafeInteger(answers) && Number(answers) >= 0)
  const isTouched = Array.isArray(touched) && touched.every((each) => typeof each === 'string')
  const areTexts = [org, kind].every((each) => typeof each === 'string')
  return (
    v === 1 &&
    areTexts &&
    Number.isSafeInteger(atMs) &&
    [actor, subject].every(isNamed) &&
    hasChain(actor) &&
    isMembers(data) &&
    (policy === undefined || typeof policy === 'string') &&
    isTouched &&
    isAnswer
  )
}

function isNamed(value: unknown): boolean {
  return isMembers(value) && typeof value['kind'] === 'string' && typeof value['id'] === 'string'
}

/** True where an actor has no chain, or one of links. */
function hasChain(actor: unknown): boolean {
  const chain = isMembers(actor) ? actor['chain'] : undefined
  return chain === undefined || (Array.isArray(chain) && chain.every(isLink))
}

function isLink(value: unknown): boolean {
  return isMembers(value) && ['identityId', 'name', 'taskId'].every((name) => typeof value[name] === 'string')
}

/** True for a JSON object: not null, not a list. */
export function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
