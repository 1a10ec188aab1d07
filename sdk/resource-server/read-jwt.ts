import { readJson } from '../../src/contract/log/read-json.ts'
import { encodeBase64url } from '../base64url.ts'
import { isMembers } from '../members.ts'

/** A JSON object as it was parsed. */
export type Members = Readonly<Record<string, unknown>>

/** A JWT taken apart, and not yet believed. */
export interface ReadJwt {
  readonly header: Members
  readonly claims: Members
  /** What is signed. */
  readonly input: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
}

/** How deep the JSON of a token may be nested: enough for a chain of sixteen actors. */
const depthMax = 24

/**
 * Takes a JWS in compact form (RFC 7515 section 7.1) apart; null for what is none, is longer than `charsMax`, is not in the one
 * proper form of base64url, or holds JSON that is nested too deeply. `charsMax` is given since a list is longer than a token.
 */
export function readJwt(text: string, charsMax: number): ReadJwt | null {
  if (text.length > charsMax) return null
  const parts = text.split('.')
  const [header = '', claims = '', signature = ''] = parts
  const [head, body, bytes] = [readJwtPart(header), readJwtPart(claims), decodeBase64url(signature)]
  if (parts.length !== 3 || head === null || body === null || bytes === null) return null
  return { header: head, claims: body, input: new TextEncoder().encode(`${header}.${claims}`), signature: bytes }
}

/** Reads base64url without padding (RFC 4648 section 5); null for what is not in its one proper form. */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0))
  return text.slice(-2) === encodeBase64url(bytes.subarray(Math.floor((bytes.length - 1) / 3) * 3)).slice(-2)
    ? bytes
    : null
}

/** Reads the JSON object that one part of a JWT is; null for anything else, and for one that is nested too deeply. */
export function readJwtPart(part: string): Members | null {
  const bytes = decodeBase64url(part)
  if (bytes === null) return null
  try {
    const value = readJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return isMembers(value) && isShallow(value, depthMax) ? value : null
  } catch {
    return null // neither UTF-8 nor JSON, which is all that there is to say of it
  }
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((each) => isShallow(each, depth - 1))
}

/** Gives a text of an object; undefined for what is none or is not there. */
export function textOf(members: Members, name: string): string | undefined {
  const value = Object.hasOwn(members, name) ? members[name] : undefined
  return typeof value === 'string' ? value : undefined
}

/** Gives a number of seconds as milliseconds; undefined for what is none (RFC 7519 section 2, NumericDate). */
export function timeOf(members: Members, name: string): number | undefined {
  const value = Object.hasOwn(members, name) ? members[name] : undefined
  return typeof value === 'number' && Number.isFinite(value) ? value * 1000 : undefined
}
