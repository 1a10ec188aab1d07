import type { CutoffTarget } from '../contract/cutoff.ts'
import type { Clock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { nextTurn } from '../ground/next-turn.ts'
import { runBounded } from '../ground/run-bounded.ts'

/** By what an open call can be found. Ids of the task and of all above it in its chain. */
export interface StreamFacts {
  /** The token that it was made with. */
  readonly credentialId: string
  readonly taskIds: readonly string[]
  readonly identityIds: readonly string[]
  /** The task at the root of the chain. */
  readonly chain: string
  readonly bindingIds: readonly string[]
  readonly owners: readonly string[]
  readonly upstream: string
  readonly vendors: readonly string[]
}

/** What ending the calls took. */
export interface StreamsEnded {
  readonly ended: number
  /** From the order to the moment when the last of them was told. */
  readonly tookMs: number
}

/** The calls that are open in this process, so that taking authority back ends them at once. */
export interface OpenStreams {
  /**
   * Enters a call; `abort` must not wait. `judge` says why it would not be permitted now, null where it would be, or nobody has
   * decided on it yet; where it fails twice in a row, the call ends by that. Gives how to take the call out again.
   */
  register(
    facts: StreamFacts,
    abort: (reason: RemitError) => void,
    judge?: () => Promise<RemitError | null>,
  ): () => void
  /** Ends every call whose facts match, with `cut_off` unless another reason is given. */
  endWhere(matches: (facts: StreamFacts) => boolean, reason?: RemitError): StreamsEnded
  /**
   * Judges every call again that has been open for so long, and ends those that would not be permitted now. What fails goes to
   * `report`.
   */
  judgeAgain(openMs: number, report: (error: unknown) => void): Promise<StreamsEnded>
  /** How many are open, how many of one upstream, and of those, in how many chains this identity stands. */
  count(upstream?: string, identityId?: string): number
}

interface OpenCall {
  readonly facts: StreamFacts
  readonly abort: (reason: RemitError) => void
  readonly judge: () => Promise<RemitError | null>
  readonly sinceMs: number
  /** True where the last judgement could not be made. */
  isDoubted: boolean
}

const UNDECIDED = async (): Promise<null> => null

/**
 * Keeps the open calls in memory, each server's by themselves, as each call counts those of its own: they end with the process
 * that holds them.
 */
export function createOpenStreams(clock: Clock): OpenStreams {
  const open = new Map<string, Set<OpenCall>>()
  const at = (upstream?: string): readonly OpenCall[] =>
    upstream === undefined ? [...open.values()].flatMap((calls) => [...calls]) : [...(open.get(upstream) ?? [])]
  const end = (call: OpenCall, reason: RemitError): boolean => {
    const isOpen = open.get(call.facts.upstream)?.delete(call) === true
    if (isOpen) call.abort(reason)
    return isOpen
  }
  return {
    register(facts, abort, judge = UNDECIDED) {
      const calls = open.get(facts.upstream) ?? new Set()
      open.set(facts.upstream, calls)
      const call = { facts, abort, judge, sinceMs: clock.monotonicMs(), isDoubted: false }
      calls.add(call)
      return () => void calls.delete(call)
    },
    endWhere(matches, reason = new RemitError('cut_off')) {
      const startedMs = clock.monotonicMs()
      const ended = at().filter((call) => matches(call.facts) && end(call, reason)).length
      return { ended, tookMs: clock.monotonicMs() - startedMs }
    },
    async judgeAgain(openMs, report) {
      const startedMs = clock.monotonicMs()
      let ended = 0
      await runBounded(
        at().filter(({ sinceMs }) => startedMs - sinceMs >= openMs),
        LIMITS.judgedAgainAtOnceMax,
        async (call) => {
          await nextTurn() // requests come between
          const reason = await judgeOrDoubt(call, report)
          if (reason !== null && end(call, reason)) ended++
        },
      )
      return { ended, tookMs: clock.monotonicMs() - startedMs }
    },
    count: (upstream, identityId) =>
      at(upstream).filter(({ facts }) => identityId === undefined || facts.identityIds.includes(identityId)).length,
  }
}

/** A store that stumbles once ends nothing that was permitted; one that does not answer permits nothing new either. */
async function judgeOrDoubt(call: OpenCall, report: (error: unknown) => void): Promise<RemitError | null> {
  const wasDoubted = call.isDoubted
  call.isDoubted = false
  try {
    return await call.judge()
  } catch (error) {
    report(error)
    call.isDoubted = true
    return wasDoubted ? new RemitError('policy_error', { detail: SAID_IN_DOUBT }) : null
  }
}

const SAID_IN_DOUBT = 'It could not be decided whether this may go on, so it ends.'

const HITS: Readonly<Record<CutoffTarget, (facts: StreamFacts, id: string) => boolean>> = {
  identity: (facts, id) => facts.identityIds.includes(id),
  task: (facts, id) => facts.taskIds.includes(id),
  chain: (facts, id) => facts.chain === id,
  binding: (facts, id) => facts.bindingIds.includes(id),
  owner: (facts, id) => facts.owners.includes(id),
  upstream: (facts, id) => facts.upstream === id,
  vendor: (facts, id) => facts.vendors.includes(id),
}

/** Gives what tells whether a cutoff of this target ends a call. */
export function hitBy(target: CutoffTarget, targetId: string): (facts: StreamFacts) => boolean {
  return (facts) => HITS[target](facts, targetId)
}
