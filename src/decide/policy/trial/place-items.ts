import { locateByte, type Place } from '../check/locate.ts'

/** Texts, brackets and commas of JSON; a text that is never closed goes on to the end. */
const LEXEMES = /"(?:[^"\\]|\\[\s\S]?)*(?:"|$)|[[\]{},]/g

/**
 * Gives where the items of a JSON list begin, by their index, of those that are asked for: of the text itself, or of the one list
 * that lies so deep in it.
 */
export function placeItems(
  file: string,
  text: string,
  wanted: ReadonlySet<number>,
  listDepth = 1,
): ReadonlyMap<number, Place> {
  const places = new Map<number, Place>()
  let [depth, item] = [0, 0]
  let [place, placedAt]: [Place, number] = [{ file, line: 1, column: 1 }, 0]
  const begin = (after: number): void => {
    if (!wanted.has(item)) return
    const space = /^\s*/.exec(text.slice(after, after + spaceCharsMax))?.[0].length ?? 0
    const between = text.slice(placedAt, after + space) // counted on from the item before: there may be thousands
    place = locateByte(place, between, Buffer.byteLength(between))
    placedAt = after + space
    places.set(item, place)
  }
  for (const { 0: lexeme, index } of text.matchAll(LEXEMES)) {
    if (lexeme === ',' && depth === listDepth) {
      item += 1
      begin(index + 1)
    } else if ('[{'.includes(lexeme)) {
      depth += 1
      if (depth === listDepth) begin(index + 1)
    } else if (']}'.includes(lexeme)) depth -= 1
    if (places.size === wanted.size) break
  }
  return places
}

const spaceCharsMax = 10_000

/** Gives the place of a character of a file, counted from 0. */
export function placeAt(file: string, text: string, at: number): Place {
  const before = text.slice(0, at)
  return locateByte({ file, line: 1, column: 1 }, before, Buffer.byteLength(before))
}
