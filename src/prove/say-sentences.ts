import { escapeUnseen, quoteText, quoteUnlessWord } from '../contract/approval/quote.ts'
import { ENTRY_KINDS } from '../contract/log-entry.ts'
import { isMembers } from '../contract/read-entry.ts'
import { textIn } from '../contract/told/data.ts'
import { toRfc3339 } from '../ground/clock.ts'
import { unique } from '../ground/unique.ts'
import type { ExplainedApproval, ExplainedBudget, ExplainedLabels, Explanation } from './explanation.ts'
import { type Known, sayAbout } from './say-about.ts'
import { sayAcross } from './say-across.ts'
import { sayAsked, sayScope } from './say-asked.ts'

type Said = Omit<Explanation, 'sentences'>

/**
 * Says an explanation in plain sentences: what, by which rule, who for, who said yes, and what came of it. What others
 * wrote stands in quotes, as a JSON string: a goal that reads like a sentence of ours must not pass for one.
 */
export function saySentences(said: Said, known: Known): readonly string[] {
  const approvals = said.approvals.flatMap((approval) => sayApproval(approval, sayCovered(said, approval)))
  const sentences = [
    sayWhat(said),
    ...sayAbout(said, known),
    ...sayDomain(said),
    ...sayReason(said),
    ...sayUnfilled(said),
    ...sayAsked(said),
    ...sayAcross(said),
    ...sayRules(said),
    ...sayObligations(said),
    ...sayShadow(said),
    ...sayTold(said),
    ...sayEnd(said),
    ...sayAsking(said),
    ...sayChain(said),
    ...sayStands(said),
    ...approvals,
    ...sayLinks(said),
  ]
  return unique(sentences)
}

const VERDICTS: Readonly<Record<Explanation['outcome'], string>> = {
  permit: 'It was permitted',
  denial: 'It was denied',
  refusal: 'It was refused',
  fact: '',
}

function sayWhat({ index, atMs, kind, actor, chain, outcome }: Said): string {
  const phrase: string = Object.hasOwn(ENTRY_KINDS, kind) ? ENTRY_KINDS[kind as keyof typeof ENTRY_KINDS] : kind
  const name = chain.find((hop) => hop.identity.identityId === actor.id)?.identity.name ?? ''
  const id = actor.kind === 'stranger' ? quoteUnlessWord(actor.id) : actor.id
  const who = `${actor.kind} ${name === '' ? id : `${quoteUnlessWord(name)} (${id})`}`
  return `Entry ${index}, ${toRfc3339(atMs)}: ${phrase}${outcome === 'fact' ? ', by' : '; it came from'} ${who}.`
}

function sayDomain({ domain, kind }: Said): string[] {
  if (domain === null) return []
  const name = quoteUnlessWord(domain)
  return [kind.startsWith('policy.') ? `It is of the domain ${name}.` : `It was asked of the domain ${name}.`]
}

/** Why it was done, in the words of who did it; the reason of a vote stands with the vote. */
function sayReason({ kind, outcome, facts }: Said): string[] {
  const reason = textIn(facts, 'because') ?? textIn(facts, 'reason') ?? ''
  return outcome !== 'fact' || kind === 'approval.voted' || reason === ''
    ? []
    : [`The reason that was given: ${quoteText(reason)}.`]
}

/** A no of somebody whose seat is none of those that were asked. */
function sayUnfilled({ kind, facts }: Said): string[] {
  return kind === 'approval.voted' && facts['unfilled'] === true
    ? ['Nobody was left who could say yes to it, so that an administrator could end it.']
    : []
}

function sayRules({ kind, rules, outcome, policy, version }: Said): string[] {
  const verdict = VERDICTS[outcome]
  const sentences = rules.map(({ rule, sentence, file, line }) => {
    const place = file === null ? '' : ` (${quoteUnlessWord(file)}, line ${line ?? 0})`
    const named = `${quoteUnlessWord(rule)}${place}: ${quoteText(sentence)}`
    if (kind === 'policy.faulted') return `What was noted of ${named}`
    return `${verdict === '' ? 'It rests' : verdict} by ${named}`
  })
  // what is put up, observed or refused has decided nothing
  const which = kind.startsWith('policy.') ? 'The policy set' : 'The policy set that decided'
  return policy === null ? sentences : [...sentences, `${which} has the digest ${policy}${sayVersion(version)}.`]
}

function sayVersion(version: Said['version']): string {
  if (version === null) return ''
  const { number, publishedBy, approvedBy, reason } = version
  if (publishedBy.length === 0) return `: version ${number}, which a start of the server loaded`
  const [who, yes] = [publishedBy, approvedBy].map((ids) => ids.map((id) => `person ${id}`).join(' and '))
  return `: version ${number}, published by ${who} (${quoteText(reason)}) with a yes of ${yes}`
}

