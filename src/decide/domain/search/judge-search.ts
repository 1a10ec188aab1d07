import type { Caller } from '../../../authenticate/caller.ts'
import type { Fact } from '../../../contract/change.ts'
import type { Denial } from '../../../contract/decision.ts'
import { finishInTurns } from '../../../ground/in-turns.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { fitData, shortenText } from '../../facts/fit-data.ts'
import type { Hearing } from '../../hearing.ts'
import type { SearchRequest } from '../../requests.ts'
import type { NamedDomain } from '../domain-shelf.ts'
import { denyAbsent, denyAsker, judgeAsker, tellLeave } from '../judge-asker.ts'
import { type Found, type SearchPart, searchDomain } from './search-domain.ts'

/** What a search found, as a fact: whoever was told it is on record before they are. */
export interface SearchAnswer extends Fact, Found {
  readonly outcome: 'found'
}

/** Answers an AuthZEN Search by a domain of another application; whoever asks needs the same leave as for an evaluation. */
export async function judgeSearch(
  own: Hearing<'evaluation'>,
  { name, shelved }: NamedDomain,
  request: SearchRequest,
  part: SearchPart,
  by: Caller,
): Promise<SearchAnswer | Denial<'evaluation'>> {
  const leave = await judgeAsker(own, by, name)
  const search = describeSearch(request)
  const unversioned = { domain: name, facts: { domain: { name }, search } }
  if ('refused' in leave) return denyAsker(own, leave.refused, unversioned)
  if (shelved === undefined) return denyAbsent(own, unversioned)
  const { domain, guards } = shelved
  const facts = { domain: { name, version: domain.version }, search, ...tellLeave(leave, name) }
  const found = await finishInTurns(searchDomain(domain, request, part))
  return answerSearch(own, { found, facts, policy: domain.version, changes: [...guards, ...leave.guards] })
}

/** Gives the fact of an answered search. */
export function answerSearch(
  { actor, subject, first }: Hearing,
  said: {
    readonly found: Found
    readonly facts: Readonly<Record<string, unknown>>
    readonly policy: string
    readonly changes: Fact['changes']
  },
): SearchAnswer {
  const { found, obliged, asked, next } = said.found
  const told = { ...said.facts, found, ...(obliged.length === 0 ? {} : { obliged }), asked, isLast: next === null }
  const entry = { kind: 'search.answered', actor, subject, data: fitData({}, told), policy: said.policy } as const
  return { outcome: 'found', ...said.found, entry, changes: [...first, ...said.changes] }
}

/** What the entry says of a search: what was left open, and the rest of the question by types and ids. */
export function describeSearch({ what, subject, action, resource }: SearchRequest): Readonly<Record<string, unknown>> {
  const shorten = (text: string): string => shortenText(text, LIMITS.nameCharsMax)
  const describe = (name: 'subject' | 'resource', { type, id }: { readonly type: string; readonly id: string }) => ({
    [name]: what === name ? { type: shorten(type) } : { type: shorten(type), id: shorten(id) },
  })
  const on = { ...describe('subject', subject), ...describe('resource', resource) }
  return { for: what, ...on, ...(what === 'action' ? {} : { action: shorten(action.name) }) }
}
