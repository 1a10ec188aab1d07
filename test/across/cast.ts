import { randomUUID } from 'node:crypto'
import { createKeyAssertion } from '../../sdk/key-assertion.ts'
import type { JsonWebKeyPublic } from '../../src/contract/register/binding.ts'
import { makeKeyPair } from '../../src/ground/key-pair.ts'
import { inviteReader } from '../consent/cast.ts'
import { type House, type HouseOptions, type Somebody, startHouse } from '../house.ts'
import { trustPeopleOf } from '../http/login-routes.ts'
import { type Issuer, startIssuer } from '../issuer/issuer.ts'
import type { Claims } from '../issuer/minted-keys.ts'
import { furnish, makeSummariser, register } from '../scenarios/cast.ts'

/** A house, an identity provider that serves people, a client with a key, and Zoe, whom the provider knows. */
export interface AcrossCast {
  readonly house: House
  readonly idp: Issuer
  readonly zoe: Somebody
  readonly loginId: string
  readonly client: KeyedClient
  /** Mints an ID-JAG by which the client acts for Zoe at the document server; `claims` overrule, an undefined one is left out. */
  grant(claims?: Claims, header?: Readonly<Record<string, unknown>>): Promise<string>
  /** Shows an ID-JAG as the client does; `form` overrules. */
  show(
    assertion: string,
    form?: Readonly<Record<string, string | undefined>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Shown>
  end(): Promise<void>
}

/** An answer of the token endpoint. */
export interface Shown {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** An active reader of documents that proves itself by a key of its own. */
export interface KeyedClient {
  readonly clientId: string
  readonly identityId: string
  readonly privateJwk: JsonWebKeyPublic & { readonly d: string }
  readonly assertion: () => Promise<string>
}

/** By what the provider knows Zoe. */
export const ZOE = '00u-zoe'

/** Registers an identity that proves itself by a key under `clientId`, all the way to active. */
export async function registerKeyed(house: House, name: string, clientId = name): Promise<KeyedClient> {
  const { kty = '', crv = '', x = '', y = '', d = '' } = makeKeyPair('ES256').privateKey.export({ format: 'jwk' })
  const jwk = { kty, crv, x, y, alg: 'ES256' }
  const binding = { kind: 'key', issuer: 'self', subject: clientId, claims: {}, keys: [jwk] } as const
  const identityId = await register(house, { ...makeSummariser(house, name), binding })
  const privateJwk = { ...jwk, d }
  const assertion = createKeyAssertion({ name: clientId, audience: house.url, privateJwk })
  return { clientId, identityId, privateJwk, assertion }
}

/** Starts it all. */
export async function castAcross(
  more: Readonly<Record<string, unknown>> = {},
  options: HouseOptions = {},
): Promise<AcrossCast> {
  const idp = await startIssuer()
  const house = await startHouse(more, { ...options, issuers: [trustPeopleOf(idp.url)] })
  await furnish(house)
  const client = await registerKeyed(house, 'desk-agent')
  const zoe = await inviteReader(house, 'zoe@example.org')
  const { login } = await house.people.ada.client.logins.add(zoe.id, { issuer: idp.url, subject: ZOE })
  const resource = `${house.url}/mcp/docs`
  return {
    house,
    idp,
    zoe,
    loginId: login.id,
    client,
    grant: (claims = {}, header = {}) =>
      idp.mint(
        { sub: ZOE, aud: house.url, client_id: client.clientId, resource, scope: 'read', jti: randomUUID(), ...claims },
        { typ: 'oauth-id-jag+jwt', ...header },
      ),
    show: async (assertion, form = {}, headers = {}) => {
      const all = {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion,
        resource,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: form['client_assertion'] ?? (await client.assertion()),
        ...form,
      }
      const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined)
      const answer = await house.fetch(`${house.url}/oauth/token`, {
        method: 'POST',
        headers,
        body: new URLSearchParams(given),
      })
      return { status: answer.status, body: (await answer.json()) as Shown['body'] }
    },
    end: async () => {
      await house.end(30)
      await idp.stop()
    },
  }
}
