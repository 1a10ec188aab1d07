import type { PackSubject } from '../contract/log/pack.ts'
import { tileWidthMax } from '../contract/log/tile.ts'
import type { LogEntry } from '../contract/log-entry.ts'
import { identityIdOf, opensTask } from '../contract/told/about.ts'
import { textIn } from '../contract/told/data.ts'
import type { LogSearch } from './cards/search.ts'
import { answerTo, findMentions } from './cards/write-card.ts'
import { openEntry, type PlacedEntry, readLog } from './read-log.ts'
import type { ProveStore } from './store.ts'

/** Ids that make an entry part of a story. */
interface Cast {
  /** Every entry that names one of these belongs to it. */
  readonly leads: Set<string>
  /** Only entries that are about one of these belong to it: whoever handed the work on. */
  readonly others: Set<string>
}

/** Which entries belong to a story, and what each that was read answers; -1 for none, and for what was not read. */
interface Choice {
  readonly chosen: Uint8Array
  readonly answers: Float64Array
  /** Of each tile, whether it was read. */
  readonly isRead: Uint8Array
}

/** Where a story is looked for. */
export interface StoryParts {
  readonly store: ProveStore
  readonly search: LogSearch
}

/** Gives the chosen entries, in order. */
export async function* readChosen(store: ProveStore, chosen: Uint8Array): AsyncGenerator<PlacedEntry> {
  for (let from = 0; from < chosen.length; from += tileWidthMax) {
    const to = Math.min(from + tileWidthMax, chosen.length)
    if (!chosen.subarray(from, to).includes(1)) continue
    for await (const placed of readLog(store, from, to)) if (chosen[placed.index] === 1) yield placed
  }
}

/**
 * Says for each of the first `size` entries whether it belongs to the story of one identity or task: all that name
 * it or a task of it, what is told of the tasks and identities above it, and whatever those answer or are answered by.
 */
export async function chooseEntries(parts: StoryParts, size: number, subject: PackSubject): Promise<Uint8Array> {
  const cast = await findCast(parts.search, size, subject)
  const choice: Choice = {
    chosen: new Uint8Array(size),
    answers: new Float64Array(size).fill(-1),
    isRead: new Uint8Array(Math.ceil(size / tileWidthMax)),
  }
  const namesLead = findMentions(cast.leads)
  for await (const placed of parts.search.read('named', [...cast.leads, ...cast.others], 0, size)) {
    const entry = take(choice, placed)
    if (cast.others.has(entry.subject.id) || namesLead(placed.text)) choice.chosen[placed.index] = 1
  }
  await chooseAnswered(parts.store, choice)
  await chooseAnswers(parts.search, choice)
  return choice.chosen
}

async function findCast(search: LogSearch, size: number, { id }: PackSubject): Promise<Cast> {
  const cast: Cast = { leads: new Set([id]), others: new Set() }
  const namesIt = findMentions(new Set([id]))
  for await (const placed of search.read('named', [id], 0, size)) {
    if (namesIt(placed.text)) join(cast, id, openEntry(placed))
  }
  return cast
}

function join(cast: Cast, id: string, entry: LogEntry): void {
  // who may act for it, or it for whom: what was asked, said and ended about that. What a question calls one may be anything
  if (entry.subject.kind === 'delegation' && !entry.kind.startsWith('decision.')) cast.others.add(entry.subject.id)
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

function take({ answers, isRead }: Choice, placed: PlacedEntry): LogEntry {
  const entry = openEntry(placed)
  answers[placed.index] = entry.answers ?? -1
  isRead[Math.floor(placed.index / tileWidthMax)] = 1
  return entry
}

/** Chooses what is answered by what is chosen, from the newest on: what is answered may answer another one in turn. */
async function chooseAnswered(store: ProveStore, choice: Choice): Promise<void> {
  const { chosen, answers, isRead } = choice
  for (let tile = isRead.length - 1; tile >= 0; tile--) {
    const [from, to] = [tile * tileWidthMax, Math.min((tile + 1) * tileWidthMax, chosen.length)]
    if (!chosen.subarray(from, to).includes(1)) continue
    if (isRead[tile] === 0) for await (const placed of readLog(store, from, to)) take(choice, placed)
    for (let index = to - 1; index >= from; index--) {
      const answered = answers[index] ?? -1
      if (chosen[index] === 1 && answered >= 0) chosen[answered] = 1
    }
  }
}

/** Chooses what answers what is chosen, and what answers that in turn. */
async function chooseAnswers(search: LogSearch, { chosen }: Choice): Promise<void> {
  let fresh: Iterable<string> = answersToAll(chosen)
  let found: string[]
  do {
    found = []
    for await (const placed of search.read('told', fresh, 0, chosen.length)) {
      if (chosen[placed.index] === 1 || !placed.text.includes('"answers":')) continue
      const { answers } = openEntry(placed)
      if (answers === undefined || chosen[answers] !== 1) continue
      chosen[placed.index] = 1
      found.push(answerTo(placed.index))
    }
    fresh = found
  } while (found.length > 0)
}

/** One at a time: there may be as many as entries. */
function* answersToAll(chosen: Uint8Array): Generator<string> {
  for (let index = chosen.indexOf(1); index >= 0; index = chosen.indexOf(1, index + 1)) yield answerTo(index)
}
