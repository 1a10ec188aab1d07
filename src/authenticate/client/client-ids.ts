import type { Binding } from '../../contract/register/binding.ts'
import type { WorkloadCaller } from '../caller.ts'

/** Kinds of binding whose subject is a name of ours for a client. The subjects of a platform are its own, and may say anything. */
const NAMED_HERE: readonly Binding['kind'][] = ['key', 'client', 'spiffe']

/** Gives every `client_id` by which others may mean a client that has authenticated itself. */
export function clientIdsOf({ binding, identity }: Pick<WorkloadCaller, 'binding' | 'identity'>): readonly string[] {
  return NAMED_HERE.includes(binding.kind) ? [identity.id, binding.subject] : [identity.id]
}
