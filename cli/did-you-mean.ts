/** Finds the word that was most likely meant: one that differs by a slip or two, or of which it is a shortening. */
export function findMeant(said: string, words: readonly string[]): string | undefined {
  const wanted = said.toLowerCase()
  const near = words
    .map((word) => ({ word, slips: countSlips(wanted, word) }))
    .filter(({ slips, word }) => slips <= Math.max(1, Math.floor(Math.min(wanted.length, word.length) / 3)))
    .toSorted((a, b) => a.slips - b.slips)
  return near[0]?.word ?? words.find((word) => isShortening(wanted, word))
}

/** Letters that were left out, put in, exchanged, or typed in the wrong order (optimal string alignment). */
function countSlips(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, at) => at)]
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= other.length; j += 1) {
      const cost = one[i - 1] === other[j - 1] ? 0 : 1
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      row.push(
        Math.min(
          (rows[i - 1]?.[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (rows[i - 1]?.[j - 1] ?? 0) + cost,
          isSwapped ? (rows[i - 2]?.[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    rows.push(row)
  }
  return rows.at(-1)?.at(-1) ?? 0
}

/** `ls` is one of `list`: it begins as it does, and its letters follow each other there. */
function isShortening(short: string, word: string): boolean {
  if (short.length < 2 || short[0] !== word[0]) return false
  let at = 0
  for (const letter of word) if (letter === short[at]) at += 1
  return at === short.length
}
