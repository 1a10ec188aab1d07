import type { Kept } from '../../contract/change.ts'
import type { JsonObject } from '../../contract/log-entry.ts'
import { type Binding, type BindingKind, isProving, meansSubject } from '../../contract/register/binding.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { headsOf, holdsRules } from '../../contract/register/value-rule.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { unique } from '../../ground/unique.ts'
import type { AuthenticateStore } from '../store.ts'

/** Who is said to be there, as far as bindings look at it. */
export interface Shown {
  readonly bindingKind: BindingKind
  readonly issuer: string
  readonly subject: string
  readonly claims: JsonObject
}

/** Bindings that mean the subject of a proof, held against its claims. */
export interface MatchedBindings {
  readonly matching: readonly Kept<Binding>[]
  /** Live, of the same kind, but asking for other claims. */
  readonly missed: readonly Kept<Binding>[]
}

/**
 * Finds the bindings that count at `atMs` for what is shown. A pattern is found by its literal head, so that it costs the
 * same however many bindings there are.
 */
export async function findBindings(store: AuthenticateStore, shown: Shown, atMs: number): Promise<MatchedBindings> {
  const names = [shown.subject, ...headsOf(shown.subject, LIMITS.patternSegmentsMax)]
  const kept = await store.findBindings(shown.issuer, unique(names))
  const meant = kept.filter(
    (binding) => binding.kind === shown.bindingKind && isProving(binding, atMs) && meansSubject(binding, shown.subject),
  )
  const holds = (binding: Binding): boolean => holdsRules(binding.claims, shown.claims)
  return { matching: meant.filter(holds), missed: meant.filter((binding) => !holds(binding)) }
}

/**
 * Gives the one binding that counts, undefined where none matches. Of several of the same identity the one that asks
 * for most counts: the whole subject before a pattern, then more claims, the oldest among equals. Errors:
 * `identity_ambiguous` where they belong to several identities. While a key is rotated two of an identity match: then one
 * whose key was shown goes before one whose was not.
 */
export function chooseBinding(
  matching: readonly Kept<Binding>[],
  isShown: (binding: Binding) => boolean = () => true,
): Kept<Binding> | undefined {
  if (new Set(matching.map((binding) => binding.identityId)).size > 1) throw new RemitError('identity_ambiguous')
  const shown = matching.filter(isShown)
  const counting = shown.length === 0 ? matching : shown
  return [...counting].sort((x, y) => asksFor(y) - asksFor(x) || (x.id < y.id ? -1 : 1))[0]
}

/** An exact subject asks for more than any number of claims, of which a binding has at most a few. */
function asksFor({ claims, subjectPattern }: Binding): number {
  const isExact = subjectPattern === undefined || subjectPattern === null
  return Object.keys(claims).length + (isExact ? LIMITS.bindingClaimsMax : 0)
}

/** Reads the identity that a binding proves. Errors: `store_damaged` where it is not there, as it is in every sound store. */
export async function readBound(
  store: Pick<AuthenticateStore, 'getIdentity'>,
  { id, identityId }: Pick<Binding, 'id' | 'identityId'>,
): Promise<Kept<Identity>> {
  const identity = await store.getIdentity(identityId)
  if (identity === undefined)
    throw new RemitError('store_damaged', { cause: new Error(`binding ${id} has no identity`) })
  return identity
}
