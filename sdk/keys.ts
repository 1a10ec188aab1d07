import type { KeyRotated } from './answers.ts'
import type { Caller } from './call.ts'

/** Why a key is replaced, and which: what signs tokens where not said. */
export interface KeyRotation {
  readonly reason: string
  readonly leaked?: boolean
  readonly use?: 'token' | 'svid' | 'x509-ca' | 'federation'
}

/** The keys that the server signs with. */
export const keysOf = (caller: Caller) => ({
  /** Replaces a key; of a leaked one, all that it signed ends. Errors: `role_missing`, `not_found`. */
  rotate: (why: KeyRotation) => caller.json<KeyRotated>('POST', '/api/v1/keys/rotate', { body: why }),
})
