import { containsPattern } from '../scope.ts'
import type { Envelope, Term } from './envelope.ts'
import { quoteText } from './quote.ts'

/**
 * Says how an envelope is wider than the one that was proposed, or null where every call that it covers lies inside that
 * one: people who give less than they were asked for give nothing else by a slip.
 */
export function findEnvelopeWidening(proposed: Envelope, given: Envelope): string | null {
  const rows: readonly (readonly [boolean, string])[] = [
    [given.usesMax > proposed.usesMax, `${proposed.usesMax} uses were proposed, not ${given.usesMax}.`],
    [
      given.lifeSeconds > proposed.lifeSeconds,
      `${proposed.lifeSeconds} seconds were proposed, not ${given.lifeSeconds}.`,
    ],
    [isElsewhere(proposed, given), 'Other resources were proposed.'],
    [isMore(proposed, given), sayTotal(proposed)],
  ]
  const term = given.terms.find((each) => !isInside(proposed, each))
  return rows.find(([wider]) => wider)?.[1] ?? (term === undefined ? null : sayTerm(term))
}

function isElsewhere(proposed: Envelope, given: Envelope): boolean {
  return given.resources.some((inner) => !proposed.resources.some((outer) => containsPattern(outer, inner)))
}

function isMore({ total }: Envelope, given: Envelope): boolean {
  if (total === null) return false
  return given.total === null || given.total.name !== total.name || given.total.atMost > total.atMost
}

/** What no term names stays as it was asked. */
function isInside({ terms }: Envelope, given: Term): boolean {
  const outer = terms.find(({ name }) => name === given.name)
  if (outer === undefined) return false
  if ('any' in outer) return true
  if ('any' in given) return false
  if ('oneOf' in outer) return 'oneOf' in given && given.oneOf.every((each) => outer.oneOf.includes(each))
  if ('atMost' in given) return given.atMost <= outer.atMost
  return given.oneOf.every((each) => typeof each === 'number' && each >= 0 && each <= outer.atMost)
}

function sayTotal({ total }: Envelope): string {
  return total === null ? '' : `All together, ${quoteText(total.name)} was to come to ${total.atMost} at most.`
}

function sayTerm({ name }: Term): string {
  return `Less was proposed for ${quoteText(name)}.`
}
