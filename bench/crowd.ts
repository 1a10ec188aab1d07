import { applyLoad } from './apply-load.ts'
import { atLeast, atMost, type Bar, writeBars } from './bars.ts'
import { findMedian } from './find-median.ts'
import { type Crowd, gatherCrowd } from './gather-crowd.ts'
import { type Loaded, SPARE_BODIES_PER_CONNECTION } from './load-job.ts'
import { evaluateUnderLoad, WARMING_TIMES } from './measures.ts'
import { readSeconds, runBench } from './run-bench.ts'
import { type Stage, setStage } from './stage.ts'

/** How a server fares with a crowd: its speed for one agent, and its memory once every open task was asked about. */
export interface MeasuredCrowd extends Crowd {
  readonly perSecond: number
  readonly p99Ms: number
  readonly residentMiB: number
}

const CONNECTIONS = 64
const TURNS = 5

/** The sizes that are compared: a house of a team, and one of a large organisation. */
const CROWDS: readonly Crowd[] = [
  { identities: 1_000, entitlementsEach: 10, tasks: 1_000 },
  { identities: 100_000, entitlementsEach: 10, tasks: 10_000 },
]

/** The house of one crowd, and how it fared each time that it was asked. */
interface House {
  readonly crowd: Crowd
  readonly stage: Stage
  readonly loads: Loaded[]
}

/**
 * Measures each crowd in a house of its own: all are asked in turn, so often, and the median counts, as what slows the machine for a
 * while slows all of them.
 */
export async function measureCrowds(
  crowds: readonly Crowd[],
  { seconds, turns }: { readonly seconds: number; readonly turns: number },
): Promise<readonly MeasuredCrowd[]> {
  const houses: House[] = []
  try {
    for (const crowd of crowds) {
      const stage = await setStage()
      houses.push({ crowd, stage, loads: [] })
      const taskIds = await stage.pause((configFile) => gatherCrowd(configFile, stage.baseUrl, crowd))
      await askAboutEach(stage, taskIds)
      // a smaller crowd has been asked about less: without this its server would be measured before it is compiled
      await evaluateUnderLoad(stage, CONNECTIONS, { warmSeconds: 0, seconds: WARMING_TIMES * seconds })
    }
    for (let turn = 0; turn < turns; turn += 1)
      for (const { stage, loads } of houses)
        loads.push(await evaluateUnderLoad(stage, CONNECTIONS, { warmSeconds: 0, seconds }))
    return await Promise.all(houses.map(describe))
  } finally {
    for (const { stage } of houses) await stage.strike()
  }
}

async function describe({ crowd, stage, loads }: House): Promise<MeasuredCrowd> {
  const { perSecond, p99Ms } = findMedian(loads)
  return { ...crowd, perSecond, p99Ms, residentMiB: await readResidentMiB(stage) }
}

/** A person asks about every open task once, so that memory holds what it would hold of each. */
async function askAboutEach({ baseUrl, session }: Stage, taskIds: readonly string[]): Promise<void> {
  const spare = CONNECTIONS * SPARE_BODIES_PER_CONNECTION // the generator writes some that it never sends
  const bodies = Array.from({ length: taskIds.length + spare }, (_, at) =>
    JSON.stringify({
      subject: { type: 'task', id: taskIds[at % taskIds.length] },
      action: { name: 'bench/read_note' },
      resource: { type: 'note', id: 'one' },
    }),
  )
  await applyLoad({
    url: `${baseUrl}/access/v1/evaluation`,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${session}` },
    bodies,
    connections: CONNECTIONS,
    warmSeconds: 0,
    seconds: 0,
    expects: '"decision":true',
  })
}

async function readResidentMiB({ baseUrl }: Stage): Promise<number> {
  const text = await (await fetch(`${baseUrl}/metrics`)).text()
  const bytes = /^process_resident_memory_bytes (\d+)$/m.exec(text)?.[1]
  if (bytes === undefined) throw new Error('The server does not say how much memory it has.')
  return Number(bytes) / 1024 ** 2
}

/** Gives the rows as text, each beside the smallest crowd. */
export function writeCrowdReport(rows: readonly MeasuredCrowd[]): readonly string[] {
  const smallest = rows[0]?.perSecond ?? 1
  return rows.map(({ identities, entitlementsEach, tasks, perSecond, p99Ms, residentMiB }) => {
    const rate = `${Math.round(perSecond)} evaluations/s at ${CONNECTIONS} connections (p99 ${p99Ms.toFixed(1)} ms)`
    const beside = `${(perSecond / smallest).toFixed(2)} times the smallest crowd`
    return `${identities} identities with ${entitlementsEach} entitlements each, ${tasks} open tasks: ${rate}, ${beside}, ${residentMiB.toFixed(0)} MiB`
  })
}

/** Holds the largest crowd against the smallest, and its memory against what a server may take. */
export function findCrowdBars(rows: readonly MeasuredCrowd[]): readonly Bar[] {
  const [smallest, largest] = [rows.at(0), rows.at(-1)]
  if (smallest === undefined || largest === undefined) return []
  return [
    atLeast(
      'evaluations a second among the largest crowd, of those among the smallest',
      largest.perSecond / smallest.perSecond,
      0.9,
    ),
    atMost('MiB of memory among the largest crowd', largest.residentMiB, 1536),
  ]
}

async function measure(seconds: number): Promise<void> {
  const rows = await measureCrowds(CROWDS, { seconds, turns: TURNS })
  process.stdout.write(`${[...writeCrowdReport(rows), '', ...writeBars(findCrowdBars(rows))].join('\n')}\n`)
}

if (import.meta.main) await runBench('bench:crowd', readSeconds, measure)
