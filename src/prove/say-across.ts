import { quoteUnlessWord } from '../contract/approval/quote.ts'
import { isMembers } from '../contract/read-entry.ts'
import { readForeignHops } from '../contract/token/foreign-act.ts'
import { membersIn, textIn, textsIn } from '../contract/told/data.ts'
import type { Explanation } from './explanation.ts'

/**
 * Says what came from another domain or goes to one: who vouched for the person of a task and who acted before it, and what a grant
 * lets be done there.
 */
export function sayAcross({ outcome, facts }: Pick<Explanation, 'outcome' | 'facts'>): readonly string[] {
  return outcome === 'permit' ? [...sayVouched(facts), ...sayHops(facts), ...sayGranted(facts)] : []
}

type Facts = Explanation['facts']

function sayVouched(facts: Facts): readonly string[] {
  const login = textIn(facts, 'loginId')
  return login === null
    ? []
    : [`Its person was not here: an identity provider vouched for them, by the login ${login}.`]
}

function sayHops({ foreignAct }: Facts): readonly string[] {
  const hops = readForeignHops(foreignAct ?? null) ?? []
  const named = hops.map(({ iss, sub }) => `${quoteUnlessWord(sub)} of ${quoteUnlessWord(iss)}`)
  return named.length === 0 ? [] : [`Elsewhere acted before it, the latest first: ${named.join(', ')}.`]
}

function sayGranted(facts: Facts): readonly string[] {
  if (!isMembers(facts['across'])) return []
  const scopes = textsIn(membersIn(facts, 'across'), 'scopes').map(quoteUnlessWord)
  return [
    `What the grant lets be done there: ${scopes.join(', ')}; what comes of it there ends there, and not with the task.`,
  ]
}
