import { actorOf } from '../../authenticate/actor.ts'
import type { Caller } from '../../authenticate/caller.ts'
import { type KeptFooting, readFooting } from '../../authenticate/footing.ts'
import { findStandingFaults } from '../../contract/standing.ts'
import { confirm, possessionOf, tokenTypeOf } from '../../contract/token/possession.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import { describeActors, describeTask } from '../../issue/access-token.ts'
import type { House } from '../house.ts'
import { speaksForHouse } from './speaks-for-house.ts'

/** What introspection says (RFC 7662 section 2.2). */
export type Introspection = { readonly active: false } | ({ readonly active: true } & Readonly<Record<string, unknown>>)

/**
 * Says whether a token counts now. An agent or workload learns about its own tokens and those of its own chain only, and
 * whoever comes with a token for one server about that token alone; for all else the answer is the same as for a dead
 * token, and for what is no token at all.
 */
export async function introspectToken(house: House, caller: Caller, token: string): Promise<Introspection> {
  await spendProof(house, caller)
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
  if (!task.chain.some((link) => link.identityId === caller.identity.id)) return false
  return caller.kind === 'workload' || speaksForHouse(house, caller) || caller.credential.id === credential.id
}

/** An assertion counts once, whatever it was shown for: here nothing else would write down that it was seen. */
async function spendProof(house: House, caller: Caller): Promise<void> {
  if (caller.kind !== 'workload') return
  const subject = { kind: 'door', id: 'introspect' }
  const entry = {
    kind: 'proof.spent',
    actor: actorOf(caller),
    subject,
    data: { bindingId: caller.binding.id },
  } as const
  try {
    await house.log.record({ entry, changes: caller.changes })
  } catch (error) {
    throw isError(error, 'conflict') ? new RemitError('assertion_replayed', { cause: error }) : error
  }
}
