import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { type Fact, insert, type Kept, update } from '../contract/change.ts'
import type { SigningKey } from '../contract/credential.ts'
import type { Actor } from '../contract/log-entry.ts'
import type { Ids } from '../ground/ids.ts'
import { makeKeyPair, makeRsaPair } from '../ground/key-pair.ts'
import { LIMITS } from '../ground/limits.ts'
import { openSecret, sealSecret } from '../ground/seal.ts'

const DAY_MS = 86_400_000

const ALGORITHMS: Readonly<Record<SigningKey['use'], SigningKey['algorithm']>> = {
  token: 'ES256',
  svid: 'ES256',
  'x509-ca': 'ES256',
  federation: 'RS256',
  log: 'Ed25519',
}

/** Gives a new key, its private half sealed under the master key. It signs from `activatesMs` on. */
export async function makeSigningKey(
  use: SigningKey['use'],
  masterKey: Uint8Array,
  ids: Ids,
  atMs: number,
  activatesMs = atMs,
): Promise<SigningKey> {
  const algorithm = ALGORITHMS[use]
  const { publicKey, privateKey } = algorithm === 'RS256' ? await makeRsaPair() : makeKeyPair(algorithm)
  const id = ids.next('key')
  return {
    id,
    use,
    algorithm,
    publicJwk: publicKey.export({ format: 'jwk' }) as Record<string, string>, // the members of a public key are texts
    sealed: sealSecret(masterKey, privateKey.export({ format: 'der', type: 'pkcs8' }), id),
    createdMs: atMs,
    activatesMs,
    retiresMs: use === 'log' ? null : activatesMs + (LIMITS.keyRotationDays + LIMITS.keyOverlapDays) * DAY_MS,
  }
}

/** Gives the fact that a key was made. Neither half is in the entry: the public one has its own address. */
export function recordKey(key: SigningKey): Fact {
  return {
    entry: {
      kind: 'key.created',
      actor: { kind: 'system', id: 'remit' },
      subject: { kind: 'key', id: key.id },
      data: { use: key.use, algorithm: key.algorithm, activatesMs: key.activatesMs, retiresMs: key.retiresMs },
    },
    changes: [insert('signing_keys', key)],
  }
}

/** What is said of a rotation. */
export interface Rotation {
  readonly successor: SigningKey
  /** The keys that nothing is verified with any more; empty where the old ones live on to the end of their overlap. */
  readonly retired: readonly Kept<SigningKey>[]
  readonly because: string
}

/** Gives the fact that a person had a key replaced, and which keys count no more from `atMs` on. */
export function recordRotation({ successor, retired, because }: Rotation, actor: Actor, atMs: number): Fact {
  const { id, use, algorithm, activatesMs, retiresMs } = successor
  return {
    entry: {
      kind: 'key.rotated',
      actor,
      subject: { kind: 'key', id },
      data: { use, algorithm, activatesMs, retiresMs, retired: retired.map((key) => key.id), because },
    },
    changes: [
      insert('signing_keys', successor),
      ...retired.map((key) => update('signing_keys', key, { ...key, retiresMs: atMs })),
    ],
  }
}

/** A key ready to sign. */
export interface OpenKey {
  readonly id: string
  readonly use: SigningKey['use']
  readonly algorithm: SigningKey['algorithm']
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** Of an authority: its certificate, as base64 of DER. */
  readonly certificate?: string | undefined
}

/** Opens a kept key with the master key. */
export function openSigningKey(key: SigningKey, masterKey: Uint8Array): OpenKey {
  const privateKey = createPrivateKey({
    key: Buffer.from(openSecret(masterKey, key.sealed, key.id)),
    format: 'der',
    type: 'pkcs8',
  })
  const { id, use, algorithm, certificate } = key
  return { id, use, algorithm, privateKey, publicKey: createPublicKey(privateKey), certificate }
}

/** Gives the key that signs now: the newest of its use that is active and not in its overlap. */
export function currentKey(
  keys: readonly Kept<SigningKey>[],
  use: SigningKey['use'],
  atMs: number,
): Kept<SigningKey> | undefined {
  return keys
    .filter((key) => key.use === use && key.activatesMs <= atMs && (key.retiresMs === null || atMs < key.retiresMs))
    .sort((a, b) => b.activatesMs - a.activatesMs)[0]
}

/** True where a successor must be made: the newest key is within its overlap of retiring. */
export function needsSuccessor(keys: readonly Kept<SigningKey>[], use: SigningKey['use'], atMs: number): boolean {
  return !keys.some(
    (key) => key.use === use && (key.retiresMs === null || atMs < key.retiresMs - LIMITS.keyOverlapDays * DAY_MS),
  )
}
