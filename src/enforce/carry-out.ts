import type { Obligation } from '../contract/decision.ts'
import { isMembers, parseJson } from '../contract/read-entry.ts'
import { type CarriedType, isCarried } from '../decide/policy/obligation/own.ts'
import { RemitError } from '../ground/errors.ts'
import type { Members } from './tool-definition.ts'
import type { Reply } from './upstream-connection.ts'

/** What stands in place of what a policy hides. */
const HIDDEN = '[hidden by policy]'

type Carry = (reply: Reply, properties: Obligation['properties']) => Reply

/** How the gateway carries out each type that a policy can ask of it; a permit with another one was denied. */
const CARRIES: Readonly<Record<CarriedType, Carry>> = {
  'dev.remit/mask-result': maskReply,
  'dev.remit/limit-result': limitReply,
}

/**
 * Does to what a server answered all that the permit asks for. Errors: `result_too_large`, `internal` for an obligation
 * that nobody carries out here; nothing leaves then.
 */
export function carryOut(obligations: readonly Obligation[], reply: Reply): Reply {
  // what is measured is what leaves
  const ordered = obligations.toSorted((a, b) => Number(isLimit(a)) - Number(isLimit(b)))
  return ordered.reduce((carried, { type, properties }) => {
    if (!isCarried(type)) throw new RemitError('internal', { cause: new Error(`nobody carries out ${type}`) })
    return CARRIES[type](carried, properties)
  }, reply)
}

const isLimit = ({ type }: Obligation): boolean => type === 'dev.remit/limit-result'

/**
 * Hides members of JSON objects by name, at any depth, in JSON that stands in a text too. What is no JSON cannot be looked
 * through: it is hidden whole, and with it what says the same in another form, and what a server says beside its content.
 */
function maskReply(reply: Reply, { members }: Obligation['properties']): Reply {
  if ('fault' in reply) return { fault: { code: reply.fault.code, message: HIDDEN } }
  const names = new Set(Array.isArray(members) ? members.map(String) : [])
  const { content, structuredContent, isError, resultType } = reply.result
  const texts = (Array.isArray(content) ? content : []).map((block: unknown) => maskBlock(block, names))
  const isLooked = structuredContent !== undefined && !texts.includes(null)
  const result: Members = {
    ...(resultType === undefined ? {} : { resultType }),
    content: texts.map((text) => ({ type: 'text', text: text ?? HIDDEN })),
    ...(isLooked ? { structuredContent: mask(structuredContent, names) } : {}),
    ...(isError === undefined ? {} : { isError: isError === true }),
  }
  return { ...reply, result }
}

/** Null for what cannot be looked through. */
function maskBlock(block: unknown, names: ReadonlySet<string>): string | null {
  const text = isMembers(block) && block['type'] === 'text' ? block['text'] : undefined
  return typeof text === 'string' ? maskText(text, names) : null
}

function maskText(text: string, names: ReadonlySet<string>): string | null {
  const json = parseJson(text)
  return isMembers(json) || Array.isArray(json) ? writeMasked(json, names) : null
}

function writeMasked(json: unknown, names: ReadonlySet<string>): string {
  return JSON.stringify(mask(json, names))
}

function mask(value: unknown, names: ReadonlySet<string>): unknown {
  if (typeof value === 'string') return maskInside(value, names)
  if (Array.isArray(value)) return value.map((each: unknown) => mask(each, names))
  if (!isMembers(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, names.has(name) ? HIDDEN : mask(each, names)]),
  )
}

/**
 * A text inside JSON: one that is JSON is looked through, however often it was written into a text; one that is none, and
 * has a hidden name in it as a word, may well tell what stands under that name.
 */
function maskInside(text: string, names: ReadonlySet<string>): string {
  const json = parseJson(text)
  if (typeof json === 'object' || typeof json === 'string') return json === null ? text : writeMasked(json, names)
  const plain = text.replaceAll(ESCAPED, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
  return [...names].some((name) => hasWord(plain, name)) ? HIDDEN : text
}

/** As JSON escapes what it could write as it is. */
const ESCAPED = /\\u([0-9a-f]{4})/gi
const IN_WORD = /[\p{L}\p{N}_]/u

function hasWord(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const isApart = !IN_WORD.test(text[at - 1] ?? '') && !IN_WORD.test(text[at + name.length] ?? '')
    if (isApart) return true
  }
  return false
}

function limitReply(reply: Reply, { bytesMax }: Obligation['properties']): Reply {
  if (Buffer.byteLength(JSON.stringify(reply)) <= Number(bytesMax)) return reply
  throw new RemitError('result_too_large', { detail: `A policy lets ${String(bytesMax)} bytes through, and no more.` })
}
