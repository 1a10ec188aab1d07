import { systemActor } from '../../authenticate/actor.ts'
import type { KeySourceStatus } from '../../authenticate/assertion/key-source.ts'
import { type Fact, insert, update } from '../../contract/change.ts'
import type { JsonObject } from '../../contract/log-entry.ts'
import type { HeldKey, WatchedSource, WatchTold } from '../../contract/register/trust-bundle.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { House } from '../house.ts'

/** What is remembered of a source between two looks. */
interface Watched {
  readonly held: readonly HeldKey[]
  readonly unreachableSinceMs: number | null
  /** What was written down and still holds: it is not written again. */
  readonly isTold: WatchTold
}

/** What is to be written down of a source. */
interface Happening {
  readonly kind: 'issuer.watched' | 'issuer.changed'
  readonly data: JsonObject
}

/** The eye on those who vouch for workloads. */
export interface IssuerWatch {
  /** Looks at every issuer and trust domain, and writes down what has changed. */
  readonly look: () => Promise<void>
  /** How many could not be read when they were looked at last. */
  readonly unreachable: () => number
}

/**
 * Makes the watch. It writes down another set of keys or authorities, a source that has been unreachable for `LIMITS.watchUnreachableMs`
 * and its return, and a clock that is off by more than `LIMITS.clockSkewSeconds` or right again: each once for as long as it
 * holds, over a restart too. Keys that it sees first are no change, and stand in an entry of their own.
 */
export function watchIssuers(house: Pick<House, 'authenticate' | 'log' | 'clock'>): IssuerWatch {
  const watched = new Map<string, Watched>()
  let unreachable = 0
  const look = async (): Promise<void> => {
    const sources = await house.authenticate.checkSources()
    unreachable = sources.filter(({ problem }) => problem !== null).length
    for (const source of sources) {
      const { name } = source
      const before = watched.get(name) ?? (await recall(house, name))
      const { next, happenings } = compare(before, source, house.clock.monotonicMs())
      const row = { name, held: next.held, isTold: next.isTold }
      for (const happening of happenings) await house.log.record(await tell(house, row, happening))
      watched.set(name, next) // after it is written: what could not be is written at the next look
    }
  }
  return { look, unreachable: () => unreachable }
}

async function recall({ authenticate }: Pick<House, 'authenticate'>, name: string): Promise<Watched | undefined> {
  const row = await authenticate.watchedSource(name)
  return row === undefined ? undefined : { held: row.held, unreachableSinceMs: null, isTold: row.isTold }
}

async function tell(
  { authenticate }: Pick<House, 'authenticate'>,
  row: WatchedSource,
  { kind, data }: Happening,
): Promise<Fact> {
  const kept = await authenticate.watchedSource(row.name)
  const subject = { kind: 'issuer', id: row.name }
  return {
    entry: { kind, actor: systemActor, subject, data: { issuer: row.name, ...data } },
    changes: [kept === undefined ? insert('watched_sources', row) : update('watched_sources', kept, row)],
  }
}

function compare(
  before: Watched | undefined,
  { held, problem, skewMs }: KeySourceStatus,
  nowMs: number,
): { readonly next: Watched; readonly happenings: readonly Happening[] } {
  const told = before?.isTold ?? { unreachable: false, clock: false }
  const sinceMs = problem === null ? null : (before?.unreachableSinceMs ?? nowMs)
  const isGone = sinceMs !== null && nowMs - sinceMs >= LIMITS.watchUnreachableMs
  const isOff = skewMs === null ? told.clock : isClockOff(skewMs)
  const known = before?.held ?? []
  const [added, removed] = [without(held, known), without(known, held)]
  const hasOtherKeys = problem === null && added.length + removed.length > 0
  const changes: readonly JsonObject[] = [
    ...(hasOtherKeys && known.length > 0 ? [{ change: 'keys', added: few(added), removed: few(removed) }] : []),
    ...(isGone && !told.unreachable ? [{ change: 'unreachable', because: problem ?? '' }] : []),
    ...(problem === null && told.unreachable ? [{ change: 'reachable' }] : []),
    ...(isOff !== told.clock ? [{ change: 'clock', skewMs: skewMs ?? 0 }] : []),
  ]
  return {
    next: {
      held: problem === null ? held : known,
      unreachableSinceMs: sinceMs,
      isTold: { unreachable: problem !== null && (told.unreachable || isGone), clock: isOff },
    },
    happenings: [
      ...(hasOtherKeys && known.length === 0
        ? [{ kind: 'issuer.watched', data: { keys: few(held.map(({ id }) => id)) } } as const]
        : []),
      ...changes.map((data) => ({ kind: 'issuer.changed', data }) as const),
    ],
  }
}

/** Names those that are not among the others: another key under the same name is another one, and so is the same under another. */
function without(keys: readonly HeldKey[], others: readonly HeldKey[]): readonly string[] {
  const markOf = ({ id, thumbprint }: HeldKey): string => `${thumbprint} ${id}`
  const known = new Set(others.map(markOf))
  return keys.filter((key) => !known.has(markOf(key))).map(({ id }) => id)
}

/** True where the clock of a source is further from ours than assertions are allowed to be. */
export function isClockOff(skewMs: number | null): boolean {
  return Math.abs(skewMs ?? 0) > LIMITS.clockSkewSeconds * 1000
}

/** An issuer names its keys as it likes, and as many as it likes. */
function few(ids: readonly string[]): readonly string[] {
  return ids.slice(0, LIMITS.watchedKeysMax)
}
