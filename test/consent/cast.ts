import { createHash, randomBytes } from 'node:crypto'
import type { BindingDraft } from '../../sdk/answers.ts'
import type { House, Somebody } from '../house.ts'
import { approveIdentity, makeSummariser, prepare } from '../scenarios/cast.ts'
import { openBrowser, readForm, type Visited } from './browser.ts'

/** Where the answers of the client of these tests go. */
export const BACK = 'https://app.example/back'

/** An active reader of documents with a client, and a person who may read what is public. */
export interface ConsentCast {
  readonly clientId: string
  readonly identityId: string
  readonly bindingId: string
  readonly zoe: Somebody
}

/** Registers a client of a new identity, approves both, and adds a person with a right. The house must be furnished. */
export async function castConsent(
  house: House,
  more: {
    readonly name?: string
    readonly redirectUris?: readonly string[]
    readonly server?: string
    /** How it proves itself with a code; without any it is public. */
    readonly proofs?: readonly BindingDraft[]
  } = {},
): Promise<ConsentCast> {
  const { name = 'reading-app', redirectUris = [BACK, 'http://127.0.0.1/back'], server, proofs = [] } = more
  const identityId = await prepare(house, makeSummariser(house, name))
  for (const proof of proofs) await house.people.ada.client.identities.bind(identityId, proof)
  const confidential = proofs.length > 0
  const draft = {
    identity: identityId,
    clientId: name,
    redirectUris,
    confidential,
    ...(server === undefined ? {} : { server }),
  }
  const { binding, clientId } = await house.people.ada.client.clients.add(draft)
  await approveIdentity(house, identityId)
  return { clientId, identityId, bindingId: binding.id, zoe: await inviteReader(house, `${name}@example.org`) }
}

/** Adds somebody without a role who may read public documents, and so may let an agent do that. */
export async function inviteReader(house: House, email: string): Promise<Somebody> {
  const { people } = house.people.ada.client
  const { link, person } = await people.add({ name: 'Zoe', email, roles: [] })
  await people.grantRight(person.id, {
    scope: [{ action: 'docs/*', resource: 'docs:public/*' }],
    classes: ['read'],
    ceiling: 'internal',
    reason: 'Her work',
    days: 30,
  })
  return await house.signIn(link)
}

/** An authorization request, with the verifier that its client keeps. */
export interface MadeRequest {
  readonly url: string
  readonly verifier: string
  readonly query: Readonly<Record<string, string>>
}

/** Makes a request as a good client would; a member of `more` that is undefined is left out. */
export function makeRequest(
  house: Pick<House, 'url'>,
  clientId: string,
  more: Readonly<Record<string, string | undefined>> = {},
): MadeRequest {
  const verifier = randomBytes(32).toString('base64url')
  const all: Readonly<Record<string, string | undefined>> = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: BACK,
    state: 'a state',
    resource: `${house.url}/mcp/docs`,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  }
  const query = Object.fromEntries(
    Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  )
  return { url: `${house.url}/oauth/authorize?${new URLSearchParams(query).toString()}`, verifier, query }
}

/** Lets somebody say yes to a request; `change` alters the form before it is sent. */
export async function allow(
  house: House,
  who: Somebody,
  request: Pick<MadeRequest, 'url'>,
  change: (form: Readonly<Record<string, string>>) => Readonly<Record<string, string>> = (form) => form,
): Promise<Visited> {
  const browser = openBrowser(house, who)
  const { page } = await browser.visit(request.url)
  return await browser.send('/oauth/authorize', change({ ...readForm(page), decision: 'allow' }))
}

/** Gives the code of an answer. */
export function codeIn({ location, page }: Pick<Visited, 'location' | 'page'>): string {
  const code = location?.searchParams.get('code')
  if (code === null || code === undefined) throw new Error(`no code in ${location?.href ?? page}`)
  return code
}

/** Shows a code at the token endpoint. */
export async function redeem(
  house: Pick<House, 'url' | 'fetch'>,
  form: Readonly<Record<string, string | undefined>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const given = Object.entries({ grant_type: 'authorization_code', ...form }).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as [string, string]],
  )
  const answer = await house.fetch(`${house.url}/oauth/token`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(given),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
