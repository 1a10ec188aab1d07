import type { Caller } from '../../../authenticate/caller.ts'
import { ACTION_CLASSES } from '../../../contract/action-class.ts'
import { ownDomain } from '../../../contract/policy.ts'
import { beginTurn } from '../../../ground/in-turns.ts'
import { LIMITS } from '../../../ground/limits.ts'
import { unique } from '../../../ground/unique.ts'
import { findTaskAsked, nameResource } from '../../evaluation/subject.ts'
import type { Hearing } from '../../hearing.ts'
import { judgeEvaluation } from '../../judge-evaluation.ts'
import type { SearchRequest } from '../../requests.ts'
import { serverOf } from '../../reviewed/tools.ts'
import { judgeAsker, tellLeave } from '../judge-asker.ts'
import { answerSearch, describeSearch, type SearchAnswer } from './judge-search.ts'
import { fillIn, type Obliged, type SearchPart } from './search-domain.ts'

/**
 * Answers an AuthZEN Search by Remit's own decisions. Subjects of type `task` are the living tasks; of type `identity`
 * the one whose task the context names, since nothing acts without one. Resources are those that a rule or the scope of
 * the task names exactly; actions are the classes and the reviewed tools of the servers that the scope names. Each is asked
 * about as an evaluation would be, and what the asker may not ask about is left out.
 */
export async function searchOwn(
  hearing: Hearing<'evaluation'>,
  request: SearchRequest,
  { after, limit, tasks }: SearchPart & { readonly tasks: readonly string[] },
  by: Caller,
): Promise<SearchAnswer> {
  const leave = await judgeAsker(hearing, by, ownDomain) // without it, what is about others is left out below
  const all = request.what === 'subject' && request.subject.type === 'task' ? tasks : await listKnown(hearing, request)
  const candidates = unique(all)
    .filter((id) => after === null || id > after)
    .sort()
  const found: string[] = []
  const obliged: Obliged[] = []
  const turn = beginTurn()
  let asked = 0
  for (const id of candidates.slice(0, LIMITS.searchAskedOwnMax)) {
    if (found.length >= limit) break
    if (turn.isOver()) await turn.next()
    const { outcome, obligations = [] } = await judgeEvaluation(hearing, fillIn(request, id), by)
    if (outcome === 'permit') found.push(id)
    if (outcome === 'permit' && obligations.length > 0) obliged.push({ on: id, obligations })
    asked += 1
  }
  const next = asked < candidates.length ? { after: candidates[asked - 1] ?? after } : null
  const domain = { name: ownDomain, version: hearing.policies.version }
  const given = 'refused' in leave ? { guards: [], entitlements: [] } : leave
  const facts = { domain, search: describeSearch(request), ...tellLeave(given, ownDomain) }
  return answerSearch(hearing, {
    found: { found, obliged, asked, next },
    facts,
    policy: hearing.policies.version,
    changes: given.guards,
  })
}

async function listKnown(hearing: Hearing, request: SearchRequest): Promise<readonly string[]> {
  const task = await findTaskAsked(hearing, request)
  if (request.what === 'subject') {
    const isIdentity = request.subject.type === 'identity' || request.subject.type === 'agent'
    return isIdentity && task !== undefined ? [task.identityId] : []
  }
  const scope = task?.scope ?? []
  if (request.what === 'action') {
    const servers = unique(scope.flatMap(({ action }) => serverOf(action) ?? []))
    const rules = await hearing.store.toolRulesOf(servers)
    return [...ACTION_CLASSES, ...rules.map(({ server, tool }) => `${server}/${tool}`)]
  }
  const { rules } = await hearing.store.resourceRules()
  const names = [...rules.map(({ pattern }) => pattern), ...scope.map(({ resource }) => resource)]
  const exact = names.filter((name) => !name.endsWith('*'))
  const prefix = nameResource({ ...request, resource: { ...request.resource, id: '' } })
  return exact.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
}
