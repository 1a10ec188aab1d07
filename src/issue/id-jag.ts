import type { Permit } from '../contract/decision.ts'
import { confirm, possessionOf } from '../contract/token/possession.ts'
import { RemitError } from '../ground/errors.ts'
import type { Recorded } from '../record/recorded.ts'
import { spend } from '../record/recorded.ts'
import { describePrincipal, type IssuedToken } from './access-token.ts'
import { signJwt } from './sign-jwt.ts'
import type { OpenKey } from './signing-key.ts'

/** The `typ` of what we let others of another domain be shown (draft-ietf-oauth-identity-assertion-authz-grant). */
const type = 'oauth-id-jag+jwt'

/**
 * Turns a recorded permit into an ID-JAG for the authorization server of another domain. `sub` is the person on whose behalf
 * the task acts, by their id here, or the identity at the root of the chain where there is none; `act` names every hop between
 * them and the authorization server, verbatim, the one that acts outermost. That profile of `act` is our own: the draft leaves
 * open what it means. Errors: `permit_spent`, `internal` for the permit of another kind of token.
 */
export async function issueIdJag(
  recorded: Recorded<Permit<'token'>>,
  key: OpenKey,
  { issuer, clientId }: { readonly issuer: string; readonly clientId: string },
): Promise<IssuedToken> {
  const { credential, task } = spend(recorded).grant
  if (credential.kind !== 'id_jag' || credential.across === undefined)
    throw new RemitError('internal', { cause: new Error(`${credential.kind} ${credential.id} is no ID-JAG`) })
  const claims = {
    iss: issuer,
    ...describePrincipal(task, issuer),
    aud: credential.audience,
    client_id: clientId,
    jti: credential.id,
    iat: Math.floor(credential.issuedMs / 1000),
    exp: Math.floor(credential.expiresMs / 1000),
    resource: credential.across.resource,
    scope: credential.across.scopes.join(' '),
    ...confirm(possessionOf(credential)),
  }
  return {
    token: await signJwt(key, type, claims),
    credential,
    keyId: key.id,
    tokenType: 'N_A',
    expiresSeconds: Math.floor((credential.expiresMs - credential.issuedMs) / 1000),
    authorizationDetails: [],
  }
}
