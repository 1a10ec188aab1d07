import { randomBytes, randomUUID } from 'node:crypto'

/** The kinds of id, by prefix: a reader of the log sees what an id names. */
export const ID_PREFIXES = {
  identity: 'idn',
  binding: 'bnd',
  person: 'psn',
  entitlement: 'ent',
  approval: 'apr',
  task: 'tsk',
  credential: 'crd',
  key: 'key',
  request: 'req',
  pack: 'pck',
} as const
export type IdKind = keyof typeof ID_PREFIXES

/** The only way to randomness. A test may pass its own. */
export interface Ids {
  /** A new id: prefix, 48 bits of time in base 32 so that ids sort by age, 80 random bits. */
  next(kind: IdKind): string
  /** `bytes` random bytes, base64url. */
  secret(bytes: number): string
  uuid(): string
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** Makes ids from the system's randomness and the given time. */
export function createIds(nowMs: () => number): Ids {
  return {
    next: (kind) => `${ID_PREFIXES[kind]}_${encodeTime(nowMs())}${encodeRandom(randomBytes(16))}`,
    secret: (bytes) => randomBytes(bytes).toString('base64url'),
    uuid: () => randomUUID(),
  }
}

function encodeTime(atMs: number): string {
  let text = ''
  for (let rest = atMs, at = 0; at < 10; at++, rest = Math.floor(rest / 32)) text = ALPHABET.charAt(rest % 32) + text
  return text
}

function encodeRandom(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => ALPHABET.charAt(byte % 32)).join('')
}
