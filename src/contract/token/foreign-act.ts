import type { JsonObject } from '../log-entry.ts'
import { isMembers } from '../read-entry.ts'

/** As many hops of other domains are taken, and no more: a longer chain is refused, and never cut. */
export const foreignHopsMax = 8
/** Of its JSON. */
const charsMax = 2_048
const nameCharsMax = 512

/** A hop of a chain of another domain, as far as it is understood here; whatever else it holds stays as it is. */
export interface ForeignHop {
  readonly iss: string
  readonly sub: string
}

/**
 * Gives the hops of a claim `act` (RFC 8693 section 4.1), the latest first; null for one that is none, or not of a bounded
 * form.
 */
export function readForeignHops(act: unknown): readonly ForeignHop[] | null {
  if (JSON.stringify(act).length > charsMax) return null
  const hops: ForeignHop[] = []
  for (let at: unknown = act; at !== undefined; ) {
    if (!isMembers(at) || hops.length === foreignHopsMax) return null
    const { iss, sub, act: inner } = at as JsonObject
    if (!isName(iss) || !isName(sub)) return null
    hops.push({ iss, sub })
    at = inner
  }
  return hops
}

/**
 * Gives the subjects of a chain of another domain that are ours: it went out from here, and came back. Libraries write an issuer
 * without a path with a slash behind it.
 */
export function ownSubjects(act: unknown, issuer: string): readonly string[] {
  return (readForeignHops(act) ?? []).flatMap(({ iss, sub }) => (iss === issuer || iss === `${issuer}/` ? [sub] : []))
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= nameCharsMax && !/\p{C}/u.test(value)
