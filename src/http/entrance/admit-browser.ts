import { type PersonCaller, placeCaller } from '../../authenticate/caller.ts'
import type { House } from '../../flow/house.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Context } from '../route.ts'

type Request = Pick<Context, 'house' | 'headers' | 'source'>

/** Finds the person whose browser asks, by its cookie alone; null where nobody is signed in there. */
export async function findBrowserPerson({ house, headers, source }: Request): Promise<PersonCaller | null> {
  const secret = readSessionCookie(house, headers)
  if (secret === undefined) return null
  try {
    return placeCaller(await house.authenticate.bySession(secret), source)
  } catch (error) {
    if (isError(error, 'session_invalid')) return null
    throw error
  }
}

type Place = Pick<House, 'publicUrl'>

/**
 * What the cookie is called. Over TLS a browser takes one with `__Host-` from this host alone, and none that another host
 * of the same domain puts in the place of ours, to have somebody act in the session of somebody else.
 */
const nameAt = ({ publicUrl }: Place): string =>
  publicUrl.startsWith('https:') ? '__Host-remit_session' : 'remit_session'

/** Gives the cookie by which a browser holds a session: no script reads it, and no other site sends it along. */
export function writeSessionCookie(place: Place, session: string): string {
  const secure = place.publicUrl.startsWith('https:') ? '; Secure' : ''
  return `${nameAt(place)}=${session}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${LIMITS.sessionSeconds}${secure}`
}

/** Gives the secret of the session that a browser holds. */
export function readSessionCookie(place: Place, headers: Context['headers']): string | undefined {
  return new RegExp(`(?:^|;\\s*)${nameAt(place)}=([A-Za-z0-9_-]{1,200})(?:;|$)`).exec(headers['cookie'] ?? '')?.[1]
}

/**
 * Refuses a form that another site sent: a browser says where it comes from, and what says nothing is no browser of
 * today. Error: `origin_refused`.
 */
export function requireOwnPage({ headers }: Pick<Request, 'headers'>): void {
  // an origin that is there was held to ours already, as of every request
  const isOwn = headers['sec-fetch-site'] === 'same-origin' || headers['origin'] !== undefined
  const isForeign = ['cross-site', 'same-site', 'none'].includes(headers['sec-fetch-site'] ?? '')
  if (!isOwn || isForeign) throw new RemitError('origin_refused')
}
