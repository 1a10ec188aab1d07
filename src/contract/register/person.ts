/** A person's id, `psn_…`; opaque, so that the log names nobody. */
export type PersonId = string

/** What a person may do in Remit. */
export const ROLES = ['admin', 'approver', 'owner', 'responder', 'auditor'] as const
export type Role = (typeof ROLES)[number]

/** A human. Name and mail stay in the state and never enter the log, so that they can be erased. */
export interface Person {
  readonly id: PersonId
  readonly name: string
  readonly email: string
  readonly roles: readonly Role[]
  readonly state: 'active' | 'left'
  readonly createdMs: number
  /** When each role was taken from them last. */
  readonly lostMs?: Readonly<Partial<Record<Role, number>>>
}

/** Gives the roles that they have held ever since that moment: one that they were given back does not bring back what they said before. */
export function rolesSince({ roles, lostMs = {} }: Pick<Person, 'roles' | 'lostMs'>, sinceMs: number): readonly Role[] {
  return roles.filter((role) => !((lostMs[role] ?? Number.NEGATIVE_INFINITY) >= sinceMs))
}

/** A one-time link by which a person signs in. Only the digest of its secret is kept. */
export interface LoginLink {
  readonly id: string
  readonly personId: PersonId
  readonly expiresMs: number
  readonly usedMs: number | null
  /** Of a link that a person made for themselves: what it opens ends with the session that they made it in. */
  readonly sessionEndsMs?: number
}

/** A person's signed-in session. `id` is the digest of its secret. */
export interface Session {
  readonly id: string
  readonly personId: PersonId
  readonly createdMs: number
  readonly expiresMs: number
  readonly endedMs: number | null
}
