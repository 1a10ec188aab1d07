import type { Kept } from '../src/contract/change.ts'
import type { PersonLogin } from '../src/contract/person/person-login.ts'
import type { Explained } from './answers.ts'
import type { Caller } from './call.ts'

const at = (personId: string, ...parts: readonly string[]): string =>
  `/api/v1/people/${[personId, 'logins', ...parts].map(encodeURIComponent).join('/')}`

/** By what the organisation's identity providers know people. */
export const loginsOf = (caller: Caller) => ({
  /** Lists the logins of a person, ended ones too. */
  list: (personId: string) => caller.json<{ readonly logins: readonly Kept<PersonLogin>[] }>('GET', at(personId)),
  /** Says by which subject an issuer that serves people knows the person. Errors: `already_exists`, `request_invalid`. */
  add: (personId: string, known: Pick<PersonLogin, 'issuer' | 'subject'>) =>
    caller.json<Explained & { readonly login: PersonLogin }>('POST', at(personId), { body: known }),
  /** Ends it: tokens with that subject prove nobody any more. */
  end: (personId: string, loginId: string, reason: string) =>
    caller.json<Explained>('POST', at(personId, loginId, 'end'), { body: { reason } }),
})
