import type { Hearing } from '../hearing.ts'
import type { CallRequest } from '../requests.ts'
import type { DomainShelf } from './domain-shelf.ts'

/**
 * Holds a call to what its domain has said to it: a permit guards that version as it guards the house's own, and the yes of
 * one that decides no more, or to a tool that was reviewed anew, is none.
 */
export function holdToAsked(
  hearing: Hearing<'call'>,
  domains: DomainShelf | undefined,
  request: CallRequest,
): { readonly hearing: Hearing<'call'>; readonly request: CallRequest } {
  const { asked, files } = request
  if (asked === undefined) return { hearing, request }
  const { domain, version, ruleVersion } = asked
  const shelved = domains?.find(domain)
  const isReviewed = files === undefined || files.ruleVersion === ruleVersion
  const look = files ?? { fault: null, ruleVersion }
  if (shelved === undefined || shelved.domain.version !== version || !isReviewed)
    return { hearing, request: { ...request, files: { ...look, fault: look.fault ?? MOVED } } }
  return { hearing: { ...hearing, policyGuards: [...hearing.policyGuards, ...shelved.guards] }, request }
}

const MOVED = 'what its domain decides on changed in this moment, so that the call has to be sent again'
