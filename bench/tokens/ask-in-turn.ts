import { tryLoad } from '../apply-load.ts'
import { findMedian } from '../find-median.ts'
import { type Loaded, SPARE_BODIES_PER_CONNECTION } from '../load-job.ts'
import type { WriteRequests } from './write-requests.ts'

/** How long each load lasts, and how often each server is asked before it is measured, and while it is. */
export interface Pace {
  readonly seconds: number
  readonly warmingTurns: number
  readonly measuredTurns: number
}

export const CONNECTIONS = 50
const PILOT_REQUESTS = 200
/** A guess of how many requests fill the time may be too low by so many doublings. */
const DOUBLINGS_MAX = 6

/**
 * Asks several servers in turn, again and again, and gives the median load of each: what slows the machine for a while slows
 * all of them. Each request spends what it shows, so as many are made before as fill the time. The first turns are not
 * counted: a server that has only just started is still being compiled, the longer the more there is of it. Throws where the
 * requests ended long before the time, however many there were.
 */
export async function askInTurn<Server extends string>(
  servers: Readonly<Record<Server, WriteRequests>>,
  pace: Pace,
): Promise<Readonly<Record<Server, Loaded>>> {
  const asked = Object.entries<WriteRequests>(servers).map(([name, write]) => {
    return { name, fill: createFiller(write, pace), measured: [] as Loaded[] }
  })
  for (let turn = 0; turn < pace.warmingTurns; turn += 1) for (const { fill } of asked) await fill()
  for (let turn = 0; turn < pace.measuredTurns; turn += 1)
    for (const { fill, measured } of asked) measured.push(await fill())
  return Object.fromEntries(asked.map(({ name, measured }) => [name, findMedian(measured)])) as Record<Server, Loaded>
}

/** Makes what applies one load that fills the time, as far as the ones before it tell how many requests do. */
function createFiller(write: WriteRequests, { seconds }: Pace): () => Promise<Loaded> {
  let perSecond = 0
  return async () => {
    for (let doublings = 0; doublings <= DOUBLINGS_MAX; doublings += 1) {
      const count = Math.max(Math.ceil(perSecond * seconds), PILOT_REQUESTS)
      const requests = await write(count + CONNECTIONS * SPARE_BODIES_PER_CONNECTION)
      const loaded = await tryLoad({ ...requests, connections: CONNECTIONS, warmSeconds: 0, seconds: 0 })
      perSecond = loaded.perSecond
      if (loaded.tookSeconds >= seconds / 2) return loaded
    }
    throw new Error(`The requests ended before ${seconds / 2} s were measured, however many there were.`)
  }
}
