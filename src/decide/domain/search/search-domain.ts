import type { Obligation } from '../../../contract/decision.ts'
import { countWhile } from '../../../ground/count-while.ts'
import { digestText } from '../../../ground/digest.ts'
import type { InTurns } from '../../../ground/in-turns.ts'
import { LIMITS } from '../../../ground/limits.ts'
import type { EvaluationRequest, SearchRequest } from '../../requests.ts'
import { answerQuestion } from '../answer-domain.ts'
import { askDomain } from '../ask-domain.ts'
import type { Domain } from '../domain.ts'

/** Part of what a search finds. */
export interface Found {
  /** Ids of subjects or resources, or names of actions; rising. */
  readonly found: readonly string[]
  /** What some of them are permitted with only. */
  readonly obliged: readonly Obliged[]
  /** How many were asked about. */
  readonly asked: number
  /** Where the next part begins; null where nothing is left. */
  readonly next: SearchPlace | null
}

/** One that was found, and what whoever shows it must carry out (AuthZEN Obligations Profile, "Obligations and Search Requests"). */
export interface Obliged {
  readonly on: string
  readonly obligations: readonly Obligation[]
}

/**
 * Between two candidates: after the one of this id, or before all of them. Of a long id it says how it begins, and its digest:
 * a page token has room for no more.
 */
export interface SearchPlace {
  readonly after: string | null
  readonly digest?: string
}

/** Where a part begins, and how much of it is wanted. */
export interface SearchPart extends SearchPlace {
  readonly limit: number
}

/**
 * Finds what a domain permits among what it knows: the entities of the type, or its actions. Each is asked about as an
 * evaluation would be, so that both say the same. A part ends where it is full, or where enough has been asked about. Each is a step:
 * with many policies thousands take seconds.
 */
export function* searchDomain(domain: Domain, request: SearchRequest, { limit, ...place }: SearchPart): InTurns<Found> {
  const candidates = listCandidates(domain, request)
  const from = findPlace(candidates, place)
  const asking = [...domain.byId.values()].some(({ obligation }) => obligation !== undefined)
  const found: string[] = []
  const obliged: Obliged[] = []
  let at = from
  for (const id of candidates.slice(from, from + LIMITS.searchAskedMax)) {
    if (found.length >= limit) break
    const obligations = findPermitted(domain, fillIn(request, id), asking)
    if (obligations !== null) found.push(id)
    if (obligations !== null && obligations.length > 0) obliged.push({ on: id, obligations })
    at += 1
    yield
  }
  const last = candidates[at - 1]
  const next = at === from || last === undefined ? place : placeBehind(last)
  return { found, obliged, asked: at - from, next: at < candidates.length ? next : null }
}

function placeBehind(id: string): SearchPlace {
  const begin = id.slice(0, LIMITS.searchPlaceCharsMax)
  return begin === id ? { after: id } : { after: begin, digest: digestText(id) }
}

/**
 * How many candidates lie before a place, whether or not it is one of them any more. Where a long one has gone, those that
 * begin as it did come once more: better twice than never.
 */
function findPlace(candidates: readonly string[], { after, digest }: SearchPlace): number {
  if (after === null) return 0
  if (digest === undefined) return countWhile(candidates, (id) => id <= after)
  const from = countWhile(candidates, (id) => id < after)
  const to = countWhile(candidates, (id) => id < after || id.startsWith(after))
  return from + 1 + candidates.slice(from, to).findIndex((id) => digestText(id) === digest)
}

function listCandidates({ entities }: Domain, request: SearchRequest): readonly string[] {
  if (request.what === 'action') return [...entities.actions.keys()]
  return (entities.byType.get(request[request.what].type) ?? []).map(({ id }) => id)
}

/** The question that one candidate answers. */
export function fillIn({ what, subject, action, resource, context }: SearchRequest, id: string): EvaluationRequest {
  return {
    subject: what === 'subject' ? { ...subject, id } : subject,
    action: what === 'action' ? { name: id, properties: {} } : action,
    resource: what === 'resource' ? { ...resource, id } : resource,
    context,
  }
}

/** Gives what a permit asks for; null where there is none, be it for want of an obligation that whoever asks cannot carry out. */
function findPermitted(domain: Domain, request: EvaluationRequest, asking: boolean): readonly Obligation[] | null {
  const asked = askDomain(domain, request)
  if (!('request' in asked) || !domain.engine.decide(asked.request).allowed) return null
  if (!asking) return []
  const answer = answerQuestion(domain, asked.request, request.context['supported_obligations'])
  return answer.is === 'yes' ? answer.verdict.obligations : null
}
