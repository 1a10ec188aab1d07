import { ENTRY_KINDS, type LogEntry } from '../contract/log-entry.ts'
import { ownDomain } from '../contract/policy.ts'
import { type ToldQuestions, tellQuestions, type Untold } from '../contract/question.ts'
import { identityIdOf, parentIdOf, taskIdOf } from '../contract/told/about.ts'
import type { ToldApproval } from '../contract/told/approval.ts'
import { membersIn, scopeIn, textIn, textsIn } from '../contract/told/data.ts'
import { idsToldOf } from '../contract/told/ids-told.ts'
import { type Told, tell, tellNothing } from '../contract/told/told.ts'
import { RemitError } from '../ground/errors.ts'
import type { LogSearch } from './cards/search.ts'
import { answerTo } from './cards/write-card.ts'
import { explainRules } from './explain-rules.ts'
import { explainLabels, explainStand } from './explain-stand.ts'
import { explainVersion } from './explain-version.ts'
import type {
  ExplainedApproval,
  ExplainedIdentity,
  ExplainedLink,
  ExplainedRule,
  ExplainedShadow,
  ExplainedTask,
  ExplainedVersion,
  Explanation,
} from './explanation.ts'
import type { PackParts } from './pack.ts'
import { mayName, openEntry } from './read-log.ts'
import type { Known } from './say-about.ts'
import { saySentences } from './say-sentences.ts'
import type { PolicyTexts, ProveStore } from './store.ts'

const answersMax = 100

/**
 * Explains an entry out of the log alone, as of that entry; what answers it, as of the newest entry. Errors: `not_found`,
 * `store_failed`, `store_damaged`, `log_broken`.
 */
export async function explainEntry(parts: WhyParts, index: number): Promise<Explanation> {
  const { size } = await parts.store.readHead()
  const entry = Number.isSafeInteger(index) && index >= 0 && index < size ? await readAt(parts.store, index) : null
  if (entry === null) throw new RemitError('not_found', { detail: 'There is no such entry.' })
  const [{ told, between }, answers, answeredBy] = [
    await readTold(parts.search, index, entry),
    await readAnswered(parts.store, index, entry),
    await readAnswers(parts.search, index, size),
  ]
  const [rules, asked, version] = await Promise.all([
    explainRules(parts.policies, entry),
    readAsked(parts.policies, entry),
    explainVersion(parts.search, index, entry, domainOf(entry)),
  ])
  const lookedTo = answeredBy[answersMax - 1]?.index ?? size - 1 // what answers it beyond so many is not looked for
  const explained = describe(index, entry, { told, answers, answeredBy, lookedTo, rules, asked, version })
  const known = { nameOf: (id: string) => told.identities.get(id)?.name, between }
  return { ...explained, sentences: saySentences(explained, known) }
}

type WhyParts = Pick<PackParts, 'store' | 'policies' | 'search'>

/** All that an explanation is made of. */
interface Material {
  readonly told: Told
  readonly answers: ExplainedLink | null
  readonly answeredBy: readonly ExplainedLink[]
  readonly lookedTo: number
  readonly rules: readonly ExplainedRule[]
  readonly version: ExplainedVersion | null
  readonly asked: ToldQuestions | Untold
}

async function readAt(store: ProveStore, index: number): Promise<LogEntry | null> {
  const [bytes] = await store.readEntries(index, index + 1)
  return bytes === undefined ? null : openEntry({ index, text: Buffer.from(bytes).toString('utf8') })
}

/**
 * Takes in what was told until the entry of all that it stands on: first of what it names, and then of what these turn out to
 * stand on. What they did in between is not read.
 */
async function readTold(search: LogSearch, index: number, entry: LogEntry): Promise<Standing> {
  const known = new Map([[index, entry]])
  const asked = new Set<string>()
  let standing: Standing = { told: tellNothing(), between: null }
  for (
    let ids = castOf(entry);
    ids.size > 0;
    ids = new Set([...standingOn(entry, standing)].filter((id) => !asked.has(id)))
  ) {
    for await (const placed of search.read('told', ids, 0, index)) {
      if (known.has(placed.index) || !mayName(placed.text, ids)) continue
      const other = openEntry(placed)
      if (isOfOtherAct(other, ids)) continue
      if ([...idsToldOf(other)].some((id) => ids.has(id))) known.set(placed.index, other)
    }
    for (const id of ids) asked.add(id)
    standing = tellKnown(entry, [...known])
  }
  return standing
}

