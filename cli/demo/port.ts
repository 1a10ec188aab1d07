import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** No system gives these out by itself: one that is free stays so until somebody asks for just that one. */
const QUIET = { from: 15_360, to: 32_000 }
const QUIET_TRIES = 20
/** Processes that look at the same moment look apart from each other: one that was found is not listened at yet. */
const LANES = 64
/** What this process was given; it may not listen there yet either. */
const given = new Set<number>()

/** Gives `wanted` where it is free on this machine, else one that is, and is likely to stay so; 0 wants any. */
export async function findPort(wanted: number): Promise<number> {
  const quiet = Array.from({ length: QUIET_TRIES }, drawQuiet).filter((port) => !given.has(port))
  for (const port of wanted === 0 ? quiet : [wanted, ...quiet]) {
    if (!(await isFree(port))) continue
    given.add(port)
    return port
  }
  throw new Error(`None of ${QUIET_TRIES} ports between ${QUIET.from} and ${QUIET.to} is free.`)
}

function drawQuiet(): number {
  return randomInt(QUIET.from / LANES, QUIET.to / LANES) * LANES + (process.pid % LANES)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false)
      else reject(error)
    })
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}
