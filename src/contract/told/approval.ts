import type { JsonObject } from '../log-entry.ts'

/** A person's word, as an entry tells it. */
export interface ToldVote {
  readonly entry: number
  readonly atMs: number
  readonly personId: string
  readonly seat: string
  readonly verdict: string
  readonly reason: string
}

/** What entries have told of one approval. Its lists grow in place: copied for each vote, many votes would cost their square. */
export interface ToldApproval {
  readonly id: string
  readonly subjectId: string
  /** What it is a yes to: an identity, another proof of one, a task, or one call. */
  readonly of: string
  /** The binding in whose place that other proof is put; null of any other yes, and where no question told it. */
  readonly replacesId: string | null
  readonly requestedBy: Set<string>
  readonly votes: ToldVote[]
  readonly voters: Set<string>
  readonly state: string
  readonly uses: number
  readonly usesMax: number
  /** When a yes ends; null where no vote told it. */
  readonly untilMs: number | null
  /** What the yes was to, as the vote says; empty for exactly what was asked. */
  readonly envelope: JsonObject
}

/** Takes in what an entry tells of an approval. */
export function tellApproval(
  approvals: Map<string, ToldApproval>,
  id: string | null,
  more: (known: ToldApproval) => Partial<ToldApproval>,
): void {
  if (id === null) return
  const known = approvals.get(id) ?? {
    id,
    subjectId: '',
    of: '',
    replacesId: null,
    requestedBy: new Set(),
    votes: [],
    voters: new Set(),
    state: 'pending',
    uses: 0,
    usesMax: 1,
    untilMs: null,
    envelope: {},
  }
  approvals.set(id, { ...known, ...more(known) })
}

/** Adds a vote in place. */
export function addVote({ votes, voters }: ToldApproval, vote: ToldVote): ToldVote[] {
  votes.push(vote)
  voters.add(vote.personId)
  return votes
}

/** Adds to a set in place. */
export function addAll(known: Set<string>, more: readonly string[]): Set<string> {
  for (const each of more) known.add(each)
  return known
}
