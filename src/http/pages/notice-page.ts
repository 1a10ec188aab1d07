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
  transition_invalid: 'Go back to the page before this one and load it again: it shows what is so now.',
  session_invalid: 'Go back to the page before this one: it asks you to sign in, and then puts the question again.',
  login_link_invalid:
    'Go back to the page before this one and paste a new link there: remit link makes one in a terminal where you are signed in, and an administrator makes one for anybody.',
}

/** The page of an error. Where nothing is known for certain of who asks, nobody is sent anywhere. */
export function errorPage(error: RemitError, requestId: string): Page {
  return noticePage('This cannot go on', [...sayRefused(error), `${error.code}, ${requestId}`])
}

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
