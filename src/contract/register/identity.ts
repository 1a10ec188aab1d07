import type { Composition } from './composition.ts'
import type { PersonId, Role } from './person.ts'
import type { Autonomy, Reach, Tier } from './tier.ts'

/** An AI identity's id, `idn_…`. */
export type IdentityId = string

/** What an AI identity can be. */
export const IDENTITY_KINDS = ['agent', 'script', 'service', 'embedded'] as const
export type IdentityKind = (typeof IDENTITY_KINDS)[number]

/** Who runs it: the organisation itself, or a vendor for it. */
export const RUNTIMES = ['own', 'vendor'] as const
export type Runtime = (typeof RUNTIMES)[number]

/** Where an identity can stand; `LIFECYCLE` says how it gets there. */
export const IDENTITY_STATES = ['discovered', 'draft', 'pending', 'active', 'suspended', 'retired'] as const
export type IdentityState = (typeof IDENTITY_STATES)[number]
/** Those in which an identity may act, or is about to, in the order in which it goes through them. */
export const LIVING_IDENTITY_STATES = ['pending', 'active'] as const satisfies readonly IdentityState[]

/** One AI identity: who answers for it, why it exists, how far it reaches. */
export interface Identity {
  readonly id: IdentityId
  readonly name: string
  readonly kind: IdentityKind
  readonly runtime: Runtime
  readonly vendor: string | null
  readonly state: IdentityState
  readonly owner: PersonId | null
  readonly sponsor: PersonId | null
  readonly purpose: string | null
  readonly autonomy: Autonomy
  readonly reach: Reach
  readonly tier: Tier
  readonly tierReasons: readonly string[]
  /** What it is made of, as it was put up last; absent where nobody declared it. */
  readonly composition?: Composition
  /** Who drafted it, or put it up last. */
  readonly requestedBy: PersonId | null
  /** Who wrote any part of what was ever activated: none of them answers for its tasks and calls. */
  readonly authors: readonly PersonId[]
  /** Who gave it another owner or sponsor since it was last active: they asked for what is approved next. */
  readonly reassignedBy?: readonly PersonId[]
  /** The issuer or trust domain at which it was discovered; absent where somebody drafted it. */
  readonly foundAt?: string
  /** Who was the first to come with it, of a client with a document. */
  readonly foundBy?: PersonId
  readonly createdMs: number
  readonly activatedMs: number | null
  readonly rehearsedMs: number | null
  readonly suspendedBecause: string | null
  /** When somebody let it ask again: what people were asked before, and said no to, silences it no more. */
  readonly heardMs?: number
}

/** What a transition of the lifecycle asks for beside its role. */
export type LifecycleNeed =
  | 'owner'
  | 'sponsor'
  | 'purpose'
  | 'binding'
  | 'entitlement'
  | 'approvals'
  | 'rehearsal'
  | 'reason'

/** One row of the lifecycle. `system` stands for Remit itself. */
export interface LifecycleRow {
  readonly verb: string
  readonly from: readonly IdentityState[]
  readonly to: IdentityState
  readonly roles: readonly (Role | 'system')[]
  readonly needs: readonly LifecycleNeed[]
  readonly entry: string
}

/** The whole lifecycle, a row a transition: who may, what it needs, and the entry that it leaves. */
export const LIFECYCLE: readonly LifecycleRow[] = [
  { verb: 'discover', from: [], to: 'discovered', roles: ['system'], needs: [], entry: 'identity.discovered' },
  { verb: 'draft', from: [], to: 'draft', roles: ['admin', 'owner'], needs: [], entry: 'identity.drafted' },
  {
    verb: 'adopt',
    from: ['discovered'],
    to: 'draft',
    roles: ['admin', 'owner'],
    needs: ['owner', 'sponsor', 'purpose'],
    entry: 'identity.adopted',
  },
  {
    verb: 'submit',
    from: ['draft', 'suspended'],
    to: 'pending',
    roles: ['admin', 'owner'],
    needs: ['owner', 'sponsor', 'purpose', 'binding', 'entitlement'],
    entry: 'identity.submitted',
  },
  {
    verb: 'return',
    from: ['pending'],
    to: 'draft',
    roles: ['admin', 'approver', 'owner'],
    needs: ['reason'],
    entry: 'identity.returned',
  },
  {
    verb: 'activate',
    from: ['pending'],
    to: 'active',
    roles: ['system'],
    needs: ['owner', 'sponsor', 'purpose', 'binding', 'entitlement', 'approvals', 'rehearsal'],
    entry: 'identity.activated',
  },
  {
    verb: 'suspend',
    from: LIVING_IDENTITY_STATES,
    to: 'suspended',
    roles: ['admin', 'owner', 'responder', 'system'],
    needs: ['reason'],
    entry: 'identity.suspended',
  },
  {
    verb: 'retire',
    from: ['discovered', 'draft', 'pending', 'active', 'suspended'],
    to: 'retired',
    roles: ['admin', 'owner'],
    needs: ['reason'],
    entry: 'identity.retired',
  },
]

/** Gives the row by which `verb` leads out of `from` (null for an identity that does not exist yet). */
export function findTransition(verb: string, from: IdentityState | null): LifecycleRow | undefined {
  return LIFECYCLE.find((row) => row.verb === verb && (from === null ? row.from.length === 0 : row.from.includes(from)))
}
