import type { AccessToken } from '../../sdk/agent.ts'
import type { House } from '../house.ts'
import type { Actor } from './cast.ts'

export const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const typeOf = (name: 'access_token' | 'id_token' | 'jwt' | 'txn_token'): string =>
  `urn:ietf:params:oauth:token-type:${name}`

/** What a helper wishes for: reading, for less than its delegator has. */
export const readingWish = {
  type: 'urn:remit:task-wish',
  goal: 'Summarise the plans',
  scope: [{ action: 'docs/read_text_file', resource: 'docs:internal/*' }],
  ceiling: 'internal',
  budget: { callsMax: 5, writesMax: 0, bytesMax: 100_000 },
  life_seconds: 600,
} as const

/** The form by which an actor asks for a part of the task of a token; `more` overrides. */
export async function actorForm(
  house: Pick<House, 'url'>,
  subject: Pick<AccessToken, 'value'>,
  actor: Pick<Actor, 'assertion'>,
  more: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  return {
    subject_token: subject.value,
    subject_token_type: typeOf('access_token'),
    actor_token: await actor.assertion(),
    actor_token_type: typeOf('jwt'),
    resource: `${house.url}/mcp/docs`,
    authorization_details: JSON.stringify([readingWish]),
    ...more,
  }
}

/** Gives the claims of a JWT, unverified. */
export function claimsOf(jwt: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>
}
