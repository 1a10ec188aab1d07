import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listFiles, ROOT } from '../read-tree.ts'
import { createHand, type Hand } from './hand.ts'
import { instrument, type Mutant } from './instrument.ts'
import { digestFiles, type Found, type Known, keyOf, readKept, writeKept } from './kept.ts'
import { planTrial } from './plan.ts'
import type { Tried } from './report.ts'
import type { Suite } from './suites.ts'
import type { Job } from './worker/main.ts'
import type { Surveyed } from './worker/stage.ts'

/** So often what is known by then is kept. */
const keepEvery = 100

/** Called as the work goes on. */
type Tell = (done: number, all: number) => void

/**
 * Tries every change of the files of a suite of which it is not known what became of it, and gives what became of all.
 * Throws where a test fails without any change.
 */
export async function trySuite(suite: Suite, workers: number, tell: Tell = () => {}): Promise<readonly Tried[]> {
  const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
  const { mutants, texts } = await instrument(Object.fromEntries(suite.files.map((file) => [file, read(file)])))
  const kept = readKept(suite)
  const unknown = mutants.filter((each) => kept.found[keyOf(each)] === undefined)
  if (unknown.length > 0) await tryAll(unknown, { suite, kept, workers, tell, job: { texts, runs: suite.runs } })
  return mutants.map((each) => ({ ...each, status: kept.found[keyOf(each)]?.status ?? 'NoCoverage' }))
}

interface Work {
  readonly suite: Suite
  readonly kept: Known
  readonly workers: number
  readonly tell: Tell
  readonly job: Job
}

async function tryAll(mutants: readonly Mutant[], { suite, kept, workers, tell, job }: Work): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'remit-mutation-'))
  const path = join(folder, 'job.json')
  writeFileSync(path, JSON.stringify(job))
  const hands = Array.from({ length: workers }, () => createHand(path))
  try {
    const [first] = hands
    if (first === undefined) throw new Error('Nobody is there to work.')
    const { surveyed, loaded } = await first.survey(suite.judges)
    kept.rests = digestFiles([...loaded, ...listFiles(['policies'], /\.cedar/)])
    const noticing = countNoticed(kept)
    let done = 0
    const todo = mutants.values()
    const work = async (hand: Hand): Promise<void> => {
      for (const mutant of todo) {
        const found = await becomeOf(mutant, { surveyed, hand, kept, noticing })
        kept.found[keyOf(mutant)] = found
        noticing.note(mutant.file, found.by)
        done += 1
        if (done % keepEvery === 0) writeKept(suite, kept)
        if (done % keepEvery === 0) tell(done, mutants.length)
      }
    }
    await Promise.all(hands.map(work))
  } finally {
    for (const hand of hands) hand.end()
    writeKept(suite, kept)
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Means {
  readonly surveyed: readonly Surveyed[]
  readonly hand: Hand
  readonly kept: Known
  readonly noticing: Noticing
}

/** How many changes of a file each test file has noticed: what was noticed there before is most likely noticed there again. */
interface Noticing {
  readonly note: (file: string, by: string | undefined) => void
  readonly count: (file: string, by: string) => number
}

function countNoticed({ found }: Known): Noticing {
  const counts = new Map<string, number>()
  const note: Noticing['note'] = (file, by) => {
    if (by !== undefined) counts.set(`${file} ${by}`, (counts.get(`${file} ${by}`) ?? 0) + 1)
  }
  for (const [key, { by }] of Object.entries(found)) note(key.slice(0, key.indexOf(':')), by)
  return { note, count: (file, by) => counts.get(`${file} ${by}`) ?? 0 }
}

/** What no test noticed earlier is tried by the fresh ones alone, and stays what it was where they notice nothing. */
async function becomeOf(mutant: Mutant, { surveyed, hand, kept, noticing }: Means): Promise<Found> {
  const before = kept.missed[keyOf(mutant)]
  const judges = before === undefined ? surveyed : surveyed.filter(({ file }) => kept.fresh.includes(file))
  const trial = planTrial(mutant.id, judges, (by) => noticing.count(mutant.file, by))
  if (trial === undefined) return before ?? { status: 'NoCoverage' }
  const found = await hand.try(trial)
  return found.status === 'Survived' && before?.status === 'RuntimeError' ? before : found
}