/**
 * True for what is asked, voted and taken back about one act in a task, where that act is not the one that is explained. An agent asks
 * as often as it likes: none of it is kept, nor looked for.
 */
function isOfOtherAct({ data, subject, kind }: LogEntry, ids: ReadonlySet<string>): boolean {
  const approvalId = textIn(data, 'approvalId')
  if (approvalId === null || ids.has(approvalId)) return false
  const of =
    kind === 'approval.cancelled' ? subject.kind : (textIn(data, 'approvalSubject') ?? textIn(data, 'decision'))
  return ONE_ACT.includes(of ?? '')
}

/** What was told of all that an entry stands on, and who may act for whom where it is about a grant. */
interface Standing {
  readonly told: Told
  readonly between: Known['between']
}

function tellKnown(entry: LogEntry, known: readonly (readonly [index: number, entry: LogEntry])[]): Standing {
  const told = tellNothing()
  let between: Known['between'] = null
  for (const [at, other] of known.toSorted(([one], [next]) => one - next)) {
    tell(told, at, other)
    if (other.subject.id === entry.subject.id) between = betweenIn(other) ?? between
  }
  return { told, between }
}

/** What is said and voted about a grant does not name again who may act for whom. */
function betweenIn({ subject, data }: LogEntry): Known['between'] {
  const [from, to] = [textIn(data, 'from'), textIn(data, 'to')]
  return subject.kind === 'delegation' && from !== null && to !== null ? { from, to } : null
}

/** The ids of everything that an entry names and may stand on. */
function castOf(entry: LogEntry): ReadonlySet<string> {
  const hops = (entry.actor.chain ?? []).flatMap((link) => [link.identityId, link.taskId])
  const named = [identityIdOf(entry), taskIdOf(entry), parentIdOf(entry), textIn(entry.data, 'approvalId')]
  const acting = entry.actor.kind === 'identity' ? entry.actor.id : null
  return new Set([...named, ...hops, acting, entry.subject.id].filter((id) => id !== null))
}

/** The ids of the chain that an entry stands on, as it was told, of the approvals of it, and of those whom a grant is about. */
function standingOn(entry: LogEntry, { told, between }: Standing): ReadonlySet<string> {
  const ids = new Set(hopsOf(entry, told).flat())
  const approvals = [...told.approvals.values()].filter(
    ({ subjectId, of }) => ids.has(subjectId) && !ONE_ACT.includes(of),
  )
  return new Set([...ids, ...approvals.map(({ id }) => id), ...Object.values(between ?? {})])
}

async function readAnswered(store: ProveStore, index: number, { answers }: LogEntry): Promise<ExplainedLink | null> {
  const answered = answers === undefined || answers > index ? null : await readAt(store, answers)
  return answers === undefined || answered === null ? null : linkTo(answers, answered)
}

async function readAnswers(search: LogSearch, index: number, size: number): Promise<readonly ExplainedLink[]> {
  const found: ExplainedLink[] = []
  for await (const placed of search.read('told', [answerTo(index)], index + 1, size)) {
    if (!placed.text.includes(`"answers":${index},`)) continue
    const answer = openEntry(placed)
    if (answer.answers === index) found.push(linkTo(placed.index, answer))
    if (found.length === answersMax) break
  }
  return found
}

function describe(
  index: number,
  entry: LogEntry,
  { told, answers, answeredBy, lookedTo, rules, asked, version }: Material,
): Omit<Explanation, 'sentences'> {
  const approvalId = textIn(entry.data, 'approvalId')
  const approval = told.approvals.get(approvalId ?? '')
  return {
    index,
    atMs: entry.atMs,
    kind: entry.kind,
    outcome: OUTCOMES[entry.kind] ?? 'fact',
    actor: entry.actor,
    subject: entry.subject,
    rules,
    policy: entry.policy ?? null,
    version,
    domain: domainOf(entry),
    facts: entry.data,
    asked: typeof asked === 'string' ? { told: false, because: asked } : { told: true, ...pickAsked(asked) },
    chain: hopsOf(entry, told).flatMap(([identityId, taskId]) => {
      const identity = explainIdentity(told, identityId)
      const stand = explainStand(entry, typeof asked === 'string' ? null : asked, taskId)
      return identity === null ? [] : [{ identity, task: explainTask(told, taskId), stand }]
    }),
    labels: explainLabels(entry, typeof asked === 'string' ? null : asked),
    nearest: scopeIn(entry.data, 'nearest') ?? [],
    ask: explainAsk(entry),
    shadow: explainShadow(entry),
    approvals: approval === undefined ? [] : [explainApproval(approval)],
    answers,
    answeredBy,
    lookedTo,
  }
}

