const [QUOTE, BACKSLASH, COMMA, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [34, 92, 44, 123, 125, 91, 93]

/**
 * True where brackets nest deeper than so many levels outside of strings. One pass without parsing, whatever the text
 * is: a parser may not survive what this finds, and a text that is no JSON costs no more than one that is.
 */
export function isDeeperThan(text: string, levels: number): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === QUOTE) at = endOfString(text, at)
    else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      if (++depth > levels) return true
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) depth--
  }
  return false
}

/**
 * True where there may be more than so many values: objects, lists, and what commas part. Members by the hundred
 * thousand take a parser, and whoever sorts them, seconds.
 */
export function hasMoreValuesThan(text: string, count: number): boolean {
  let values = 1
  for (let at = 0; at < text.length && values <= count; at++) {
    const char = text.charCodeAt(at)
    if (char === QUOTE) at = endOfString(text, at)
    else if (char === COMMA || char === OPEN_BRACE || char === OPEN_BRACKET) values++
  }
  return values > count
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === BACKSLASH) at++
    else if (char === QUOTE) return at
  }
  return text.length
}
