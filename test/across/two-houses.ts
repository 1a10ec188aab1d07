import { findPort } from '../../cli/demo/port.ts'
import { inviteReader } from '../consent/cast.ts'
import { type House, type Somebody, startHouse } from '../house.ts'
import type { Claims } from '../issuer/minted-keys.ts'
import { type Actor, furnish, makeSummariser, register } from '../scenarios/cast.ts'
import { type KeyedClient, registerKeyed } from './cast.ts'

/** Two organisations, each with a house: an agent of the first acts at the second, for a person whom both know. */
export interface TwoHouses {
  readonly home: House
  readonly away: House
  /** The document server of the second house. */
  readonly resource: string
  /** Who the agents of the first house are at the second. */
  readonly guest: KeyedClient
  readonly actor: Actor
  /** The person, at each house. */
  readonly zoe: { readonly home: Somebody; readonly away: Somebody }
  /** Opens a task of the agent for the person at the first house; gives its id. */
  openFor(scope?: readonly { readonly action: string; readonly resource: string }[]): Promise<string>
  end(): Promise<void>
}

/** Makes a reader of documents that may read at the second house too. */
export function makeTraveller(home: House, resource: string, name = 'traveller'): Actor {
  const actor = makeSummariser(home, name)
  const away = { scope: [{ action: 'read', resource }], classes: ['read'], ceiling: 'internal' } as const
  return {
    ...actor,
    entitlements: [...actor.entitlements, { ...away, approval: 'none', reason: 'It reads there', days: 30 }],
  }
}

/** Starts both. */
export async function castTwoHouses(): Promise<TwoHouses> {
  const port = await findPort(0)
  const homeUrl = `http://127.0.0.1:${port}`
  const trust = { issuer: homeUrl, jwksUri: `${homeUrl}/oauth/jwks`, serves: 'people', algorithms: ['ES256'] }
  const away = await startHouse({}, { issuers: [{ ...trust, allowInsecureHttp: true }] })
  const resource = `${away.url}/mcp/docs`
  const scopes = { read: 'read', write: 'write' }
  const home = await startHouse({
    address: { host: '127.0.0.1', port },
    targets: [
      { issuer: away.url, clientId: 'home-agents', resources: [resource, `${away.url}/mcp/everything`], scopes },
    ],
  })
  await Promise.all([furnish(home), furnish(away)])
  await home.people.ada.client.catalogue.classifyResource({ pattern: `${away.url}/*`, sensitivity: 'internal' })
  const guest = await registerKeyed(away, 'home-agents')
  const actor = makeTraveller(home, resource)
  const identityId = await register(home, actor)
  const zoe = { home: await inviteReader(home, 'zoe@home.example'), away: await inviteReader(away, 'zoe@away.example') }
  const right = { classes: ['read'], ceiling: 'internal', reason: 'Her work', days: 30 } as const
  await home.people.ada.client.people.grantRight(zoe.home.id, { ...right, scope: [{ action: 'read', resource }] })
  await away.people.ada.client.logins.add(zoe.away.id, { issuer: homeUrl, subject: zoe.home.id })
  return {
    home,
    away,
    resource,
    guest,
    actor,
    zoe,
    openFor: async (scope = [{ action: 'read', resource }]) =>
      (await zoe.home.client.identities.openTask(identityId, { ...actor.task, scope })).task.id,
    end: async () => {
      await home.end(40)
      await away.end(30)
    },
  }
}

/** An answer of a token endpoint. */
interface Answered {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

async function post(house: House, form: Claims): Promise<Answered> {
  const given = Object.entries(form).filter((pair): pair is [string, string] => typeof pair[1] === 'string')
  const answer = await house.fetch(`${house.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(given) })
  return { status: answer.status, body: (await answer.json()) as Answered['body'] }
}

/** Asks the first house for a grant in a task; `form` overrules, an undefined member is left out. */
export async function askForGrant(
  { home, away, resource, actor }: TwoHouses,
  taskId: string,
  form: Readonly<Record<string, string | undefined>> = {},
): Promise<Answered> {
  return await post(home, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
    subject_token: await actor.assertion(),
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    audience: away.url,
    resource,
    authorization_details: JSON.stringify([{ type: 'urn:remit:task', task_id: taskId }]),
    ...form,
  })
}

/** Shows a grant at the second house, as the client that the agents of the first are there. */
export async function showGrant({ away, guest, resource }: TwoHouses, assertion: string): Promise<Answered> {
  return await post(away, {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion,
    resource,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await guest.assertion(),
  })
}
