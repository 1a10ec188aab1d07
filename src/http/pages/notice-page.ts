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
  login_link_invalid:
    'Go back to the page before this one and paste a new link there: remit link makes one in a terminal where you are signed in, and an administrator makes one for anybody.',
}

/** The page of an error. Where nothing is known for certain of who asks, nobody is sent anywhere. */
export function errorPage(error: RemitError, requestId: string): Page {
  const entry = error.facts['entry']
  const record = typeof entry === 'number' ? `It stands in the log, entry ${entry}.` : null
  const next = NEXT[error.code]
  const sentences = [
    showForeign(error.detail, 600),
    ...(next === undefined ? [] : [next]),
    ...(record === null ? [] : [record]),
    `${error.code}, ${requestId}`,
  ]
  return noticePage('This cannot go on', sentences)
}
