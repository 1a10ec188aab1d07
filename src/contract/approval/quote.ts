import { replaceUnseen } from './unseen.ts'

/** What needs no quotes beside plain words: names, scopes, paths. */
const WORD = /^[A-Za-z0-9][\w.:/@*-]*$/

/** What the log calls people and identities; readers see names in its place. */
const ID = /(?:psn|idn)_/

/** Writes everything in a JSON text that is not seen as what it is as an escape: it stays the same JSON. */
export function escapeUnseen(json: string): string {
  return replaceUnseen(json, (char) =>
    Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  )
}

/** Writes a text of somebody else as a JSON string, so that nobody takes it for more than their words. */
export function quoteText(text: string): string {
  return escapeUnseen(JSON.stringify(text))
}

/** Writes a text of somebody else as it is where it is one plain word and no id, else as a JSON string. */
export function quoteUnlessWord(text: string): string {
  return WORD.test(text) && !ID.test(text) ? text : quoteText(text)
}