/** What a permit asked of whoever let it through; of a permit that was refused for want of one, what they could do all the same. */
function sayObligations({ outcome, facts }: Said): string[] {
  const { obligations, supportedObligations: supported } = facts
  if (!Array.isArray(obligations)) return []
  return obligations.flatMap((each: unknown) => {
    const { id, type, properties } = isMembers(each) ? each : {}
    if (outcome !== 'permit' && !(Array.isArray(supported) && supported.includes(type))) return []
    const was = outcome === 'permit' ? 'permitted' : 'denied'
    const what = `an obligation of the type ${quoteUnlessWord(String(type))} (${quoteUnlessWord(String(id))})`
    return `It was ${was} with ${what}: ${escapeUnseen(JSON.stringify(properties ?? {}))}.`
  })
}

/** How it ended with those who asked for access and wanted to be told. */
function sayTold({ kind, facts: { approvalId, end, status } }: Said): string[] {
  const how = typeof end === 'string' && Object.hasOwn(TOLD, end) ? TOLD[end] : undefined
  if (kind !== 'callback.ended' || typeof approvalId !== 'string' || typeof status !== 'string' || how === undefined)
    return []
  return [`The request ${quoteUnlessWord(approvalId)} is ${quoteUnlessWord(status)}: ${how}.`]
}

const TOLD: Readonly<Record<string, string>> = {
  told: 'their endpoint took the news',
  refused: 'their endpoint refused the news',
  unwanted: 'they had not asked to be told of that',
  'given-up': 'their endpoint could not be reached within a day',
}

/** How an act ended that was permitted: as the gateway saw it, or as its enforcement point said. */
function sayEnd({ kind, facts: { end, code, resultBytes } }: Said): string[] {
  const how = typeof end === 'string' && Object.hasOwn(ENDS, end) ? ENDS[end] : undefined
  if ((kind !== 'call.finished' && kind !== 'act.reported') || how === undefined) return []
  const why = typeof code === 'string' ? ` (${quoteUnlessWord(code)})` : ''
  return [`${how}${why}${typeof resultBytes === 'number' ? `, with a result of ${sayBytes(resultBytes)}` : ''}.`]
}

const ENDS: Readonly<Record<string, string>> = {
  completed: 'The act was completed',
  tool_error: 'The tool answered with an error',
  failed: 'The act failed',
  cancelled: 'The act was cancelled',
  cut_off: 'The act was cut off',
}

