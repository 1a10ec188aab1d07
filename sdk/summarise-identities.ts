import type { ToldApproval } from '../src/contract/told/approval.ts'
import type { ToldAnswers, ToldAsked } from '../src/contract/told/asked.ts'
import type { ToldIdentity } from '../src/contract/told/identity.ts'
import type { Told, ToldTask } from '../src/contract/told/told.ts'

/** One task, as the pack tells it. Times in epoch milliseconds. */
export interface TaskSummary {
  readonly taskId: string
  readonly goal: string
  readonly purpose: string
  readonly parentId: string | null
  readonly openedMs: number
  readonly endsMs: number | null
  readonly ended: { readonly atMs: number; readonly because: string } | null
}

/** Answers to questions what may be done (AuthZEN); `acts` are those permits that count as acts, by what their asker is entitled to. */
export interface AnswerCounts {
  readonly permits: number
  readonly denials: number
  readonly acts: number
}

/** What one asker was answered about an identity. `name` is that of an identity that the pack tells of; people have none in it. */
export interface AskerSummary extends AnswerCounts {
  readonly kind: string
  readonly id: string
  readonly name: string | null
}

/** Who an identity is, why it exists, who said yes, what it did, and until when. */
export interface IdentitySummary {
  readonly identityId: string
  readonly name: string
  readonly state: string
  readonly tier: string | null
  readonly owner: string | null
  readonly sponsor: string | null
  readonly purpose: string | null
  readonly activatedMs: number | null
  /** Everyone who approved it, one of its tasks, or a call in one. */
  readonly approvedBy: readonly {
    readonly personId: string
    readonly seat: string
    readonly atMs: number
    readonly entry: number
  }[]
  /** Of what it asked for itself: tasks, credentials, parts of tasks for others, calls through the gateway, leave to ask about others. */
  readonly permits: number
  readonly denials: number
  /**
   * What was asked about it, none of which is counted above: by enforcement points, by people, and by itself. Only of the `acts` does
   * the record say that they were let happen; a denial is an act that was stopped only if whoever asked stops what is denied.
   */
  readonly questions: AnswerCounts & {
    /** Who asked, those first who asked most; the first 100. */
    readonly by: readonly AskerSummary[]
    readonly askersTotal: number
  }
  /** What it asked itself about others, as an enforcement point does, and about what is no identity here. */
  readonly asks: AnswerCounts
  readonly credentials: number
  /** When the last of its tasks ends, or ended. */
  readonly untilMs: number | null
  /** The latest 100. */
  readonly tasks: readonly TaskSummary[]
  readonly tasksTotal: number
}

const tasksMax = 100
const askersMax = 100

/** Gives what entries have told of each identity, by name. */
export function summariseIdentities(told: Told): readonly IdentitySummary[] {
  const tasksOf = Map.groupBy(told.tasks.values(), (task) => task.identityId)
  const approvalsOf = Map.groupBy(told.approvals.values(), (approval) => approval.subjectId)
  const asksOf = countAsks(told.asked)
  return [...told.identities.values()]
    .map((identity) => {
      const tasks = tasksOf.get(identity.id) ?? []
      const about = [identity.id, ...tasks.map((task) => task.id)]
      const approvals = about.flatMap((id) => approvalsOf.get(id) ?? [])
      const asks = asksOf.get(identity.id) ?? NOTHING
      return { ...summarise(identity, tasks, approvals), questions: summariseQuestions(told, identity.id), asks }
    })
    .sort((x, y) => (x.name < y.name ? -1 : 1))
}

function summarise(
  identity: ToldIdentity,
  tasks: readonly ToldTask[],
  approvals: readonly ToldApproval[],
): Omit<IdentitySummary, 'questions' | 'asks'> {
  const { id, name, state, tier, owner, sponsor, purpose, activatedMs, permits, denials, credentials } = identity
  const yes = approvals.flatMap((approval) => approval.votes).filter((vote) => vote.verdict === 'approve')
  const ends = tasks.map((task) => task.ended?.atMs ?? task.endsMs).filter((atMs) => Number.isFinite(atMs))
  return {
    identityId: id,
    // a part of a log may tell of its tasks, and not of the entry that named it
    name: name === '' ? (tasks.at(-1)?.chain.at(-1)?.name ?? '') : name,
    state,
    tier,
    owner,
    sponsor,
    purpose,
    activatedMs,
    permits,
    denials,
    credentials,
    approvedBy: yes.map(({ personId, seat, atMs, entry }) => ({ personId, seat, atMs, entry })),
    untilMs: ends.reduce<number | null>((last, atMs) => Math.max(last ?? atMs, atMs), null),
    tasks: tasks.slice(-tasksMax).map(summariseTask),
    tasksTotal: tasks.length,
  }
}

const NOTHING: AnswerCounts = { permits: 0, denials: 0, acts: 0 }

function add(x: AnswerCounts, y: AnswerCounts): AnswerCounts {
  return { permits: x.permits + y.permits, denials: x.denials + y.denials, acts: x.acts + y.acts }
}

function summariseQuestions({ asked, identities }: Told, id: string): IdentitySummary['questions'] {
  const answers = [...(asked.get(id)?.values() ?? [])]
  const most = answers.toSorted((x, y) => y.permits + y.denials - (x.permits + x.denials))
  const by = most.slice(0, askersMax).map(({ by: asker, permits, denials, acts }: ToldAnswers): AskerSummary => {
    const name = asker.kind === 'identity' ? identities.get(asker.id)?.name : undefined
    return { ...asker, name: name === undefined || name === '' ? null : name, permits, denials, acts }
  })
  return { ...answers.reduce(add, NOTHING), by, askersTotal: answers.length }
}

/** Gives by asker what identities asked about others than themselves. */
function countAsks(asked: ToldAsked): ReadonlyMap<string, AnswerCounts> {
  const asks = new Map<string, AnswerCounts>()
  for (const [about, answers] of asked) {
    for (const { by, ...counts } of answers.values()) {
      if (by.kind === 'identity' && by.id !== about) asks.set(by.id, add(asks.get(by.id) ?? NOTHING, counts))
    }
  }
  return asks
}

function summariseTask({ id, goal, purpose, parentId, atMs, endsMs, ended }: ToldTask): TaskSummary {
  return {
    taskId: id,
    goal,
    purpose,
    parentId,
    openedMs: atMs,
    endsMs: Number.isFinite(endsMs) ? endsMs : null,
    ended: ended === null ? null : { atMs: ended.atMs, because: ended.because },
  }
}
