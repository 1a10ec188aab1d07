import type { Credential } from '../contract/credential.ts'
import type { Permit } from '../contract/decision.ts'
import { INTEGRITIES } from '../contract/label.ts'
import { SENSITIVITIES } from '../contract/sensitivity.ts'
import type { ChainLink, Task } from '../contract/task.ts'
import { confirm, possessionOf, tokenTypeOf } from '../contract/token/possession.ts'
import { RemitError } from '../ground/errors.ts'
import type { Recorded } from '../record/recorded.ts'
import { spend } from '../record/recorded.ts'
import { signJwt } from './sign-jwt.ts'
import type { OpenKey } from './signing-key.ts'
import type { StatusReference } from './status-list.ts'

/** The RAR type (RFC 9396) by which a task travels in requests and tokens. */
export const taskDetailsType = 'urn:remit:task'

/** Gives a task as tokens and introspection tell it. */
export function describeTask({
  id,
  purpose,
  goal,
  ticket,
  onBehalfOf,
  scope,
  ceiling,
}: Task): Readonly<Record<string, unknown>> {
  return {
    type: taskDetailsType,
    task_id: id,
    purpose,
    goal,
    ...(ticket === null ? {} : { ticket }),
    ...(onBehalfOf === null ? {} : { on_behalf_of: onBehalfOf }),
    scope,
    ceiling,
  }
}

/** A token as it leaves the house, once. */
export interface IssuedToken {
  readonly token: string
  readonly credential: Credential
  /** The key that signed it. */
  readonly keyId: string
  /** `N_A` for what is no access token (RFC 8693 section 2.2.1). */
  readonly tokenType: 'Bearer' | 'DPoP' | 'N_A'
  readonly expiresSeconds: number
  readonly authorizationDetails: readonly Readonly<Record<string, unknown>>[]
}

/**
 * Turns a recorded permit into an access token (RFC 9068 `at+jwt`, ES256). The permit is spent with it.
 * `sub` is the identity at the root of the chain, `client_id` the one that acts, `act` names every hop (RFC 8693
 * section 4.1, outermost is current), `status` the list that tells whether it still counts, where there is one.
 * Errors: `permit_spent`.
 */
export async function issueAccessToken(
  recorded: Recorded<Permit<'token'>>,
  key: OpenKey,
  issuer: string,
  statusOf?: (intent: number) => StatusReference,
): Promise<IssuedToken> {
  const permit = spend(recorded)
  const { credential, task } = permit.grant
  if (credential.kind !== 'access_token')
    throw new RemitError('internal', { cause: new Error(`${credential.kind} ${credential.id} is no access token`) })
  const details = [describeTask(task)]
  const status = statusOf === undefined ? {} : { status: { status_list: statusOf(recorded.index) } }
  const claims = { ...writeClaims(permit, issuer), authorization_details: details, ...status }
  const token = await signJwt(key, 'at+jwt', claims)
  return {
    token,
    credential,
    keyId: key.id,
    tokenType: tokenTypeOf(possessionOf(credential)),
    expiresSeconds: Math.floor((credential.expiresMs - credential.issuedMs) / 1000),
    authorizationDetails: details,
  }
}

function writeClaims(permit: Permit<'token'>, issuer: string): Record<string, unknown> {
  const { credential, task, usage, identity } = permit.grant
  return {
    iss: issuer,
    aud: credential.audience,
    sub: task.chain[0]?.identityId ?? identity.id,
    client_id: identity.id,
    jti: credential.id,
    iat: Math.floor(credential.issuedMs / 1000),
    exp: Math.floor(credential.expiresMs / 1000),
    ...describeActors(task, issuer),
    chain: task.chain.map((link) => ({ identity: link.identityId, name: link.name, task: link.taskId })),
    labels: {
      confidentiality: SENSITIVITIES[usage.confidentiality] ?? 'restricted',
      integrity: INTEGRITIES[usage.integrity] ?? 'untrusted',
    },
    tier: identity.tier,
    ...confirm(possessionOf(credential)),
  }
}

/**
 * Gives the claim `act` of a task that was handed on: its chain without the root, the actor of now outermost. Where others
 * acted before in another domain it is the whole chain, around theirs.
 */
export function describeActors({ chain, foreignAct }: Task, issuer: string): { readonly act?: object } {
  const act = nestActors(foreignAct === undefined ? chain.slice(1) : chain, issuer, foreignAct)
  return act === undefined ? {} : { act }
}

/** On whose behalf something is done, and by whom. */
export interface Principal {
  /** The person on whose behalf it is; null for nobody: then it is the identity at the root of the chain. */
  readonly onBehalfOf: string | null
  /** Who acts, oldest first. */
  readonly chain: readonly ChainLink[]
  /** Who acted before, in another domain. */
  readonly foreignAct?: object | undefined
}

/** Gives `sub`, for whom something is done, and `act`, who does it: for a person every agent, else every one but the first. */
export function describePrincipal(
  { onBehalfOf, chain, foreignAct }: Principal,
  issuer: string,
): { readonly sub: string | undefined; readonly act?: object } {
  const act = nestActors(onBehalfOf === null ? chain.slice(1) : chain, issuer, foreignAct)
  return { sub: onBehalfOf ?? chain[0]?.identityId, ...(act === undefined ? {} : { act }) }
}

/** Gives actors as a claim `act`, the last one outermost, `before` innermost; undefined for none. */
function nestActors(actors: readonly ChainLink[], issuer: string, before?: object): object | undefined {
  return actors.reduce<object | undefined>(
    (inner, link) => ({
      iss: issuer,
      sub: link.identityId,
      sub_profile: 'ai_agent',
      ...(inner === undefined ? {} : { act: inner }),
    }),
    before,
  )
}