/** Entries of decisions name the domain with its version, those of policies by its name. */
function domainOf({ data }: LogEntry): string | null {
  const name = textIn(data, 'domain') ?? textIn(membersIn(data, 'domain'), 'name')
  return name === ownDomain ? null : name
}

function pickAsked({ questions, needs }: ToldQuestions): Pick<ToldQuestions, 'questions' | 'needs'> {
  return { questions, needs }
}

const OUTCOMES: Readonly<Record<string, Explanation['outcome']>> = {
  'decision.permit': 'permit',
  'decision.denial': 'denial',
  refusal: 'refusal',
}

/** The chain of the task that the entry is about, of its actor, or just the identity. */
function hopsOf(entry: LogEntry, told: Told): readonly (readonly [identityId: string, taskId: string])[] {
  const chain = told.tasks.get(taskIdOf(entry) ?? '')?.chain ?? entry.actor.chain ?? []
  if (chain.length > 0) return chain.map((link) => [link.identityId, link.taskId])
  const identityId = identityIdOf(entry)
  return identityId === null ? [] : [[identityId, taskIdOf(entry) ?? '']]
}

function explainIdentity(told: Told, id: string): ExplainedIdentity | null {
  const known = told.identities.get(id)
  if (known === undefined) return null
  const { name, state, tier, owner, sponsor, purpose, activatedMs } = known
  const approvals = approvalsAbout(told, id)
  return { identityId: id, name, state, tier, owner, sponsor, purpose, activatedMs, approvals }
}

function explainTask(told: Told, id: string): ExplainedTask | null {
  const known = told.tasks.get(id)
  if (known === undefined) return null
  const { identityId, parentId, onBehalfOf, goal, ticket, purpose, entry } = known
  const endsMs = Number.isFinite(known.endsMs) ? known.endsMs : null
  const approvals = approvalsAbout(told, id)
  return { taskId: id, identityId, parentId, onBehalfOf, goal, ticket, purpose, entry, endsMs, approvals }
}

/** An approval of these is of one act in a task, and not of the task. */
const ONE_ACT: readonly string[] = ['call', 'evaluation']

function approvalsAbout(told: Told, subjectId: string): readonly ExplainedApproval[] {
  return [...told.approvals.values()]
    .filter((each) => each.subjectId === subjectId && !ONE_ACT.includes(each.of))
    .map(explainApproval)
}

function explainApproval({
  id,
  subjectId,
  of,
  replacesId,
  state,
  requestedBy,
  usesMax,
  envelope,
  votes,
}: ToldApproval): ExplainedApproval {
  return { approvalId: id, subjectId, of, replacesId, state, requestedBy: [...requestedBy], usesMax, envelope, votes }
}

function linkTo(index: number, { atMs, kind }: LogEntry): ExplainedLink {
  return { index, atMs, kind, phrase: ENTRY_KINDS[kind] ?? kind }
}

async function readAsked(texts: PolicyTexts, { kind, data }: LogEntry): Promise<ToldQuestions | Untold> {
  if (!kind.startsWith('decision.')) return 'no-decision' // such as people who were asked, whatever their answer decides
  const id = textIn(membersIn(data, 'questions'), 'beside')
  return tellQuestions(data, id === null ? null : await texts.readQuestions(id))
}

function explainAsk({ data }: LogEntry): Explanation['ask'] {
  const ask = membersIn(data, 'ask')
  const sentence = textIn(ask, 'sentence')
  return sentence === null ? null : { sentence, approvalId: textIn(ask, 'approvalId') }
}

function explainShadow({ data }: LogEntry): ExplainedShadow | null {
  const shadow = membersIn(data, 'shadow')
  const policy = textIn(shadow, 'version')
  if (policy === null) return null
  const said = textIn(shadow, 'outcome')
  const outcome = said === 'permit' || said === 'denial' ? said : null
  return { policy, outcome, code: textIn(shadow, 'code'), rules: textsIn(shadow, 'rules') }
}
