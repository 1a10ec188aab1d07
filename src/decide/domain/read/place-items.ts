import { locateByte, type Place } from '../../policy/check/locate.ts'

/** Texts, brackets and commas of JSON; a text that is never closed goes on to the end. */
const LEXEMES = /"(?:[^"\\]|\\[\s\S]?)*(?:"|$)|[[\]{},]/g

/** Gives where the items of a JSON list begin, by their index, of those that are asked for. */
export function placeItems(file: string, text: string, wanted: ReadonlySet<number>): ReadonlyMap<number, Place> {
  const places = new Map<number, Place>()
  let [depth, item] = [0, 0]
  const begin = (after: number): void => {
    if (!wanted.has(item)) return
    const space = /^\s*/.exec(text.slice(after, after + spaceCharsMax))?.[0].length ?? 0
    places.set(item, placeAt(file, text, after + space))
  }
  for (const { 0: lexeme, index } of text.matchAll(LEXEMES)) {
    if (lexeme === ',' && depth === 1) {
      item += 1
      begin(index + 1)
    } else if ('[{'.includes(lexeme)) {
      depth += 1
      if (depth === 1) begin(index + 1)
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
