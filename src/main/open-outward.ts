import type { Config } from '../config.ts'
import type { House } from '../flow/house.ts'
import { createFederation, type Federation } from '../flow/token/federation.ts'
import { createOwnSvids, type OwnSvids } from '../flow/token/svid/own-svids.ts'
import { createTokenKeys } from '../flow/token/token-keys.ts'
import { certifyAuthority } from '../issue/x509-authority.ts'
import type { Store } from '../store/store.ts'

interface Parts extends Pick<House, 'log' | 'clock' | 'ids'> {
  readonly store: Store
  readonly masterKey: Uint8Array
  readonly publicUrl: string
}

interface Outward extends Pick<House, 'svids' | 'federation'> {
  readonly renewOutwardKeys: () => Promise<void>
}

/** Opens what makes tokens for others, each with keys of its own, where it is configured, and gives what renews these. */
export async function openOutward(config: Config, parts: Parts): Promise<Outward> {
  const { svids, renewSvidKeys } = await openOwnSvids(config, parts)
  const { federation, renewFederationKeys } = await openFederation(config, parts)
  const renewOutwardKeys = async (): Promise<void> => {
    await renewSvidKeys()
    await renewFederationKeys()
  }
  return { svids, federation, renewOutwardKeys }
}

async function openOwnSvids(
  { spiffe }: Config,
  { store, masterKey, publicUrl, ...house }: Parts,
): Promise<{ readonly svids: OwnSvids | null; readonly renewSvidKeys: () => Promise<void> }> {
  if (spiffe === undefined) return { svids: null, renewSvidKeys: () => Promise.resolve() }
  const jwt = createTokenKeys(house, store.issue, masterKey, 'svid')
  const x509 = createTokenKeys(house, store.issue, masterKey, 'x509-ca', (key) =>
    certifyAuthority(key, masterKey, spiffe.trustDomain),
  )
  const renewSvidKeys = async (): Promise<void> => {
    await jwt.renew()
    await x509.renew()
  }
  await renewSvidKeys()
  return {
    svids: createOwnSvids({ ...spiffe, issuer: `${publicUrl}/spiffe` }, { jwt, x509 }, store.issue),
    renewSvidKeys,
  }
}

async function openFederation(
  { federation }: Config,
  { store, masterKey, publicUrl, ...house }: Parts,
): Promise<{ readonly federation: Federation | null; readonly renewFederationKeys: () => Promise<void> }> {
  if (federation === undefined) return { federation: null, renewFederationKeys: () => Promise.resolve() }
  const keys = createTokenKeys(house, store.issue, masterKey, 'federation')
  await keys.renew()
  const desk = createFederation({ ...federation, issuer: `${publicUrl}/federation` }, keys)
  return { federation: desk, renewFederationKeys: keys.renew }
}
