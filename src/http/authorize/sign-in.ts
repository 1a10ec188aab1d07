import { signInByLink } from '../../flow/people/sign-in.ts'
import { requireOwnPage, writeSessionCookie } from '../entrance/admit-browser.ts'
import { checkQuery } from '../input/queries.ts'
import { type Form, required } from '../oauth/form.ts'
import type { Context, Reply } from '../route.ts'
import { leadTo } from './answer-client.ts'

const LINK = /rml_[A-Za-z0-9_-]+/

/** A link is told as the command that signs in by it, and pasted as that. */
const findLink = (text: string): string => LINK.exec(text)?.[0] ?? text.trim()

/**
 * Signs a person in with a one-time link, and leads back to the question that they came for: always to the same address
 * of ours, whatever was sent along.
 */
export async function signInToConsent(context: Context<Form, null>): Promise<Reply> {
  requireOwnPage(context)
  const { house, body } = context
  const query = checkQuery('authorize', Object.fromEntries(new URLSearchParams(body['query'] ?? '')))
  const signed = await signInByLink(house, findLink(required(body, 'link')))
  const location = `/oauth/authorize?${new URLSearchParams(query).toString()}`
  return leadTo(location, { 'set-cookie': writeSessionCookie(house, signed.session) })
}
