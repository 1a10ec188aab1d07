import type { AuthenticateStore } from '../authenticate/store.ts'
import type { Rows } from './rows.ts'
import { nameLogin } from './schema.ts'

/** Keeps what authenticating reads. */
export function createAuthenticateStore(rows: Rows): AuthenticateStore {
  return {
    findBindings: (issuer, subjects) => rows.find('bindings', { issuer, subject: subjects }),
    getIdentity: (id) => rows.get('identities', id),
    getSeenProof: (id) => rows.get('seen_proofs', id),
    getHeldAssertion: (id) => rows.get('held_assertions', id),
    getSession: (id) => rows.get('sessions', id),
    getLoginLink: (id) => rows.get('login_links', id),
    getAuthorizationCode: (id) => rows.get('authorization_codes', id),
    getBinding: (id) => rows.get('bindings', id),
    getTrustBundle: (domain) => rows.get('trust_bundles', domain),
    getWatchedSource: (name) => rows.get('watched_sources', name),
    findPersonLogin: async (issuer, subject) =>
      (await rows.find('person_logins', { live_login: nameLogin(issuer, subject) }))[0],
    loginsOf: (personId) => rows.find('person_logins', { person_id: personId }),
    findPersonByEmail: async (email) => (await rows.find('persons', { email }))[0],
    getPerson: (id) => rows.get('persons', id),
  }
}
