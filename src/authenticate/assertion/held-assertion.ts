import { type Change, insert, type Kept } from '../../contract/change.ts'
import type { HeldAssertion } from '../../contract/credential.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { Recent } from '../../ground/recent.ts'
import { proveCaller, type WorkloadCaller } from '../caller.ts'
import type { AuthenticateStore } from '../store.ts'
import type { VerifiedAssertion } from './assertion-kinds.ts'

/**
 * Remembers whose a cached assertion is: that is written once, changes no more, and is asked each time that it is shown. What is
 * nobody's yet is asked anew.
 */
export function rememberHeld<S extends Pick<AuthenticateStore, 'getHeldAssertion'>>(store: S): S {
  const known = new Recent<Kept<HeldAssertion>>(LIMITS.verifiedAssertionsMax)
  return {
    ...store,
    getHeldAssertion: async (id) => {
      const before = known.get(id)
      if (before !== undefined) return before
      const held = await store.getHeldAssertion(id)
      if (held !== undefined) known.set(id, held)
      return held
    },
  }
}

/**
 * Gives the changes by which a cached assertion becomes that of the key which shows it first; none where it is that key's
 * already. The platform hands such an assertion out again and again, so what tells its workload from somebody who read the
 * file is the key alone. Errors: `proof_missing`, `assertion_reused` for another key.
 */
export async function holdAssertion(
  store: AuthenticateStore,
  { seen }: Pick<VerifiedAssertion, 'seen'>,
  thumbprint: string | undefined,
): Promise<readonly Change[]> {
  if (thumbprint === undefined)
    throw new RemitError('proof_missing', {
      detail: 'An assertion of this issuer may be shown again, and so counts only together with a proof of a key.',
    })
  const held = await store.getHeldAssertion(seen.id)
  if (held === undefined) return [insert('held_assertions', { ...seen, thumbprint })]
  if (held.thumbprint === thumbprint) return []
  throw new RemitError('assertion_reused')
}

/**
 * Gives a caller again whose assertion was written down as its key's meanwhile, by another request of the same key.
 * Errors: `assertion_reused` where that was another key.
 */
export async function readHeldAgain(store: AuthenticateStore, caller: WorkloadCaller): Promise<WorkloadCaller> {
  const isHolding = (change: Change): boolean => change.op === 'insert' && change.table === 'held_assertions'
  for (const change of caller.changes.filter(isHolding)) {
    const { row } = change as Extract<Change, { op: 'insert'; table: 'held_assertions' }> // by the filter
    const held = await store.getHeldAssertion(row.id)
    if (held?.thumbprint !== row.thumbprint) throw new RemitError('assertion_reused')
  }
  return proveCaller<WorkloadCaller>({ ...caller, changes: caller.changes.filter((change) => !isHolding(change)) })
}
