import type { AgentCaller, PersonCaller } from '../authenticate/caller.ts'
import type { SearchPlace } from '../decide/domain/search/search-domain.ts'
import type { SearchRequest } from '../decide/requests.ts'
import { search } from '../flow/search.ts'
import { canonicalJson } from '../ground/canonical-json.ts'
import { digestText } from '../ground/digest.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import type { BodyOf, Context } from './route.ts'

type Asker = PersonCaller | AgentCaller
type Page = BodyOf<'searchAction'>['page']

/** AuthZEN 1.0 Subject Search: which subjects of a type may do this here. An id of the subject says nothing. */
export async function searchSubjects(context: Context<BodyOf<'searchSubject'>, Asker>): Promise<object> {
  const { subject, page, ...rest } = context.body
  const { type } = subject
  const request: SearchRequest = { what: 'subject', ...rest, subject: { ...subject, id: '' } }
  return await answer(context, request, page, (id) => ({ type, id }))
}

/** AuthZEN 1.0 Resource Search: on which resources of a type the subject may do this. */
export async function searchResources(context: Context<BodyOf<'searchResource'>, Asker>): Promise<object> {
  const { resource, page, ...rest } = context.body
  const { type } = resource
  const request: SearchRequest = { what: 'resource', ...rest, resource: { ...resource, id: '' } }
  return await answer(context, request, page, (id) => ({ type, id }))
}

/** AuthZEN 1.0 Action Search: what the subject may do to this resource. */
export async function searchActions(context: Context<BodyOf<'searchAction'>, Asker>): Promise<object> {
  const { page, ...rest } = context.body
  const request: SearchRequest = { what: 'action', ...rest, action: { name: '', properties: {} } }
  return await answer(context, request, page, (name) => ({ name }))
}

async function answer(
  { house, caller, params }: Context<unknown, Asker>,
  request: SearchRequest,
  page: Page,
  write: (id: string) => object,
): Promise<object> {
  const { domain } = params
  const query = digestText(canonicalJson({ domain: domain ?? null, ...request }))
  const place = readPlace(house.pages, query, page)
  const { fact, index } = await search(house, caller, request, place, domain)
  const { next } = fact
  const token =
    next === null || isNone(place) ? '' : house.pages.seal(JSON.stringify({ query, limit: place.limit, ...next }))
  const obliged = new Map(fact.obliged.map(({ on, obligations }) => [on, { obligations }]))
  return {
    page: { next_token: token, count: fact.found.length },
    context: { entry: index, policy: fact.entry.policy },
    results: fact.found.map((id) => ({ ...write(id), ...obliged.get(id) })),
  }
}

/** Who wants no results is at the end of them: a token would lead to another page of none, for ever (AuthZEN 1.0 allows a limit of 0). */
const isNone = ({ limit }: Place): boolean => limit === 0

interface Place extends SearchPlace {
  readonly limit: number
}

/** What `answer` seals. */
interface Sealed extends Place {
  readonly query: string
}

/**
 * A token carries its place and its limit, sealed, and counts for its own query alone (AuthZEN 1.0, Pagination): nobody
 * learns from it what was passed over, and none can be made up. Errors: `request_invalid`.
 */
function readPlace(pages: Context['house']['pages'], query: string, page: Page): Place {
  const limit = page?.limit === undefined ? undefined : Math.min(page.limit, LIMITS.pageRowsMax)
  if (page?.token === undefined || page.token === '') return { after: null, limit: limit ?? LIMITS.pageRowsMax }
  const opened = pages.open(page.token)
  if (opened === null) throw refuse('The page token is none that was given here.')
  const { query: sealed, ...place } = JSON.parse(opened) as Sealed // it was sealed here
  if (sealed !== query || (limit !== undefined && limit !== place.limit))
    throw refuse('The page token is of another search: all but the token stays the same from page to page.')
  return place
}

const refuse = (detail: string): RemitError => new RemitError('request_invalid', { detail })
