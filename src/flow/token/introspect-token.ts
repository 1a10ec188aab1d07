import type { Caller } from '../../authenticate/caller.ts'
import { type KeptFooting, readFooting } from '../../authenticate/footing.ts'
import { findStandingFaults } from '../../contract/standing.ts'
import { confirm, possessionOf, tokenTypeOf } from '../../contract/token/possession.ts'
import { describeActors, describeTask } from '../../issue/access-token.ts'
import type { House } from '../house.ts'
import { speaksForHouse } from './speaks-for-house.ts'
import { spendProof } from './spend-proof.ts'

/** What introspection says (RFC 7662 section 2.2). */
export type Introspection = { readonly active: false } | ({ readonly active: true } & Readonly<Record<string, unknown>>)

/**
 * Says whether a token counts now. An agent or workload learns about its own tokens and those of its own chain only,
 * whoever comes with a token for one server about that token alone, and a server of others about the tokens that are for
 * it; for all else the answer is the same as for a dead token, and for what is no token at all.
 */
export async function introspectToken(house: House, caller: Caller, token: string): Promise<Introspection> {
  await spendProof(house, caller, 'introspect')
  const credentialId = house.authenticate.tokenId(token)
  const footing = credentialId === undefined ? undefined : await readFooting(house.footing, credentialId)
  if (footing === undefined || findStandingFaults(footing, house.clock.nowMs()).length > 0) return { active: false }
  const { credential, task, identity } = footing
  if (!mayLearn(house, caller, footing)) return { active: false }
  const possession = possessionOf(credential)
  return {
    active: true,
    iss: house.publicUrl,
    aud: credential.audience,
    sub: task.chain[0]?.identityId,
    client_id: identity.id,
    jti: credential.id,
    iat: Math.floor(credential.issuedMs / 1000),
    exp: Math.floor(credential.expiresMs / 1000),
    token_type: tokenTypeOf(possession),
    ...confirm(possession),
    authorization_details: [describeTask(task)],
    ...describeActors(task, house.publicUrl),
    chain: task.chain,
  }
}

function mayLearn(house: House, caller: Caller, { task, credential }: KeptFooting): boolean {
  if (caller.kind === 'person') return true
  if (caller.kind === 'workload' && takesTokensOf(house, caller.identity.name, credential.audience)) return true
  if (!task.chain.some((link) => link.identityId === caller.identity.id)) return false
  return caller.kind === 'workload' || speaksForHouse(house, caller) || caller.credential.id === credential.id
}

function takesTokensOf({ resourceServers }: House, name: string, audience: string): boolean {
  return resourceServers.some(({ resource, identity }) => resource === audience && identity === name)
}
