import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import { finishAtOnce, type InTurns } from '../../ground/in-turns.ts'
import type { Entity } from '../cedar/entities.ts'
import { findWords } from '../cedar/find-words.ts'
import { liftLongLiterals } from '../cedar/long-literals.ts'
import type { CedarRecord } from '../cedar/values/value.ts'
import type { PolicyRequest } from './engine.ts'

/** What of a request policies can look at, where that is not always the same. */
export interface WordsRead {
  /** The names of tags; `all` where a policy computes the name. */
  readonly tags: ReadonlySet<string> | 'all'
  /** The members of the context that are told only where a policy looks at them. */
  readonly members: ReadonlySet<string>
  /** When it is asked: the time, what a calendar says of it, or how long a task has left. */
  readonly clock: boolean
}

/** Where the request came from; what the chain has done before, and what of it to the resource. */
const MEMBERS: readonly string[] = ['source', 'history', 'here']

/** What moves with the clock and with nothing else, in a context or a task. */
const CLOCK: readonly string[] = ['now', 'local', 'secondsLeft']

/** Gives what a policy in Cedar's JSON form, or a list of these, can look at. */
export function findWordsRead(policy: unknown): WordsRead {
  const { tags, attributes, readsWholeContext } = findWords([policy])
  const reads = (name: string): boolean => readsWholeContext || attributes.has(name)
  return { tags, members: new Set(MEMBERS.filter(reads)), clock: CLOCK.some(reads) }
}

/** Gives what any of these can look at. */
export function joinWordsRead(one: WordsRead, other: WordsRead): WordsRead {
  const tags = one.tags === 'all' || other.tags === 'all' ? 'all' : new Set([...one.tags, ...other.tags])
  return { tags, members: new Set([...one.members, ...other.members]), clock: one.clock || other.clock }
}

/** Gives what the later look at and the earlier do not: names of tags, `*` for any, and members of the context. */
export function findUnread(earlier: WordsRead, later: WordsRead): readonly string[] {
  const known = earlier.tags
  const tags = known === 'all' ? [] : later.tags === 'all' ? ['*'] : [...later.tags].filter((name) => !known.has(name))
  const members = [...later.members].filter((name) => !earlier.members.has(name))
  return [...tags, ...members.map((name) => `context.${name}`)]
}

const known = new WeakMap<object, WordsRead>()

/** Remembers what the policies of a set can look at, where that is known already. */
export function rememberWords(byId: ReadonlyMap<string, { readonly text: string }>, words: WordsRead): void {
  known.set(byId, words)
}

/** Gives what the policies of a set can look at; worked out once for each set. */
export function wordsReadBy({ byId }: { readonly byId: ReadonlyMap<string, { readonly text: string }> }): WordsRead {
  const words = known.get(byId) ?? finishAtOnce(wordsInTurns([...byId.values()].map(({ text }) => text)))
  known.set(byId, words)
  return words
}

/** Gives what policies can look at, one text a step. */
export function* wordsInTurns(texts: readonly string[]): InTurns<WordsRead> {
  const tags = new Set<string>()
  const members = new Set<string>()
  let [all, clock] = [false, false]
  for (const text of texts) {
    const words = readText(text)
    if (words.tags === 'all') all = true
    else for (const tag of words.tags) tags.add(tag)
    for (const name of words.members) members.add(name)
    clock ||= words.clock
    yield
  }
  return { tags: all ? 'all' : tags, members, clock }
}

function readText(text: string): WordsRead {
  const answer = policyToJson(liftLongLiterals(text))
  return answer.type === 'failure'
    ? { tags: 'all', members: new Set(MEMBERS), clock: true }
    : findWordsRead(answer.json)
}

/**
 * Leaves out of a question what no policy looks at: it would only have to be kept. Whatever the policies can look at
 * stays, so that they answer the same.
 */
export function trimQuestion(question: PolicyRequest, words: WordsRead): PolicyRequest {
  const { context, entities } = question
  return {
    ...question,
    context: words.members.has('source') || !Object.hasOwn(context, 'source') ? context : dropSource(context),
    entities: words.tags === 'all' ? entities : trimEntities(entities, words.tags),
  }
}

function dropSource({ source: _source, ...context }: CedarRecord): CedarRecord {
  return context
}

function trimEntities(entities: readonly Entity[], names: ReadonlySet<string>): readonly Entity[] {
  return entities.map((entity) => {
    const told = Object.keys(entity.tags ?? {})
    if (told.every((name) => names.has(name))) return entity
    const kept = Object.entries(entity.tags ?? {}).filter(([name]) => names.has(name))
    return { ...entity, tags: Object.fromEntries(kept) }
  })
}
