import type { Binding } from '../../contract/register/binding.ts'
import { importVerifyKey, type VerifyKey } from '../jws-algorithms.ts'

type Keyed = Pick<Binding, 'keys'>

/** Of bindings that are held in memory: to import a key costs as much as to verify by it. Nobody writes into a binding. */
const imported = new WeakMap<Binding['keys'], readonly VerifyKey[]>()

/** Gives the keys that a binding holds, as far as they can be verified with. */
function keysOf({ keys }: Keyed): readonly VerifyKey[] {
  const before = imported.get(keys)
  if (before !== undefined) return before
  const usable = keys.flatMap((jwk) => importVerifyKey({ ...jwk }) ?? [])
  imported.set(keys, usable)
  return usable
}

/** Each of these bindings with those of its keys that are picked. */
export function pickBindings<B extends Keyed>(
  bindings: readonly B[],
  pick: (keys: readonly VerifyKey[]) => readonly VerifyKey[],
): readonly { readonly binding: B; readonly keys: readonly VerifyKey[] }[] {
  return bindings.map((binding) => ({ binding, keys: pick(keysOf(binding)) }))
}
