import type { ToldApproval } from '../src/contract/told/approval.ts'
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
  readonly permits: number
  readonly denials: number
  readonly credentials: number
  /** When the last of its tasks ends, or ended. */
  readonly untilMs: number | null
  /** The latest 100. */
  readonly tasks: readonly TaskSummary[]
  readonly tasksTotal: number
}

const tasksMax = 100

/** Gives what entries have told of each identity, by name. */
export function summariseIdentities(told: Told): readonly IdentitySummary[] {
  const tasksOf = Map.groupBy(told.tasks.values(), (task) => task.identityId)
  const approvalsOf = Map.groupBy(told.approvals.values(), (approval) => approval.subjectId)
  return [...told.identities.values()]
    .map((identity) => {
      const tasks = tasksOf.get(identity.id) ?? []
      const about = [identity.id, ...tasks.map((task) => task.id)]
      return summarise(
        identity,
        tasks,
        about.flatMap((id) => approvalsOf.get(id) ?? []),
      )
    })
    .sort((x, y) => (x.name < y.name ? -1 : 1))
}

function summarise(
  identity: ToldIdentity,
  tasks: readonly ToldTask[],
  approvals: readonly ToldApproval[],
): IdentitySummary {
  const { id, name, state, tier, owner, sponsor, purpose, activatedMs, permits, denials, credentials } = identity
  const yes = approvals.flatMap((approval) => approval.votes).filter((vote) => vote.verdict === 'approve')
  const ends = tasks.map((task) => task.ended?.atMs ?? task.endsMs).filter((atMs) => Number.isFinite(atMs))
  return {
    identityId: id,
    name,
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
