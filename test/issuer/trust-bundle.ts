import { randomUUID } from 'node:crypto'
import { rename, writeFile } from 'node:fs/promises'
import { type KeyServer, startKeyServer } from './key-server.ts'
import { type Claims, type MintedKey, mintKey, signClaims } from './minted-keys.ts'

/** A SPIFFE trust domain: its bundle, and the JWT-SVIDs that its authority signs. */
export interface TrustBundle {
  readonly trustDomain: string
  readonly key: () => MintedKey
  /** The bundle as it is now. Its members may be overruled, for a bundle that lies. */
  document(): Record<string, unknown>
  /** Mints a JWT-SVID of five minutes for a path of the trust domain; `claims` overrule, an undefined one is left out. */
  mint(path: string, claims: Claims, header?: Readonly<Record<string, unknown>>): Promise<string>
  /** Signs with a new key from now on, under the next sequence number. The old one stays unless `forget` says so. */
  rotate(options?: { readonly forget?: boolean }): Promise<void>
  /** Revokes every key: an empty bundle, under the next sequence number. */
  revoke(): void
  /** Writes the bundle to a file, all of it or nothing. */
  writeTo(file: string): Promise<void>
  /** Serves the bundle on loopback at `/bundle.json`. */
  serve(port?: number): Promise<KeyServer>
}

/** What a trust domain can be told. */
export interface TrustBundleOptions {
  readonly trustDomain: string
  /** Default ES256. */
  readonly algorithm?: string
  /** `spiffe_refresh_hint`; left out by default. */
  readonly refreshHintSeconds?: number
  /** Epoch milliseconds by which it dates SVIDs; default the machine's. */
  readonly nowMs?: () => number
}

/** Makes a trust domain with one key. */
export async function makeTrustBundle(options: TrustBundleOptions): Promise<TrustBundle> {
  const { trustDomain, algorithm = 'ES256', nowMs = Date.now, refreshHintSeconds } = options
  let signing = await mintKey(algorithm, randomUUID())
  let published: readonly MintedKey[] = [signing]
  let sequence = 1
  const document = (): Record<string, unknown> => ({
    keys: published.map((key) => ({ ...key.publicJwk, use: 'jwt-svid' })),
    spiffe_sequence: sequence,
    ...(refreshHintSeconds === undefined ? {} : { spiffe_refresh_hint: refreshHintSeconds }),
  })
  return {
    trustDomain,
    key: () => signing,
    document,
    mint: (path, claims, header) => {
      const seconds = Math.floor(nowMs() / 1000)
      const sub = `spiffe://${trustDomain}${path}`
      return signClaims(signing, { sub, iat: seconds, exp: seconds + 300, ...claims }, header)
    },
    rotate: async ({ forget = false } = {}) => {
      signing = await mintKey(algorithm, randomUUID())
      published = [signing, ...(forget ? [] : published)]
      sequence += 1
    },
    revoke: () => {
      published = []
      sequence += 1
    },
    writeTo: async (file) => {
      await writeFile(`${file}.new`, JSON.stringify(document()))
      await rename(`${file}.new`, file)
    },
    serve: (port) => startKeyServer({ '/bundle.json': document }, port),
  }
}
