import type { Kept } from '../src/contract/change.ts'
import type { Person, Role } from '../src/contract/register/person.ts'
import type { Explained } from './answers.ts'

/** A session, opened by a one-time link. Good until `expiresMs` (epoch milliseconds), 12 hours unless it is ended. */
export interface SignedIn extends Explained {
  /** Secret of the session, `rms_…`. */
  readonly session: string
  readonly person: Kept<Person>
  readonly expiresMs: number
}

/** A person to be added; a mail address is known once. */
export interface PersonDraft {
  readonly name: string
  readonly email: string
  readonly roles: readonly Role[]
}

/** A person who was added, and how they sign in for the first time. */
export interface PersonAdded extends Explained {
  readonly person: Person
  /** Secret of a one-time sign-in link, `rml_…`. */
  readonly link: string
}

/** A person as they are after a change. */
export interface PersonChanged extends Explained {
  readonly person: Person
}

/** A person and what they own. */
export interface PersonWhole {
  readonly person: Kept<Person>
  /** How many identities they own, and how many of those are active or wait for approval. */
  readonly estate: {
    readonly identities: number
    readonly living: number
    /** How many that are active or wait for approval they sponsor. Not there of an older server. */
    readonly sponsored?: number
  }
}

/** That somebody left, and what has become of what they owned. */
export interface PersonLeft extends Explained {
  /** Ids of the identities that were suspended until it was answered: all of theirs, where they are few. */
  readonly suspended: readonly string[]
  /**
   * How many are still to be suspended; null where the server could not tell. None of them is let do anything meanwhile. Not there of an
   * older server.
   */
  readonly following?: number | null
  /**
   * False where the state of something that fell does not say so yet; the server carries on. Not there of an older server, which answered
   * once all was suspended.
   */
  readonly settled?: boolean
}

/** Secret of a one-time sign-in link, `rml_…`, good for 24 hours. */
export interface LinkMade {
  readonly link: string
  readonly entry: number
}
