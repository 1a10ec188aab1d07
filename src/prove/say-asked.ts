import { quoteText, quoteUnlessWord } from '../contract/approval/quote.ts'
import { isMembers } from '../contract/read-entry.ts'
import type { Explanation } from './explanation.ts'

type Facts = Explanation['facts']

/** Says what was asked for, or of a refusal what it was told: nothing where the entry does not tell. */
export function sayAsked({ outcome, facts }: Pick<Explanation, 'outcome' | 'facts'>): readonly string[] {
  if (outcome === 'refusal') return sayRefusal(facts)
  if (isMembers(facts['search'])) return saySearch(facts['search'], facts)
  const asked = isMembers(facts['asked']) ? facts['asked'] : {}
  const wish = sayAct(facts) ?? sayQuestion(asked) ?? sayToken(asked) ?? sayTask(asked) ?? sayTask(openedBy(facts))
  return outcome === 'fact' || wish === undefined ? [] : [`What was asked: ${wish}.`]
}

function sayRefusal({ door, code, sentence }: Facts): readonly string[] {
  if (typeof code !== 'string' || typeof door !== 'string') return []
  const why = typeof sentence === 'string' ? `: ${quoteText(sentence)}` : '.'
  return [`The door ${quoteUnlessWord(door)} answered ${quoteUnlessWord(code)}${why}`]
}

/** An act by its action and class, and each resource with its sensitivity. */
function sayAct({ action, resources }: Facts): string | undefined {
  if (!isMembers(action) || typeof action['name'] !== 'string') return undefined
  const on = (Array.isArray(resources) ? resources : []).flatMap((resource: unknown) => {
    if (!isMembers(resource) || typeof resource['id'] !== 'string') return []
    const { id, sensitivity } = resource
    return [`${quoteUnlessWord(id)}${typeof sensitivity === 'string' ? ` (${quoteUnlessWord(sensitivity)})` : ''}`]
  })
  const { name: named, class: actionClass } = action
  const name = `${quoteUnlessWord(named)}${typeof actionClass === 'string' ? ` (${quoteUnlessWord(actionClass)})` : ''}`
  return on.length === 0 ? name : `${name} on ${on.join(', ')}`
}

/** A question in the words of an application, or about somebody whom nobody here knows. */
function sayQuestion({ subject, action, resource }: Facts): string | undefined {
  const [who, what] = [subject, resource].map(sayEntity)
  if (who === undefined || what === undefined || typeof action !== 'string') return undefined
  return `whether ${who} may do ${quoteUnlessWord(action)} on ${what}`
}

/** What of the question was left open, and with an answer what was told. */
function saySearch(search: Facts, { found, isLast }: Facts): readonly string[] {
  const left = typeof search['for'] === 'string' ? search['for'] : ''
  const wish = Object.hasOwn(OPEN, left) ? OPEN[left]?.(search) : undefined
  if (wish === undefined) return []
  const told = Array.isArray(found)
    ? [`What was told: ${sayFound(found)}${isLast === false ? '; that was not yet all' : ''}.`]
    : []
  return [`What was asked: ${wish}.`, ...told]
}

const OPEN: Readonly<Record<string, (search: Facts) => string>> = {
  subject: ({ subject, action, resource }) =>
    `who of the type ${sayType(subject)} may do ${sayName(action)} on ${sayEntity(resource) ?? 'something'}`,
  resource: ({ subject, action, resource }) =>
    `on what of the type ${sayType(resource)} ${sayEntity(subject) ?? 'somebody'} may do ${sayName(action)}`,
  action: ({ subject, resource }) =>
    `what ${sayEntity(subject) ?? 'somebody'} may do on ${sayEntity(resource) ?? 'something'}`,
}

/** An entry holds the first of many, and how many more there were. */
function sayFound(found: readonly unknown[]): string {
  const names = found
    .filter((each) => typeof each === 'string')
    .map(quoteUnlessWord)
    .join(', ')
  return names === '' ? 'nothing' : `${names}${sayMore(found.at(-1))}`
}

const sayName = (told: unknown): string => (typeof told === 'string' ? quoteUnlessWord(told) : 'something')
const sayType = (told: unknown): string => sayName(isMembers(told) ? told['type'] : undefined)

function sayEntity(told: unknown): string | undefined {
  const { type, id } = isMembers(told) ? told : {}
  return typeof type === 'string' && typeof id === 'string'
    ? `${quoteUnlessWord(type)} ${quoteUnlessWord(id)}`
    : undefined
}

/** A token, or a grant by which somebody acts at another domain: with the class of each of its scopes. */
function sayToken({ audience, across }: Facts): string | undefined {
  if (typeof audience !== 'string') return undefined
  const { resource, scopes } = isMembers(across) ? across : {}
  if (!isMembers(scopes)) return `a token for ${quoteUnlessWord(audience)}`
  const acts = Object.entries(scopes).map(([scope, grade]) => `${quoteUnlessWord(scope)} (${sayName(grade)})`)
  return `a grant for ${quoteUnlessWord(audience)}, of ${acts.join(', ')} on ${sayName(resource)}`
}

/** What a permit opened, in the words in which a task is asked for. */
function openedBy({ decision, helper, ...task }: Facts): Facts {
  if (decision === 'task') return task
  return decision === 'delegation' && isMembers(helper) ? { ...task, to: helper['name'] ?? null } : {}
}

/** Says each grant; an entry may hold the first of many, and how many more there were. */
export function sayScope(scope: readonly unknown[]): string {
  const grants = scope.flatMap((each) => {
    const { action, resource } = isMembers(each) ? each : {}
    return typeof action !== 'string' ? [] : [`${quoteUnlessWord(action)} on ${sayName(resource)}`]
  })
  return `${grants.join(', ')}${sayMore(scope.at(-1))}`
}

function sayMore(last: unknown): string {
  return isMembers(last) && typeof last['more'] === 'number' ? ` and ${last['more']} more` : ''
}

/** A task, or a part of one that is handed on to another identity. */
function sayTask({ goal, purpose, to, scope, ceiling }: Facts): string | undefined {
  if (typeof goal !== 'string') return undefined
  const who = typeof to === 'string' ? ` of ${quoteUnlessWord(to)}` : ''
  const why = typeof purpose === 'string' ? ` for ${quoteUnlessWord(purpose)}` : ''
  const what = Array.isArray(scope) && scope.length > 0 ? `, with the scope ${sayScope(scope)}` : ''
  const data = typeof ceiling === 'string' ? `, up to ${quoteUnlessWord(ceiling)} data` : ''
  return `a task${who}${why}${what}${data}: ${quoteText(goal)}`
}
