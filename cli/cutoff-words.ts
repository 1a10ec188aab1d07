import type { Cutoff, Identity } from '../sdk/nouns.ts'
import { quote } from '../sdk/quote.ts'
import { writeTime } from './terminal.ts'

/** Says of each cutoff that stands over an identity by what, when and why it was cut off, and what it takes to come back. */
export function describeCutoffs(
  cutoffs: readonly Cutoff[],
  { state }: Pick<Identity, 'state'>,
  nameOf: (id: string | null) => string,
): readonly string[] {
  return cutoffs.map((cutoff) => `${describeCutoff(cutoff, nameOf)}; ${BACK[state]}`)
}

/** Says by what, when and why something was cut off. */
export function describeCutoff(
  { target, targetId, atMs, because, by }: Cutoff,
  nameOf: (id: string) => string,
): string {
  const through = OVER[target]?.(target === 'vendor' ? quote.unlessWord(targetId) : nameOf(targetId)) ?? ''
  return `${through}at ${writeTime(atMs)} by ${nameOf(by)}: ${quote.text(because)}`
}

/** What of an identity was cut off, where it is not the identity alone. */
const OVER: Readonly<Record<string, (name: string) => string>> = {
  owner: (name) => `with all that ${name} owns, `,
  vendor: (name) => `with all of the vendor ${name}, `,
}

/** What it takes for an identity that was cut off to be given anything, from where it stands. */
const BACK: Readonly<Record<Identity['state'], string>> = {
  discovered: 'nothing is given to it before it is adopted, submitted and approved',
  draft: 'nothing is given to it before it is submitted and approved again',
  pending: 'nothing is given to it before it is approved again',
  active: 'nothing is given to it before it is suspended, submitted and approved again',
  suspended: 'nothing is given to it before it is submitted and approved again',
  retired: 'nothing is given to it any more',
}
