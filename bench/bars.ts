import type { Measured, Run, What } from './measures.ts'

/** What a run is held against: which figure, how it should be, and how it is. */
export interface Bar {
  readonly what: string
  readonly wanted: string
  readonly figure: number
  readonly holds: boolean
}

/** Holds an evaluation against the bare echo and the bare disk of the same run: each bar is a ratio, and none is a time. */
export function findBars({ rows, syncMs }: Run): readonly Bar[] {
  const at = (what: What, connections: number): Measured => {
    const row = rows.find((each) => each.what === what && each.connections === connections)
    if (row === undefined) throw new Error(`${what} was not measured at ${connections} connections.`)
    return row
  }
  const [echo, evaluation] = [at('JSON echo (fastify)', 64), at('evaluation', 64)]
  const [loneEcho, lone] = [at('JSON echo (fastify)', 1), at('evaluation', 1)]
  return [
    atLeast('evaluations a second of echoes, 64 connections', evaluation.perSecond / echo.perSecond, 0.6),
    atMost('p99 of an evaluation in p99 of an echo, 64 connections', evaluation.p99Ms / echo.p99Ms, 4),
    atMost(
      'p50 of an evaluation in one fdatasync, less an echo, 1 connection',
      (lone.p50Ms - loneEcho.p50Ms) / syncMs,
      3,
    ),
  ]
}

/** A figure that is to be no less. */
export function atLeast(what: string, figure: number, bound: number): Bar {
  return { what, wanted: `at least ${bound}`, figure, holds: figure >= bound }
}

/** A figure that is to be no more. */
export function atMost(what: string, figure: number, bound: number): Bar {
  return { what, wanted: `at most ${bound}`, figure, holds: figure <= bound }
}

/** Says each bar in a line, whether it is held or not. */
export function writeBars(bars: readonly Bar[]): readonly string[] {
  return bars.map(
    ({ what, wanted, figure, holds }) => `${holds ? 'held' : 'not held'}: ${what}: ${figure.toFixed(2)}, ${wanted}`,
  )
}
