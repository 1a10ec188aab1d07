import type { PolicyFile } from '../policy.ts'
import { locateByte, type Place } from './locate.ts'

/** Space and comments before a policy. */
const BEFORE = /^(?:\s|\/\/[^\n\r]*)*/

/** Where each policy of a file begins, by its text: Cedar gives them in an order of its own, and without a place. */
export function placePolicies(file: PolicyFile): ReadonlyMap<string, Place[]> {
  const places = new Map<string, Place[]>()
  for (const { text: piece, place } of splitPolicies(file)) {
    const [before = ''] = BEFORE.exec(piece) ?? []
    const text = piece.slice(before.length)
    places.set(text, [...(places.get(text) ?? []), advance(place, before)])
  }
  return places
}

/** Part of a file, up to the `;` that ends a policy. */
interface Piece {
  readonly text: string
  readonly place: Place
}

/** A text, a comment, or the end of a policy. A text that is never closed goes on to the end: it is looked through once. */
const TOKEN = /"(?:[^"\\]|\\[\s\S]?)*(?:"|$)|\/\/[^\n\r]*|;/g

/** Cuts a file behind each `;` that ends a policy, a piece at a time; together the pieces are its text. */
export function* splitPolicies({ name, text }: PolicyFile): Generator<Piece> {
  const ends = [...text.matchAll(TOKEN)].filter(([token]) => token === ';').map(({ index }) => index + 1)
  let place: Place = { file: name, line: 1, column: 1 }
  for (const [at, from] of [0, ...ends].entries()) {
    const piece = text.slice(from, ends[at] ?? text.length)
    yield { text: piece, place }
    place = advance(place, piece)
  }
}

/** Gives the place behind a text that begins at one. */
function advance(place: Place, text: string): Place {
  return locateByte(place, text, Buffer.byteLength(text))
}
