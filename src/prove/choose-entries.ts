import type { PackSubject } from '../contract/log/pack.ts'
import type { LogEntry } from '../contract/log-entry.ts'
import { identityIdOf, opensTask } from '../contract/told/about.ts'
import { textIn } from '../contract/told/data.ts'
import { mentions, openEntry, readLog } from './read-log.ts'
import type { ProveStore } from './store.ts'

/** Ids that make an entry part of a story. */
interface Cast {
  /** Every entry that names one of these belongs to it. */
  readonly leads: Set<string>
  /** Only entries that are about one of these belong to it: whoever handed the work on. */
  readonly others: Set<string>
}

/**
 * Says for each of the first `size` entries whether it belongs to the story of one identity or task: all that name
 * it or a task of it, what is told of the tasks and identities above it, and whatever those answer or are answered by.
 */
export async function chooseEntries(
  store: ProveStore,
  size: number,
  subject: PackSubject,
): Promise<(index: number) => boolean> {
  const cast = await findCast(store, size, subject)
  const chosen = new Uint8Array(size)
  const answers = new Float64Array(size).fill(-1)
  for await (const placed of readLog(store, size)) {
    const entry = openEntry(placed)
    answers[placed.index] = entry.answers ?? -1
    if (cast.others.has(entry.subject.id) || mentions(placed.text, cast.leads)) chosen[placed.index] = 1
  }
  const answered = (index: number): number => answers[index] ?? -1
  for (let index = size - 1; index >= 0; index--) {
    if (chosen[index] === 1 && answered(index) >= 0) chosen[answered(index)] = 1
  }
  for (let index = 0; index < size; index++) {
    if (answered(index) >= 0 && chosen[answered(index)] === 1) chosen[index] = 1
  }
  return (index) => chosen[index] === 1
}

async function findCast(store: ProveStore, size: number, { id }: PackSubject): Promise<Cast> {
  const cast: Cast = { leads: new Set([id]), others: new Set() }
  for await (const placed of readLog(store, size)) {
    if (mentions(placed.text, [id])) join(cast, id, openEntry(placed))
  }
  return cast
}

function join(cast: Cast, id: string, entry: LogEntry): void {
  // who may act for it, or it for whom: what was asked, said and ended about that
  if (entry.subject.kind === 'delegation') cast.others.add(entry.subject.id)
  if (!opensTask(entry)) return
  const taskId = textIn(entry.data, 'taskId') ?? entry.subject.id
  const identityId = identityIdOf(entry) ?? ''
  if (taskId !== id && identityId !== id) return
  cast.leads.add(taskId)
  const grantId = textIn(entry.data, 'grantId')
  if (grantId !== null) cast.others.add(grantId)
  for (const link of entry.actor.chain ?? []) cast.others.add(link.taskId).add(link.identityId)
  if (identityId !== '') cast.others.add(identityId)
}