function sayBytes(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`
}

/** What policies that were only observed would have decided. */
function sayShadow({ shadow }: Said): string[] {
  if (shadow === null) return []
  const { policy, outcome, code, rules } = shadow
  if (outcome === null) return [`The policy set ${policy}, in shadow, failed over it; that changed nothing.`]
  const what = outcome === 'permit' ? 'permitted it' : `denied it${code === null ? '' : ` (${quoteUnlessWord(code)})`}`
  const by = rules.length === 0 ? '' : ` by ${rules.map(quoteUnlessWord).join(', ')}`
  return [`The policy set ${policy}, in shadow, would have ${what}${by}.`]
}

/** What would have been allowed, and how to ask for more. */
function sayAsking({ facts }: Said): string[] {
  const { nearest, ask } = facts
  const sentence = typeof ask === 'object' && ask !== null && 'sentence' in ask ? ask.sentence : null
  return [
    ...(Array.isArray(nearest) && nearest.length > 0
      ? [`The nearest that would be allowed: ${sayScope(nearest)}.`]
      : []),
    ...(typeof sentence === 'string' ? [`How to ask: ${quoteText(sentence)}`] : []),
  ]
}

function sayChain({ chain }: Said): string[] {
  const names = chain.map((hop) => quoteUnlessWord(hop.identity.name))
  const sentences = chain.flatMap(({ identity, task }) => [
    ...sayTask(task, quoteUnlessWord(identity.name)),
    `${quoteUnlessWord(identity.name)} is ${identity.state}, owner ${identity.owner ?? 'nobody'}, sponsor ${identity.sponsor ?? 'nobody'}, purpose ${quoteUnlessWord(identity.purpose ?? 'none')}, tier ${identity.tier ?? 'unknown'}${identity.activatedMs === null ? '' : `, ${identity.state === 'active' ? 'active since' : 'last activated'} ${toRfc3339(identity.activatedMs)}`}.`,
    ...identity.approvals.flatMap((approval) => sayApproval(approval, sayRotated(approval))),
  ])
  return names.length > 1 ? [`The chain: ${names.join(' -> ')}.`, ...sentences] : sentences
}

/** How each task of the chain stood, what the decision took of its budget, and what the task has touched. */
function sayStands({ chain, labels }: Said): string[] {
  const stands = chain.flatMap(({ identity, task, stand }) => {
    if (stand === null || (stand.ceiling === null && stand.budget.length === 0)) return []
    const ceiling = stand.ceiling === null ? [] : [`up to ${quoteUnlessWord(stand.ceiling)} data`]
    const bounds = [...ceiling, ...stand.budget.map(sayBudget)]
    return [`The bounds of ${quoteUnlessWord(identity.name)} in ${task?.taskId ?? 'its task'}: ${bounds.join(', ')}.`]
  })
  if (labels === null) return stands
  const [before, after] = [sayLabels(labels.before), sayLabels(labels.after)]
  const memory =
    labels.remembered === null
      ? []
      : [
          `It is taken to remember ${sayLabels(labels.remembered)} content, of ${labels.rememberedFrom.join(', ') || 'other tasks'}.`,
        ]
  return [
    ...stands,
    `Until then the task had touched ${before} content${before === after ? '' : `; with this, ${after}`}.`,
    ...memory,
  ]
}

function sayBudget({ what, before, after, max }: ExplainedBudget): string {
  return `${quoteUnlessWord(what)} ${before === after ? before : `${before} before it and ${after} after it`} of ${max}`
}

function sayLabels({ confidentiality, integrity }: ExplainedLabels['before']): string {
  return `${quoteUnlessWord(confidentiality)}, ${quoteUnlessWord(integrity)}`
}

function sayTask(task: Said['chain'][number]['task'], name: string): string[] {
  if (task === null) return []
  const until = task.endsMs === null ? 'without an end that is told' : `until ${toRfc3339(task.endsMs)}`
  const ticket = task.ticket === null ? '' : `, ticket ${quoteUnlessWord(task.ticket)}`
  const person = task.onBehalfOf === null ? '' : ` on behalf of person ${task.onBehalfOf}`
  return [
    `${name} acts${person} in the task ${task.taskId} for ${quoteUnlessWord(task.purpose)}: ${quoteText(task.goal)}${ticket}; ${until} (entry ${task.entry}).`,
    ...task.approvals.flatMap((approval) => sayApproval(approval)),
  ]
}

/** What a yes that the entry itself is about was to, where it was not to the whole of its subject. */
function sayCovered({ facts }: Said, approval: ExplainedApproval): string {
  const { usesMax, envelope } = approval
  const what = textIn(facts, 'decision')
  if (what !== 'call' && what !== 'evaluation') return sayRotated(approval)
  return Object.keys(envelope).length === 0 ? `exactly this ${what} in` : `up to ${usesMax} ${what}s like this in`
}

/** What of an identity a yes was to, where it was not to the whole of it. */
function sayRotated({ of, replacesId }: ExplainedApproval): string {
  if (of !== 'binding') return ''
  return replacesId === null ? 'another key or issuer of' : `another key or issuer in the place of ${replacesId} of`
}

function sayApproval({ approvalId, subjectId, requestedBy, votes }: ExplainedApproval, what = ''): string[] {
  const about = what === '' ? subjectId : `${what} ${subjectId}`
  if (votes.length === 0) return [`The approval ${approvalId} of ${about} waited for an answer then.`]
  const asked = sayAskers(requestedBy)
  return votes.map(({ entry, atMs, personId, seat, verdict, reason }) => {
    const because = reason === '' ? '' : `: ${quoteText(reason)}`
    return `Person ${personId}, as ${seat}, said ${verdict === 'approve' ? 'yes' : 'no'} to ${about} at ${toRfc3339(atMs)}${asked} (entry ${entry})${because}.`
  })
}

/** Where an agent asked, the people whose question it is too only had no vote. */
function sayAskers(requestedBy: readonly string[]): string {
  const agents = requestedBy.filter((id) => id.startsWith('idn_'))
  const people = requestedBy.filter((id) => !id.startsWith('idn_'))
  if (agents.length === 0) return people.length === 0 ? '' : `, asked by ${people.join(' and ')}`
  return `, asked for ${agents.join(' and ')}${people.length === 0 ? '' : `, without a vote of ${people.join(' and ')}`}`
}

function sayLinks({ answers, answeredBy, lookedTo }: Said): string[] {
  return [
    ...(answers === null ? [] : [`It answers entry ${answers.index}: ${answers.phrase}.`]),
    ...answeredBy.map((link) => `Entry ${link.index} answers it at ${toRfc3339(link.atMs)}: ${link.phrase}.`),
    `Entries that answer it were looked for up to entry ${lookedTo}.`,
  ]
}
