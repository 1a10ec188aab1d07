import { unique } from '../../ground/unique.ts'

/** Letters that look like one of ours, of Cyrillic, Greek and others, written in small. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  а: 'a',
  в: 'b',
  с: 'c',
  ԁ: 'd',
  е: 'e',
  һ: 'h',
  н: 'h',
  і: 'i',
  ј: 'j',
  к: 'k',
  ӏ: 'l',
  м: 'm',
  о: 'o',
  р: 'p',
  ԛ: 'q',
  г: 'r',
  ѕ: 's',
  т: 't',
  у: 'y',
  ԝ: 'w',
  х: 'x',
  α: 'a',
  β: 'b',
  ε: 'e',
  η: 'n',
  ι: 'i',
  κ: 'k',
  ν: 'v',
  ο: 'o',
  ρ: 'p',
  τ: 't',
  υ: 'u',
  χ: 'x',
  γ: 'y',
  ω: 'w',
  ɑ: 'a',
  ɡ: 'g',
  ı: 'i',
  օ: 'o',
  ս: 'u',
}

/** What parts the words of a name here. */
const JOINS = ['-', '_', '.', ''] as const

/**
 * Gives the names of the register that a person would read in a name that somebody gave themselves: without what is not seen,
 * without accents and width, with our letters in the place of those that look like them, its words parted in each way that
 * names here part theirs. Empty for a name without a letter or digit.
 */
export function namesReadIn(claimed: string): readonly string[] {
  const seen = claimed
    .normalize('NFKD')
    .replace(/[\p{C}\p{M}\p{Default_Ignorable_Code_Point}]/gu, '')
    .toLowerCase()
  const words = seen
    .replace(/[^a-z0-9]/gu, (letter) => LOOKALIKES[letter] ?? letter)
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  return words.length === 0 ? [] : unique(JOINS.map((join) => words.join(join)))
}
