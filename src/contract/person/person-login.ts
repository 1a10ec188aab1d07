import type { PersonId } from '../register/person.ts'

/**
 * By what an identity provider of the organisation knows a person: its issuer and subject, letter by letter. The same
 * subject of another issuer is somebody else. The subject stays in the state, as it may be a mail address.
 */
export interface PersonLogin {
  readonly id: string
  readonly personId: PersonId
  readonly issuer: string
  readonly subject: string
  readonly createdMs: number
  readonly endedMs: number | null
}
