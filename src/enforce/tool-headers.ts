import { isMembers } from '../contract/read-entry.ts'
import type { Members } from './tool-definition.ts'

/** Deepest property that a header may mirror. */
const depthMax = 8
/** Names that no tool may ask for: they belong to HTTP, or carry credentials. */
const RESERVED = /^(authorization|cookie|dpop|connection|host|te|trailer|transfer-encoding|upgrade|proxy-.*)$/i
/** A header name (RFC 9110, token). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/

/**
 * Gives the `Mcp-Param-*` headers that mirror arguments of a call, in lower case, as the tool's schema asks for them
 * by `x-mcp-header` (2026-07-28, transports). Arguments that are absent, null, or not primitive have none.
 */
export function paramHeaders(inputSchema: unknown, args: Members, depth = 0): Readonly<Record<string, string>> {
  const properties = isMembers(inputSchema) ? inputSchema['properties'] : undefined
  if (!isMembers(properties) || depth > depthMax) return {}
  const headers: Record<string, string> = {}
  for (const [property, schema] of Object.entries(properties)) {
    const value = Object.hasOwn(args, property) ? args[property] : undefined
    const name = isMembers(schema) ? schema['x-mcp-header'] : undefined
    const text = writeValue(value)
    if (typeof name === 'string' && TOKEN.test(name) && !RESERVED.test(name) && text !== undefined) {
      headers[`mcp-param-${name.toLowerCase()}`] = encodeHeader(text)
    }
    if (isMembers(value)) Object.assign(headers, paramHeaders(schema, value, depth + 1))
  }
  return headers
}

/** Gives the names of all headers that a tool's schema asks for, in lower case, whatever a call says. */
export function paramHeaderNames(inputSchema: unknown, depth = 0): readonly string[] {
  const properties = isMembers(inputSchema) ? inputSchema['properties'] : undefined
  if (!isMembers(properties) || depth > depthMax) return []
  return Object.values(properties).flatMap((schema) => {
    const name = isMembers(schema) ? schema['x-mcp-header'] : undefined
    const own = typeof name === 'string' ? [`mcp-param-${name.toLowerCase()}`] : []
    return [...own, ...paramHeaderNames(schema, depth + 1)]
  })
}

function writeValue(value: unknown): string | undefined {
  const isWritable = typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value)
  return isWritable ? String(value) : undefined
}

const ENCODED = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/
const PLAIN = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/

/** Writes a header value: plain where it is visible ASCII, else base64 in disguise. */
export function encodeHeader(value: string): string {
  if (PLAIN.test(value) && !ENCODED.test(value)) return value
  return `=?base64?${Buffer.from(value, 'utf8').toString('base64')}?=`
}

/** Reads a header value that may be base64 in disguise. */
export function decodeHeader(value: string | undefined): string | undefined {
  const encoded = value === undefined ? undefined : ENCODED.exec(value)?.[1]
  return encoded === undefined ? value : Buffer.from(encoded, 'base64').toString('utf8')
}
