import { quoteUnlessWord } from '../contract/approval/quote.ts'
import { isQuestion } from '../contract/told/asked.ts'
import { countIn, textIn, textsIn } from '../contract/told/data.ts'
import { toRfc3339 } from '../ground/clock.ts'
import type { Explanation } from './explanation.ts'
import { sayScope } from './say-asked.ts'

/** What else the log tells of those whom an entry is about. */
export interface Known {
  /** Name of an identity as of the entry; undefined where nothing told it, and of people, who have none in the log. */
  readonly nameOf: (id: string) => string | undefined
  /** Who may act for whom, where it is about a grant to act for somebody. */
  readonly between: { readonly from: string; readonly to: string } | null
}

type Said = Pick<Explanation, 'kind' | 'outcome' | 'subject' | 'actor' | 'facts' | 'chain' | 'rules'>

/** Says of whom or what a fact is: nothing where the story of that identity or task follows anyhow. */
export function sayAbout(said: Said, known: Known): readonly string[] {
  return [...saySubject(said, known), ...sayAllowed(said), ...sayClassified(said)]
}

function saySubject(said: Said, { nameOf, between }: Known): readonly string[] {
  const { kind, outcome, subject, facts, chain } = said
  if (outcome === 'refusal') return sayRefused(said, nameOf)
  if (outcome !== 'fact') return [...sayQuestion(said), ...sayFallen(said, nameOf)]
  if (kind === 'cutoff.made') return sayCutoff(said, nameOf)
  if (kind === 'evidence.packed') return [`What was packed: ${sayPacked(said, nameOf)}.`]
  if (between !== null) return [`It is about ${sayWho(between.to, nameOf)} acting for ${sayWho(between.from, nameOf)}.`]
  if (subject.kind === 'person') return sayPerson(said)
  const isTold = chain.some(({ identity, task }) => [identity.identityId, task?.taskId].includes(subject.id))
  if (isTold || subject.kind === 'log' || subject.kind === 'system') return []
  if (subject.kind === 'identity') return [`It is about ${sayWho(subject.id, nameOf)}.`]
  const identityId = textIn(facts, 'identityId')
  const whose = identityId === null ? '' : ` of ${sayWho(identityId, nameOf)}`
  return [`It is about the ${quoteUnlessWord(subject.kind)} ${quoteUnlessWord(subject.id)}${whose}.`]
}

/** The entries by which somebody may do more than before, which say all that bounds it. */
const ALLOWING = ['entitlement.proposed', 'right.granted', 'delegation.granted', 'delegation.given']

function sayAllowed({ kind, facts }: Said): readonly string[] {
  const { scope } = facts
  if (!ALLOWING.includes(kind) || !Array.isArray(scope)) return []
  const [ceiling, endsMs, strength] = [textIn(facts, 'ceiling'), countIn(facts, 'endsMs'), textIn(facts, 'minStrength')]
  const issuers = textsIn(facts, 'issuers').map(quoteUnlessWord)
  const bounds = [
    sayScope(scope),
    `to ${textsIn(facts, 'classes').map(quoteUnlessWord).join(', ')}`,
    ...(ceiling === null ? [] : [`up to ${quoteUnlessWord(ceiling)} data`]),
    ...(issuers.length === 0 ? [] : [`by a proof of ${issuers.join(', ')} alone`]),
    ...(strength === null ? [] : [`${quoteUnlessWord(strength)} at least`]),
    ...(endsMs === null ? [] : [`until ${toRfc3339(endsMs)}`]),
  ]
  return [`What it allows: ${bounds.join('; ')}.`]
}

/** As what data counts from an entry on: what lets it flow further is told as what holds it back. */
function sayClassified({ kind, facts }: Said): readonly string[] {
  const [sensitivity, before] = [textIn(facts, 'sensitivity'), textIn(facts, 'before')]
  if (kind !== 'resource.classified' || sensitivity === null) return []
  const until = before === null ? '' : `; before that it did as ${quoteUnlessWord(before)}`
  return [`From then on it counts as ${quoteUnlessWord(sensitivity)}${until}.`]
}

