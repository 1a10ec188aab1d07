import type { Caller } from '../../authenticate/caller.ts'
import type { KeptFooting } from '../../authenticate/footing.ts'
import { confirm, possessionOf, tokenTypeOf } from '../../contract/token/possession.ts'
import { describeActors, describeTask } from '../../issue/access-token.ts'
import type { House } from '../house.ts'
import { findCallerFault } from './acting/find-caller-fault.ts'
import { speaksForHouse } from './speaks-for-house.ts'
import { spendProof } from './spend-proof.ts'

/** What introspection says (RFC 7662 section 2.2). */
export type Introspection = { readonly active: false } | Described

type Described = { readonly active: true } & Readonly<Record<string, unknown>>

/**
 * Says whether a token counts now. An agent or workload learns about its own tokens and those of its own chain only,
 * whoever comes with a token for one server about that token alone, and a server of others about the tokens that are for
 * it; for all else the answer is the same as for a dead token, and for what is no token at all.
 */
export async function introspectToken(house: House, caller: Caller, token: string): Promise<Introspection> {
  await spendProof(house, caller, 'introspect')
  const footing = await house.authenticate.standingOf(token)
  if (footing === undefined || !(await mayLearn(house, caller, footing))) return DEAD
  const said = SAID.get(footing) ?? describeToken(house, footing)
  SAID.set(footing, said)
  return isOfOthers(house, caller, footing) ? await holdToGranted(house, footing, said) : said
}

/**
 * A server of others lets happen what it is told of: of what is granted no more it hears nothing, whatever the task was opened
 * for, and of labels those of now, whatever had been read as the token was made.
 */
async function holdToGranted(house: House, { task }: KeptFooting, said: Described): Promise<Introspection> {
  const { scope, labels } = await house.decide.held(task)
  return scope.length === 0 ? DEAD : { ...said, authorization_details: [describeTask({ ...task, scope })], labels }
}

const DEAD: Introspection = { active: false }

/** What a token rests on is one object for as long as nothing of it moves, and so is what is said of the token. */
const SAID = new WeakMap<KeptFooting, Described>()

function describeToken({ publicUrl }: House, { credential, task, identity }: KeptFooting): Described {
  const possession = possessionOf(credential)
  return {
    active: true,
    iss: publicUrl,
    aud: credential.audience,
    sub: task.chain[0]?.identityId,
    client_id: identity.id,
    jti: credential.id,
    iat: Math.floor(credential.issuedMs / 1000),
    exp: Math.floor(credential.expiresMs / 1000),
    token_type: tokenTypeOf(possession),
    ...confirm(possession),
    authorization_details: [describeTask(task)],
    ...describeActors(task, publicUrl),
    chain: task.chain,
  }
}

async function mayLearn(house: House, caller: Caller, footing: KeptFooting): Promise<boolean> {
  const { task, credential } = footing
  if (caller.kind === 'person') return true
  // one that was suspended or cut off learns nothing any more, though its proof still verifies
  if (caller.kind === 'workload' && (await findCallerFault(house, caller)) !== undefined) return false
  if (isOfOthers(house, caller, footing)) return true
  if (!task.chain.some((link) => link.identityId === caller.identity.id)) return false
  return caller.kind === 'workload' || speaksForHouse(house, caller) || caller.credential.id === credential.id
}

function isOfOthers({ resourceServers }: House, caller: Caller, { credential: { audience } }: KeptFooting): boolean {
  if (caller.kind !== 'workload') return false
  const { name } = caller.identity
  return resourceServers.some(({ resource, identity }) => resource === audience && identity === name)
}
