import type { House } from '../flow/house.ts'
import type { TokenKeys } from '../flow/token/keyring.ts'
import type { Clock } from '../ground/clock.ts'
import { createDenialTokens } from '../issue/denial-token.ts'

/** What denials say of themselves is signed with the keys of the tokens, and read by the one address that takes it. */
export function openDenials({ current, publicKeyOf }: TokenKeys, issuer: string, clock: Clock): House['denials'] {
  return createDenialTokens({
    key: current,
    keyOf: publicKeyOf,
    issuer,
    audience: `${issuer}/access/v1/requests`,
    clock,
  })
}
