import type { RemitError } from '../../ground/errors.ts'
import { html, type Page, showForeign } from './html.ts'

/** A page that only says something; `back` leads to the application, where it is known for certain. */
export function noticePage(title: string, sentences: readonly string[], back: string | null = null): Page {
  const link = back === null ? null : html`<p><a href="${back}" rel="noreferrer">Back to the application</a></p>`
  const told = sentences.map((sentence) => html`<p>${sentence}</p>`)
  return { title, body: html`<h1>${title}</h1>${told}${link}` }
}

/** The page of an error. Where nothing is known for certain of who asks, nobody is sent anywhere. */
export function errorPage(error: RemitError, requestId: string): Page {
  const entry = error.facts['entry']
  const record = typeof entry === 'number' ? `It stands in the log, entry ${entry}.` : null
  const sentences = [
    showForeign(error.detail, 600),
    ...(record === null ? [] : [record]),
    `${error.code}, ${requestId}`,
  ]
  return noticePage('This cannot go on', sentences)
}
