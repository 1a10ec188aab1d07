import type { Decision, DecisionKind } from '../../contract/decision.ts'
import type { Clock } from '../../ground/clock.ts'
import { countAll, findWithin, type Histogram } from '../../ground/histogram.ts'
import type { Metrics } from '../../ground/metrics.ts'

/** How long decisions take, from the question to the durable record of the answer: whoever runs the house sees what it costs. */
export interface DecisionTimes {
  /** Gives when a question begins to be judged, for `add`. */
  begin(): number
  /** Counts what was decided of it, once that is on disk. */
  add(decision: Pick<Decision, 'kind' | 'outcome'>, beganMs: number): void
  /** Says for the doctor how long they took since the start, and how long commits did. */
  say(): string
}

/** Makes it. Every kind is told from the start, as none. */
export function createDecisionTimes(
  metrics: Pick<Metrics, 'histogram'>,
  clock: Pick<Clock, 'monotonicMs'>,
): DecisionTimes {
  const of = (kind: DecisionKind): Readonly<Record<Decision['outcome'], Histogram>> => {
    const ending = (outcome: Decision['outcome']): Histogram =>
      metrics.histogram('remit_decision_seconds', { kind, outcome })
    return { permit: ending('permit'), denial: ending('denial') }
  }
  const times = {
    task: of('task'),
    delegation: of('delegation'),
    token: of('token'),
    call: of('call'),
    evaluation: of('evaluation'),
  }
  const commits = metrics.histogram('remit_commit_seconds', {})
  return {
    begin: () => clock.monotonicMs(),
    add: ({ kind, outcome }, beganMs) => times[kind][outcome].add(clock.monotonicMs() - beganMs),
    say: () => {
      const all = Object.values(times).flatMap((both) => Object.values(both))
      const count = countAll(all)
      if (count === 0) return 'Nothing has been decided since the start.'
      return `Of ${count} ${count === 1 ? 'decision' : 'decisions'} since the start ${saySpread(all)}, with the entry on disk; of the commits ${saySpread([commits])}.`
    },
  }
}

function saySpread(histograms: readonly Histogram[]): string {
  return `half took ${sayEnd(histograms, 0.5)}, and 99 of 100 ${sayEnd(histograms, 0.99)}`
}

function sayEnd(histograms: readonly Histogram[], share: number): string {
  const endMs = findWithin(histograms, share)
  return endMs === null ? 'longer than can be told' : `at most ${endMs} ms`
}
