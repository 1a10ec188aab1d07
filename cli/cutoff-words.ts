import type { Cutoff } from '../sdk/nouns.ts'
import { quote } from '../sdk/quote.ts'
import { writeTime } from './terminal.ts'

/** Says of each cutoff that stands over an identity by what, when and why it was cut off. */
export function describeCutoffs(cutoffs: readonly Cutoff[], nameOf: (id: string | null) => string): readonly string[] {
  return cutoffs.map(({ target, targetId, atMs, because, by }) => {
    const through = OVER[target]?.(target === 'vendor' ? quote.unlessWord(targetId) : nameOf(targetId)) ?? ''
    return `${through}at ${writeTime(atMs)} by ${nameOf(by)}: ${quote.text(because)}`
  })
}

/** What of an identity was cut off, where it is not the identity alone. */
const OVER: Readonly<Record<string, (name: string) => string>> = {
  owner: (name) => `with all that ${name} owns, `,
  vendor: (name) => `with all of the vendor ${name}, `,
}

/** What it takes for an identity that was cut off to be given anything. */
export const UNTIL_APPROVED = 'nothing is given to it before it is suspended, submitted and approved again'
