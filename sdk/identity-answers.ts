import type { Kept } from '../src/contract/change.ts'
import type { Cutoff } from '../src/contract/cutoff.ts'
import type { Identity } from '../src/contract/register/identity.ts'
import type { Part } from './answers.ts'

/** Part of the list of identities. */
export interface IdentityList extends Part {
  readonly identities: readonly Kept<Identity>[]
  /** Of these, the ones over which cutoffs stand: nothing is given to them before they are approved again. Not there of an older server. */
  readonly cutOff?: readonly { readonly identityId: string; readonly cutoffs: readonly Kept<Cutoff>[] }[]
}
