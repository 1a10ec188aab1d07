import type { Entitlement } from './entitlement.ts'
import type { PersonId } from './person.ts'

/**
 * What a person may do, and so what an agent may do on their behalf: both the person's rights and what the agent itself is
 * entitled to must allow an act. Who has none grants nothing. Times in epoch milliseconds.
 */
export interface PersonRight
  extends Pick<Entitlement, 'scope' | 'classes' | 'ceiling' | 'reason' | 'startsMs' | 'endsMs'> {
  readonly id: string
  readonly personId: PersonId
  /** Somebody else: nobody gives themselves rights. */
  readonly grantedBy: PersonId
  readonly state: 'granted' | 'ended'
}
