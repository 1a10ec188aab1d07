import { randomUUID } from 'node:crypto'
import { type KeyServer, startKeyServer } from './key-server.ts'
import { type Claims, type MintedKey, mintKey, signClaims } from './minted-keys.ts'

/** A small real OIDC issuer: discovery, a key set, and assertions minted without asking anybody. */
export interface Issuer extends KeyServer {
  /** The `iss` of its assertions. */
  readonly url: string
  /** The key that signs now. */
  readonly key: () => MintedKey
  /** Mints an assertion of five minutes; `claims` overrule, an undefined one is left out. `sub` and `aud` are the caller's to give. */
  mint(claims: Claims, header?: Readonly<Record<string, unknown>>): Promise<string>
  /** Signs with a new key from now on. The old one stays published unless `forget` says so; `kid` is the name of the new one. */
  rotate(options?: { readonly forget?: boolean; readonly kid?: string }): Promise<void>
}

/** What an issuer can be told. */
export interface IssuerOptions {
  /** Port on loopback; 0, the default, takes a free one. */
  readonly port?: number
  /** Default ES256. */
  readonly algorithm?: string
  /** Epoch milliseconds by which it dates assertions; default the machine's. */
  readonly nowMs?: () => number
}

/** Starts an issuer on loopback. */
export async function startIssuer(options: IssuerOptions = {}): Promise<Issuer> {
  const algorithm = options.algorithm ?? 'ES256'
  const nowMs = options.nowMs ?? Date.now
  let keys: readonly MintedKey[] = [await mintKey(algorithm, randomUUID())]
  const server = await startKeyServer(
    {
      '/.well-known/openid-configuration': () => describeIssuer(server.origin, algorithm),
      '/jwks': () => ({ keys: keys.map((key) => ({ ...key.publicJwk, use: 'sig' })) }),
    },
    options.port,
  )
  const newest = (): MintedKey => keys[0] as MintedKey
  return {
    ...server,
    url: server.origin,
    key: newest,
    mint: (claims, header) =>
      signClaims(newest(), { ...datedClaims(nowMs()), iss: server.origin, jti: randomUUID(), ...claims }, header),
    rotate: async ({ forget = false, kid = randomUUID() } = {}) => {
      keys = [await mintKey(algorithm, kid), ...(forget ? [] : keys)]
    },
  }
}

/** Gives `iat`, `nbf` and `exp` of an assertion that lives five minutes. */
export function datedClaims(nowMs: number): { readonly iat: number; readonly nbf: number; readonly exp: number } {
  const seconds = Math.floor(nowMs / 1000)
  return { iat: seconds, nbf: seconds, exp: seconds + 300 }
}

function describeIssuer(url: string, algorithm: string): object {
  return {
    issuer: url,
    jwks_uri: `${url}/jwks`,
    authorization_endpoint: '',
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [algorithm],
  }
}
