import type { CutoffTarget } from '../contract/cutoff.ts'
import type { Clock } from '../ground/clock.ts'
import { RemitError } from '../ground/errors.ts'

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
  /** Enters a call; `abort` must not wait. Gives how to take it out again. */
  register(facts: StreamFacts, abort: (reason: RemitError) => void): () => void
  /** Ends every call whose facts match, with `cut_off` unless another reason is given. */
  endWhere(matches: (facts: StreamFacts) => boolean, reason?: RemitError): StreamsEnded
  /** How many are open, how many of one upstream, and of those, in how many chains this identity stands. */
  count(upstream?: string, identityId?: string): number
}

interface OpenCall {
  readonly facts: StreamFacts
  readonly abort: (reason: RemitError) => void
}

/**
 * Keeps the open calls in memory, each server's by themselves, as each call counts those of its own: they end with the process
 * that holds them.
 */
export function createOpenStreams(clock: Clock): OpenStreams {
  const open = new Map<string, Set<OpenCall>>()
  const at = (upstream?: string): readonly OpenCall[] =>
    upstream === undefined ? [...open.values()].flatMap((calls) => [...calls]) : [...(open.get(upstream) ?? [])]
  return {
    register(facts, abort) {
      const calls = open.get(facts.upstream) ?? new Set()
      open.set(facts.upstream, calls)
      const call = { facts, abort }
      calls.add(call)
      return () => void calls.delete(call)
    },
    endWhere(matches, reason = new RemitError('cut_off')) {
      const startedMs = clock.monotonicMs()
      const ending = at().filter(({ facts }) => matches(facts))
      for (const call of ending) {
        open.get(call.facts.upstream)?.delete(call)
        call.abort(reason)
      }
      return { ended: ending.length, tookMs: clock.monotonicMs() - startedMs }
    },
    count: (upstream, identityId) =>
      at(upstream).filter(({ facts }) => identityId === undefined || facts.identityIds.includes(identityId)).length,
  }
}

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
