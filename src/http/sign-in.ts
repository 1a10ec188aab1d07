import type { House } from '../flow/house.ts'
import { signInByLink } from '../flow/people/sign-in.ts'
import { RemitError } from '../ground/errors.ts'
import { leadTo } from './authorize/answer-client.ts'
import { requireOwnPage, writeSessionCookie } from './entrance/admit-browser.ts'
import { checkQuery } from './input/queries.ts'
import { type Form, required } from './oauth/form.ts'
import { answerPage } from './pages/answer-page.ts'
import { ownPath } from './pages/own-path.ts'
import { comeBackPage, type SignInPlace, signInPage } from './pages/sign-in-page.ts'
import type { Context, Reply } from './route.ts'

/** A page of ours that asks people to sign in first; they come back to none but these. */
interface Place {
  readonly path: string
  /** The row of `QUERIES` that its query is held to. */
  readonly query: string
}

const PLACES: Readonly<Record<SignInPlace, Place>> = {
  authorize: { path: '/oauth/authorize', query: 'authorize' },
  discovered: { path: '/discovered', query: 'showDiscovered' },
}

const LINK = /rml_[A-Za-z0-9_-]+/

/** A link is told as the command that signs in by it, and pasted as that. */
const findLink = (text: string): string => LINK.exec(text)?.[0] ?? text.trim()

/** Asks to sign in. A browser that keeps the session to itself, as another site led here, comes back by a page of ours. */
export function askToSignIn({ headers, house, query }: Context<null, null>, place: SignInPlace): Reply {
  const isLed = ['cross-site', 'same-site'].includes(headers['sec-fetch-site'] ?? '')
  if (isLed) return answerPage(200, comeBackPage(addressOf(house, place, query)))
  return answerPage(200, signInPage(place, new URLSearchParams(query).toString(), house.publicUrl))
}

/**
 * Signs a person in with a one-time link, and leads back to the page that they came for: always to one of our own, whatever
 * was sent along.
 */
export async function signInToPage(context: Context<Form, null>): Promise<Reply> {
  requireOwnPage(context)
  const { house, body } = context
  const place = readPlace(required(body, 'to'))
  const query = checkQuery(PLACES[place].query, Object.fromEntries(new URLSearchParams(body['query'] ?? '')))
  const signed = await signInByLink(house, findLink(required(body, 'link')))
  return leadTo(addressOf(house, place, query), { 'set-cookie': writeSessionCookie(house, signed.session) })
}

function readPlace(said: string): SignInPlace {
  if (Object.hasOwn(PLACES, said)) return said as SignInPlace // it is one of them
  throw new RemitError('request_invalid', { detail: 'This is no page of ours to come back to.' })
}

function addressOf(house: House, place: SignInPlace, query: Readonly<Record<string, string>>): string {
  const asked = new URLSearchParams(query).toString()
  return ownPath(house, asked === '' ? PLACES[place].path : `${PLACES[place].path}?${asked}`)
}
