// A client that the conformance suite tries: MCP's own client, with the proofs and assertions of our SDK. The suite names the scenario.
import { createHash, createPrivateKey, randomBytes } from 'node:crypto'
import {
  Client,
  ClientCredentialsProvider,
  CrossAppAccessProvider,
  type OAuthClientProvider,
  requestJwtAuthorizationGrant,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import type { AccessToken } from '../../sdk/agent.ts'
import { createProofKey, type ProofKey } from '../../sdk/dpop.ts'
import { createKeyAssertion, type PrivateJwk } from '../../sdk/key-assertion.ts'
import { createTokenFetch } from '../../sdk/token-fetch.ts'

interface Metadata {
  readonly issuer: string
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly registration_endpoint?: string
}

const serverUrl = process.argv[2] ?? ''
const scenario = process.env['MCP_CONFORMANCE_SCENARIO'] ?? ''
const redirectUri = 'http://127.0.0.1:9/back'

const getJson = async <T>(url: string, init?: RequestInit): Promise<T> => (await (await fetch(url, init)).json()) as T

/** RFC 9728, then RFC 8414. */
async function discover(): Promise<Metadata> {
  const { origin, pathname } = new URL(serverUrl)
  const at = `${origin}/.well-known/oauth-protected-resource${pathname}`
  const { authorization_servers: [issuer = ''] = [] } = await getJson<{ authorization_servers?: string[] }>(at)
  const { origin: host, pathname: path } = new URL(issuer)
  return getJson<Metadata>(`${host}/.well-known/oauth-authorization-server${path === '/' ? '' : path}`)
}

/** Asks for a token, with a proof where there is a key, and again with the nonce that is asked for (RFC 9449 section 8). */
async function askForToken(at: Metadata, form: Readonly<Record<string, string>>, key?: ProofKey): Promise<AccessToken> {
  const ask = async (nonce?: string): Promise<Response> =>
    fetch(at.token_endpoint, {
      method: 'POST',
      body: new URLSearchParams({ ...form, resource: serverUrl }),
      headers: key === undefined ? {} : { dpop: await key.prove('POST', at.token_endpoint, undefined, nonce) },
    })
  const first = await ask()
  const nonce = first.headers.get('dpop-nonce')
  const answer = first.ok || nonce === null ? first : await ask(nonce)
  const said = (await answer.json()) as { readonly access_token: string }
  const type = key === undefined ? 'Bearer' : 'DPoP'
  return { value: said.access_token, type, resource: serverUrl } as AccessToken // no more of it is needed here
}

async function byCode(at: Metadata, key: ProofKey): Promise<AccessToken> {
  const registered = await getJson<{ client_id: string }>(at.registration_endpoint ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'remit', redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' }),
  })
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const asked = {
    response_type: 'code',
    client_id: registered.client_id,
    redirect_uri: redirectUri,
    resource: serverUrl,
  }
  const query = new URLSearchParams({ ...asked, code_challenge: challenge, code_challenge_method: 'S256' })
  const sent = await fetch(`${at.authorization_endpoint}?${query.toString()}`, { redirect: 'manual' })
  const code = new URL(sent.headers.get('location') ?? '').searchParams.get('code') ?? ''
  const form = { client_id: registered.client_id, redirect_uri: redirectUri, code, code_verifier: verifier }
  return askForToken(at, { grant_type: 'authorization_code', ...form }, key)
}

/** What the suite tells beside the address, by name. */
const told = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}') as Readonly<Record<string, string>>

async function byWorkload(at: Metadata): Promise<AccessToken> {
  const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: told['valid_jwt'] ?? '' }
  return askForToken(at, { ...grant, client_id: told['client_id'] ?? '' })
}

async function byKey(at: Metadata): Promise<AccessToken> {
  const privateJwk = createPrivateKey(told['private_key_pem'] ?? '').export({ format: 'jwk' }) as unknown as PrivateJwk
  const assertion = createKeyAssertion({ name: told['client_id'] ?? '', audience: at.issuer, privateJwk })
  return askForToken(at, {
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertion(),
  })
}

/** How each scenario gets its token, and whether that is bound to a key. */
const SCENARIOS: Readonly<Record<string, (at: Metadata, key: ProofKey) => Promise<AccessToken>>> = {
  'auth/dpop': byCode,
  'auth/dpop-nonce': byCode,
  'auth/client-credentials-jwt': byKey,
  'auth/wif-jwt-bearer': byWorkload,
}

/** What the official client does by itself: our authorization server is held to the very same in the scenarios of this project. */
const PROVIDERS: Readonly<Record<string, (at: Metadata) => OAuthClientProvider>> = {
  'auth/client-credentials-basic': ({ issuer }) =>
    new ClientCredentialsProvider({ ...readClient(), expectedIssuer: issuer }),
  'auth/enterprise-managed-authorization': ({ issuer }) =>
    new CrossAppAccessProvider({
      ...readClient(),
      expectedIssuer: issuer,
      assertion: async ({ authorizationServerUrl, resourceUrl }) => {
        const { jwtAuthGrant } = await requestJwtAuthorizationGrant({
          tokenEndpoint: told['idp_token_endpoint'] ?? '',
          audience: authorizationServerUrl,
          resource: resourceUrl,
          idToken: told['idp_id_token'] ?? '',
          clientId: told['idp_client_id'] ?? '',
        })
        return jwtAuthGrant
      },
    }),
}

function readClient(): { readonly clientId: string; readonly clientSecret: string } {
  return { clientId: told['client_id'] ?? '', clientSecret: told['client_secret'] ?? '' }
}

async function proveWithOurs(at: Metadata): Promise<{ readonly fetch: ReturnType<typeof createTokenFetch> }> {
  const key = await createProofKey()
  const token = await SCENARIOS[scenario]?.(at, key)
  if (token === undefined) throw new Error(`this client does not know the scenario ${scenario}`)
  return { fetch: createTokenFetch({ token: async () => token, key }) }
}

const metadata = await discover()
const authProvider = PROVIDERS[scenario]?.(metadata)
const proven = authProvider === undefined ? await proveWithOurs(metadata) : { authProvider }
const client = new Client({ name: 'remit', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
await client.connect(new StreamableHTTPClientTransport(new URL(serverUrl), proven))
await client.callTool({ name: 'test-tool', arguments: {} })
await client.close()
