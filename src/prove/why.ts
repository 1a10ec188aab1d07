import { ENTRY_KINDS, type LogEntry } from '../contract/log-entry.ts'
import { ownDomain } from '../contract/policy.ts'
import { type ToldQuestions, tellQuestions, type Untold } from '../contract/question.ts'
import { identityIdOf, parentIdOf, taskIdOf } from '../contract/told/about.ts'
import type { ToldApproval } from '../contract/told/approval.ts'
import { membersIn, scopeIn, textIn, textsIn } from '../contract/told/data.ts'
import { type Told, tell, tellNothing } from '../contract/told/told.ts'
import { RemitError } from '../ground/errors.ts'
import { explainRules } from './explain-rules.ts'
import { explainLabels, explainStand } from './explain-stand.ts'
import type {
  ExplainedApproval,
  ExplainedIdentity,
  ExplainedLink,
  ExplainedRule,
  ExplainedShadow,
  ExplainedTask,
  Explanation,
} from './explanation.ts'
import type { PackParts } from './pack.ts'
import { mentions, openEntry, type PlacedEntry, readLog } from './read-log.ts'
import type { Known } from './say-about.ts'
import { saySentences } from './say-sentences.ts'
import type { PolicyTexts } from './store.ts'

const answersMax = 100

/** Explains an entry out of the log alone, as of that entry. Reads the log once. Errors: `not_found`. */
export async function explainEntry(parts: Pick<PackParts, 'store' | 'policies'>, index: number): Promise<Explanation> {
  const { size } = await parts.store.readHead()
  const [bytes] =
    Number.isSafeInteger(index) && index >= 0 && index < size ? await parts.store.readEntries(index, index + 1) : []
  if (bytes === undefined) throw new RemitError('not_found', { detail: 'There is no such entry.' })
  const entry = openEntry({ index, text: Buffer.from(bytes).toString('utf8') })
  const story = await readStory(readLog(parts.store, size), index, entry)
  const [rules, asked] = await Promise.all([explainRules(parts.policies, entry), readAsked(parts.policies, entry)])
  const explained = describe(index, entry, { ...story, rules, asked })
  const known = { nameOf: (id: string) => story.told.identities.get(id)?.name, between: story.between }
  return { ...explained, sentences: saySentences(explained, known) }
}

interface Story {
  readonly told: Told
  readonly answers: ExplainedLink | null
  readonly answeredBy: readonly ExplainedLink[]
  readonly between: Known['between']
}

/** All that an explanation is made of. */
interface Material extends Story {
  readonly rules: readonly ExplainedRule[]
  readonly asked: ToldQuestions | Untold
}

/** Reads what came before about the same cast, and what came after as an answer. */
async function readStory(log: AsyncIterable<PlacedEntry>, index: number, entry: LogEntry): Promise<Story> {
  const told = tellNothing()
  const cast = castOf(entry)
  const answeredBy: ExplainedLink[] = []
  let answers: ExplainedLink | null = null
  let between: Known['between'] = null
  for await (const placed of log) {
    const isAnswer = placed.index > index && placed.text.includes(`"answers":${index},`)
    const isBefore = placed.index <= index && (placed.index === entry.answers || mentions(placed.text, cast))
    if (!isAnswer && !isBefore) continue
    const other = openEntry(placed)
    if (placed.index === entry.answers) answers = linkTo(placed.index, other)
    if (isBefore) tell(told, placed.index, other)
    if (isBefore && other.subject.id === entry.subject.id) between = betweenIn(other) ?? between
    if (isAnswer && other.answers === index && answeredBy.length < answersMax)
      answeredBy.push(linkTo(placed.index, other))
  }
  return { told, answers, answeredBy, between }
}

/** What is said and voted about a grant does not name again who may act for whom. */
function betweenIn({ subject, data }: LogEntry): Known['between'] {
  const [from, to] = [textIn(data, 'from'), textIn(data, 'to')]
  return subject.kind === 'delegation' && from !== null && to !== null ? { from, to } : null
}

/** The ids of everything that an entry stands on. */
function castOf(entry: LogEntry): ReadonlySet<string> {
  const hops = (entry.actor.chain ?? []).flatMap((link) => [link.identityId, link.taskId])
  const named = [identityIdOf(entry), taskIdOf(entry), parentIdOf(entry), textIn(entry.data, 'approvalId')]
  const { from = null, to = null } = betweenIn(entry) ?? {}
  const between = [from, to].filter((id) => id?.startsWith('idn_')) // people have no names here to be found
  const acting = entry.actor.kind === 'identity' ? entry.actor.id : null
  return new Set([...named, ...hops, acting, entry.subject.id, ...between].filter((id) => id !== null))
}

function describe(
  index: number,
  entry: LogEntry,
  { told, answers, answeredBy, rules, asked }: Material,
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
