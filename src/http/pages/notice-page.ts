import type { ErrorCode, RemitError } from '../../ground/errors.ts'
import { html, type Page, showForeign } from './html.ts'

/** A page that only says something; `back` leads to the application, where it is known for certain. */
export function noticePage(title: string, sentences: readonly string[], back: string | null = null): Page {
  const link = back === null ? null : html`<p><a href="${back}" rel="noreferrer">Back to the application</a></p>`
  const told = sentences.map((sentence) => html`<p>${sentence}</p>`)
  return { title, body: html`<h1>${title}</h1>${told}${link}` }
}

/** What to do next where a person can mend it in the same browser. */
const NEXT: Readonly<Partial<Record<ErrorCode, string>>> = {
  route_unknown: 'Look at the address once more: a letter of it may be wrong, or the end of it missing.',
  transition_invalid: 'Go back to the page before this one and load it again: it shows what is so now.',
  session_invalid: 'Go back to the page before this one: it asks you to sign in, and then puts the question again.',
  login_link_invalid:
    'Go back to the page before this one and paste a new link there: remit link makes one in a terminal where you are signed in, and an administrator makes one for anybody.',
}

/**
 * The page of an error; `signedIn` is what who is signed in is called, where somebody is. Where nothing is known for certain of
 * who asks, nobody is sent anywhere.
 */
export function errorPage(error: RemitError, requestId: string, signedIn: string | null = null): Page {
  const who = signedIn === null || error.code !== 'role_missing' ? [] : sayWho(signedIn)
  return noticePage('This cannot go on', [...sayRefused(error), ...who, `${error.code}, ${requestId}`])
}

const sayWho = (name: string): readonly string[] => [
  `You are signed in here as ${showForeign(name)}. To go on as somebody else, open this page in a private window, or in another browser: there it asks who you are.`,
]

/** The page of what the person themselves could not allow, whatever they said. */
export function refusedPage(error: RemitError, back: string): Page {
  return noticePage('This cannot be allowed', sayRefused(error), back)
}

/** Why, what to do next, and where it is on record. */
function sayRefused({ code, detail, facts }: RemitError): readonly string[] {
  const { ask, entry } = facts as { readonly ask?: { readonly sentence?: string }; readonly entry?: number } // as denials have them
  const next = ask?.sentence ?? NEXT[code]
  return [
    showForeign(detail, 600),
    ...(next === undefined ? [] : [next]),
    ...(entry === undefined ? [] : [`It stands in the log, entry ${entry}.`]),
  ]
}
