import type { Kept } from '../../contract/change.ts'
import type { JsonObject } from '../../contract/log-entry.ts'
import type { Binding } from '../../contract/register/identity.ts'
import { RemitError } from '../../ground/errors.ts'

/** Bindings of one issuer and subject, held against the claims of a proof. */
export interface MatchedBindings {
  readonly matching: readonly Kept<Binding>[]
  /** Live, of the same kind, but asking for other claims. */
  readonly missed: readonly Kept<Binding>[]
}

/** Sorts live bindings of a kind by whether each claim that they require is there with exactly that value. */
export function matchBindings(
  kept: readonly Kept<Binding>[],
  kind: Binding['kind'],
  claims: JsonObject,
): MatchedBindings {
  const live = kept.filter((binding) => binding.kind === kind && binding.endedMs === null)
  const holds = (binding: Binding): boolean =>
    Object.entries(binding.claims).every(([name, value]) => claims[name] === value)
  return { matching: live.filter(holds), missed: live.filter((binding) => !holds(binding)) }
}

/**
 * Gives the one binding that counts, undefined where none matches. Of several of the same identity the one that asks
 * for most counts, the oldest among equals. Errors: `identity_ambiguous` where they belong to several identities.
 */
export function chooseBinding(matching: readonly Kept<Binding>[]): Kept<Binding> | undefined {
  if (new Set(matching.map((binding) => binding.identityId)).size > 1) throw new RemitError('identity_ambiguous')
  const asksFor = (binding: Binding): number => Object.keys(binding.claims).length
  return [...matching].sort((x, y) => asksFor(y) - asksFor(x) || (x.id < y.id ? -1 : 1))[0]
}
