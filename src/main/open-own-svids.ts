import type { Config } from '../config.ts'
import type { House } from '../flow/house.ts'
import { createOwnSvids, type OwnSvids } from '../flow/token/svid/own-svids.ts'
import { createTokenKeys } from '../flow/token/token-keys.ts'
import { certifyAuthority } from '../issue/x509-authority.ts'
import type { Store } from '../store/store.ts'

interface Parts extends Pick<House, 'log' | 'clock' | 'ids'> {
  readonly store: Store
  readonly masterKey: Uint8Array
  readonly publicUrl: string
}

/** Opens our own trust domain with keys of its own, where one is configured, and gives what renews them. */
export async function openOwnSvids(
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
