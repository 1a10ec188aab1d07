import type { Composition } from '../register/composition.ts'

/** What entries have told of one identity. */
export interface ToldIdentity {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly owner: string | null
  readonly sponsor: string | null
  readonly vendor: string | null
  readonly purpose: string | null
  readonly tier: string | null
  /** What it is made of, as it was put up last; null where that was not declared. */
  readonly composition: Composition | null
  /** The entry by which it was put up for the approval that it waits for; null once it is answered. */
  readonly submitted: { readonly entry: number; readonly by: string; readonly approvalId: string } | null
  readonly activatedMs: number | null
  /** Of what it asked for itself; what was asked about it stands apart. */
  readonly permits: number
  readonly denials: number
  readonly credentials: number
  /** Latest end of any task of it. */
  readonly untilMs: number | null
}

/** One of which nothing was told yet. */
export const UNKNOWN_IDENTITY: ToldIdentity = {
  id: '',
  name: '',
  state: 'unknown',
  owner: null,
  sponsor: null,
  vendor: null,
  purpose: null,
  tier: null,
  composition: null,
  submitted: null,
  activatedMs: null,
  permits: 0,
  denials: 0,
  credentials: 0,
  untilMs: null,
}
