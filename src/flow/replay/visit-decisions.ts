import type { LogEntry } from '../../contract/log-entry.ts'
import { ownDomain } from '../../contract/policy.ts'
import { membersIn, textIn } from '../../contract/told/data.ts'
import { beginTurn } from '../../ground/in-turns.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { House } from '../house.ts'

/** Which part of the log: from a time on, until before another one, and where an earlier request left off. */
export interface Span {
  readonly sinceMs: number
  readonly untilMs: number | null
  readonly from: number | null
  /** Whose decisions; without it those of Remit itself. */
  readonly domain?: string
}

/** What was looked at; `next` is the `from` of the next request, null at the end. */
export interface Visited {
  readonly from: number
  /** The index behind the last that was looked at. */
  readonly to: number
  readonly next: number | null
}

/**
 * Visits the decisions of one domain in a part of the log, in order, at most `replayEntriesMax` entries a request, and lets
 * others have their turn.
 */
export async function visitDecisions(
  { log }: Pick<House, 'log'>,
  { sinceMs, untilMs, from: given, domain = ownDomain }: Span,
  visit: (index: number, entry: LogEntry) => Promise<void> | void,
): Promise<Visited> {
  const { size } = log.head()
  const from = Math.min(given ?? (await findFirst(log, sinceMs, size)), size)
  const end = Math.min(from + LIMITS.replayEntriesMax, size)
  const turn = beginTurn()
  for (let at = from; at < end; at += LIMITS.replaySliceEntries) {
    for (const { index, entry } of await log.entriesBetween(at, Math.min(at + LIMITS.replaySliceEntries, end))) {
      if (untilMs !== null && entry.atMs >= untilMs) return { from, to: index, next: null }
      if (isDecisionOf(domain, entry)) await visit(index, entry)
      if (turn.isOver()) await turn.next()
    }
  }
  return { from, to: end, next: end < size ? end : null }
}

/** True where the policies of a domain have decided something since then; false too where too much else was written in between. */
export async function hasDecisionSince(
  house: Pick<House, 'log'>,
  sinceMs: number,
  domain = ownDomain,
): Promise<boolean> {
  let has = false
  await visitDecisions(house, { sinceMs, untilMs: null, from: null, domain }, (_, { data }) => {
    has ||= data['questions'] !== undefined
  })
  return has
}

/** Decisions of a domain of another application name it. */
function isDecisionOf(domain: string, { kind, data }: LogEntry): boolean {
  const named = data['domain'] === undefined ? ownDomain : textIn(membersIn(data, 'domain'), 'name')
  return (kind === 'decision.permit' || kind === 'decision.denial') && named === domain
}

/** Gives the first entry of this time or later: in a log time never goes back. */
async function findFirst(log: House['log'], atMs: number, size: number): Promise<number> {
  let [low, high] = [0, size]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((await log.entry(middle)).atMs < atMs) low = middle + 1
    else high = middle
  }
  return low
}
