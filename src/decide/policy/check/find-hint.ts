import type { PolicyNote } from '../../../contract/policy.ts'

/** What is meant where Cedar cannot know it: what our own words are, by what its validator says of them. */
const MEANT: readonly (readonly [said: RegExp, hint: (part: string) => string])[] = [
  [
    /\{name: String,rank: Long,\}/,
    () => 'ask for its `.name`, which is its word, or its `.rank`, which is its place: `.name == "T2"`, `.rank >= 2`',
  ],
  [
    /^attribute `(.+)` on entity type `Remit::(?:Arguments|Numbers|Decimals|Lists|Counts|Moments|Asked)` not found/,
    (name) => {
      const tag = name.replace(/^\["(.*)"\]$/, '$1')
      return `this is a tag: \`.hasTag("${tag}")\`, and then \`.getTag("${tag}")\``
    },
  ],
  [/expected .*\bLong but saw decimal$/, () => 'decimals are compared by `.greaterThan(decimal("1.5"))` and its like'],
  [/types String and ipaddr are not/, () => 'an address is compared by `.isInRange(ip("10.20.0.0/16"))`'],
]

/** Says of a fault that the validator found what was perhaps meant, in the words of our schema where we know better. */
export function withHint(note: PolicyNote): PolicyNote {
  const [said, hint] = MEANT.find(([each]) => each.test(note.sentence)) ?? []
  const own = said === undefined ? undefined : hint?.(said.exec(note.sentence)?.[1] ?? '')
  return { ...note, hint: own ?? note.hint }
}