/** An answer to somebody who asks what may be done is no act: only of some is it told that they were. */
function sayQuestion({ kind, facts, outcome }: Said): readonly string[] {
  if (!isQuestion({ kind, data: facts })) return []
  return outcome === 'permit' && facts['counts'] === true
    ? ['It counts as an act: whoever asked lets happen what is permitted.']
    : [
        'It is the answer to a question: whether whoever asked let something happen, or held it up, the log does not tell.',
      ]
}

/** Whoever was refused may be nobody who is known: what they showed was somebody's all the same. */
function sayRefused({ facts, actor }: Said, nameOf: Known['nameOf']): readonly string[] {
  const identityId = textIn(facts, 'identityId')
  return identityId === null || identityId === actor.id ? [] : [`It is about ${sayWho(identityId, nameOf)}.`]
}

/** The law names what had been cut off by its key, `target:id`, which is its own words and shown as they are. */
function sayFallen({ rules }: Said, nameOf: Known['nameOf']): readonly string[] {
  const said = rules.find(({ rule }) => rule === 'law:cutoff')?.sentence ?? ''
  const [, target, id] = /^It was cut off: ([a-z]+):(.+)\.$/.exec(said) ?? []
  return target === undefined || id === undefined ? [] : [`What had been cut off: ${sayTarget(target, id, nameOf)}.`]
}

function sayCutoff({ subject, facts }: Said, nameOf: Known['nameOf']): readonly string[] {
  const [target, id] = [textIn(facts, 'target') ?? subject.kind, textIn(facts, 'targetId') ?? subject.id]
  const untilMs = countIn(facts, 'atMs')
  const until = untilMs === null ? '' : `; nothing that was given to it until ${toRfc3339(untilMs)} counts here`
  return [`What was cut off: ${sayTarget(target, id, nameOf)}${until}.`]
}

/** All of the log up to its newest entry, or what it tells of one identity or task. */
function sayPacked({ subject, chain }: Said, nameOf: Known['nameOf']): string {
  if (subject.kind === 'log') return 'the whole log'
  if (subject.kind === 'identity') return `what the log tells of ${sayWho(subject.id, nameOf)}`
  const hop = chain.find(({ task }) => task?.taskId === subject.id)
  const whose = hop === undefined ? '' : ` of ${sayWho(hop.identity.identityId, nameOf)}`
  return `what the log tells of the ${quoteUnlessWord(subject.kind)} ${quoteUnlessWord(subject.id)}${whose}`
}

function sayTarget(target: string, id: string, nameOf: Known['nameOf']): string {
  if (target === 'identity') return sayWho(id, nameOf)
  if (target === 'owner') return `every identity that ${sayWho(id, nameOf)} owns`
  return `the ${quoteUnlessWord(target)} ${quoteUnlessWord(id)}`
}

/** Who signs in or out, or does something else about themselves, is named as who did it. */
function sayPerson({ kind, subject, actor, facts }: Said): readonly string[] {
  const roles = textsIn(facts, 'roles').map(quoteUnlessWord).join(', ')
  if (kind === 'person.added' || kind === 'person.roles-set')
    return [`It is about person ${sayId(subject.id)}, with ${roles === '' ? 'no role' : `the roles ${roles}`}.`]
  return subject.id === actor.id ? [] : [`It is about person ${sayId(subject.id)}.`]
}

function sayWho(id: string, nameOf: Known['nameOf']): string {
  const name = nameOf(id)
  if (name !== undefined && name !== '') return `the identity ${quoteUnlessWord(name)} (${id})`
  return `${id.startsWith('psn_') ? 'person' : 'the identity'} ${sayId(id)}`
}

/** An id stands as it is, for readers to be shown a name in its place; anything else is somebody's words. */
function sayId(id: string): string {
  return /^(?:psn|idn)_[0-9a-z]{1,40}$/.test(id) ? id : quoteUnlessWord(id)
}
