import { randomBytes } from 'node:crypto'
import { RemitError } from '../errors.ts'
import { type Cryptoki, openCryptoki } from './cryptoki.ts'

/** Where a key lies in a hardware security module. */
export interface TokenPlace {
  /** The PKCS#11 library of its maker. */
  readonly library: string
  readonly tokenLabel: string
  /** The label of an AES key of 256 bits, which may encrypt and decrypt. */
  readonly keyLabel: string
}

/** A key that never leaves its token. */
export interface TokenKey {
  /** AES-256-GCM; gives nonce, ciphertext and tag. */
  encrypt(secret: Uint8Array, context: string): Uint8Array
  /** Error: `config_invalid` for what this key has not encrypted for this context. */
  decrypt(sealed: Uint8Array, context: string): Uint8Array
}

const OK = 0n
/** Members of PKCS#11 2.40, by the names that it gives them. */
const CKR = {
  pinIncorrect: 0xa0n,
  pinLocked: 0xa4n,
  pinMissing: 0x102n,
  loggedIn: 0x100n,
  initialized: 0x191n,
} as const
const TOKEN_FLAGS = { initialized: 0x400, finalTry: 0x2_0000, locked: 0x4_0000 } as const
const [secretKeyClass, classType, labelType] = [4n, 0n, 3n]
const [sensitiveType, lengthType, extractableType] = [0x103n, 0x161n, 0x162n]
const [serialSession, userLogin, aesGcm] = [4n, 1n, 0x1087n]
const [nonceBytes, tagBytes, slotsMax] = [12, 16, 256]
const LABEL_BYTES = 32
const FLAGS_AT = 96

/**
 * Opens a token with its PIN, lets something be done with a key of it, and leaves it. A wrong PIN is tried once, and none where
 * one wrong try would lock the token. Errors: `config_invalid`, each with what to put right.
 */
export function withTokenKey<T>(place: TokenPlace, pin: string, use: (key: TokenKey) => T): T {
  const cryptoki = openCryptoki(place.library)
  const { call } = cryptoki
  try {
    must('C_Initialize', call.C_Initialize(null), CKR.initialized)
    try {
      const session = openSession(cryptoki, findSlot(cryptoki, place.tokenLabel))
      try {
        login(cryptoki, session, pin, place.tokenLabel)
        const handle = findKey(cryptoki, session, place)
        requireKept(cryptoki, session, handle, place)
        return use(keyOf(cryptoki, session, handle))
      } finally {
        call.C_CloseSession(session) // and logs out, as it is the only one
      }
    } finally {
      call.C_Finalize(null)
    }
  } finally {
    cryptoki.close()
  }
}

function refuse(detail: string): never {
  throw new RemitError('config_invalid', { detail })
}

function must(name: string, answer: bigint, ...alsoGood: readonly bigint[]): void {
  if (answer !== OK && !alsoGood.includes(answer))
    refuse(`The hardware security module refused ${name} with 0x${answer.toString(16)} (CKR_… in PKCS#11).`)
}

function findSlot({ call }: Cryptoki, label: string): bigint {
  const [slots, count] = [Buffer.alloc(slotsMax * 8), Buffer.alloc(8)]
  count.writeBigUInt64LE(BigInt(slotsMax))
  must('C_GetSlotList', call.C_GetSlotList(1, slots, count))
  const found: { slot: bigint; flags: number }[] = []
  const others: string[] = []
  for (let at = 0; at < Number(count.readBigUInt64LE()); at++) {
    const [slot, info] = [slots.readBigUInt64LE(at * 8), Buffer.alloc(256)]
    must('C_GetTokenInfo', call.C_GetTokenInfo(slot, info))
    const [name, flags] = [info.toString('utf8', 0, LABEL_BYTES).trimEnd(), info.readUInt32LE(FLAGS_AT)]
    if ((flags & TOKEN_FLAGS.initialized) === 0) continue
    if (name === label) found.push({ slot, flags })
    else others.push(name)
  }
  const [token, twin] = found
  if (token === undefined)
    return refuse(
      `There is no token ${label} (masterKey.pkcs11.tokenLabel); there is ${others.join(', ') || 'none at all'}.`,
    )
  if (twin !== undefined) refuse(`There are several tokens with the label ${label}; give each its own.`)
  if ((token.flags & TOKEN_FLAGS.locked) !== 0)
    refuse(`The token ${label} is locked after wrong PINs; its security officer has to set a new PIN.`)
  if ((token.flags & TOKEN_FLAGS.finalTry) !== 0)
    refuse(
      `One more wrong PIN locks the token ${label}: nothing was tried. Log in with another tool first, which shows that the PIN is right.`,
    )
  return token.slot
}

function openSession({ call }: Cryptoki, slot: bigint): bigint {
  const handle = Buffer.alloc(8)
  must('C_OpenSession', call.C_OpenSession(slot, serialSession, null, null, handle))
  return handle.readBigUInt64LE()
}

function login({ call }: Cryptoki, session: bigint, pin: string, label: string): void {
  const bytes = Buffer.from(pin, 'utf8')
  const answer = call.C_Login(session, userLogin, bytes, BigInt(bytes.length))
  bytes.fill(0)
  if (answer === CKR.pinIncorrect)
    refuse(
      `The PIN in masterKey.pkcs11.pinFile is not that of the token ${label}. It was tried once; a few wrong ones lock the token.`,
    )
  if (answer === CKR.pinLocked)
    refuse(`The token ${label} is locked after wrong PINs; its security officer has to set a new PIN.`)
  if (answer === CKR.pinMissing) refuse(`The token ${label} has no user PIN yet; its security officer has to set one.`)
  must('C_Login', answer, CKR.loggedIn)
}

function findKey({ call, struct }: Cryptoki, session: bigint, { keyLabel, tokenLabel }: TokenPlace): bigint {
  const [kind, label] = [struct(secretKeyClass), Buffer.from(keyLabel, 'utf8')]
  const template = struct(classType, kind, 8n, labelType, label, BigInt(label.length))
  must('C_FindObjectsInit', call.C_FindObjectsInit(session, template, 2n))
  const [handles, count] = [Buffer.alloc(16), Buffer.alloc(8)]
  must('C_FindObjects', call.C_FindObjects(session, handles, 2n, count))
  must('C_FindObjectsFinal', call.C_FindObjectsFinal(session))
  const found = Number(count.readBigUInt64LE())
  if (found === 0)
    refuse(
      `The token ${tokenLabel} has no secret key ${keyLabel} (masterKey.pkcs11.keyLabel); docs/running.md shows how to make one.`,
    )
  if (found > 1)
    refuse(`The token ${tokenLabel} has several secret keys with the label ${keyLabel}; give each its own.`)
  return handles.readBigUInt64LE()
}

/** Refuses a key that could leave its token, or is shorter than what it guards. */
function requireKept({ call, struct }: Cryptoki, session: bigint, handle: bigint, { keyLabel }: TokenPlace): void {
  const [sensitive, length, extractable] = [Buffer.alloc(1), Buffer.alloc(8), Buffer.alloc(1)]
  const template = struct(sensitiveType, sensitive, 1n, lengthType, length, 8n, extractableType, extractable, 1n)
  must('C_GetAttributeValue', call.C_GetAttributeValue(session, handle, template, 3n))
  if (length.readBigUInt64LE() !== 32n)
    refuse(`The key ${keyLabel} is no AES key of 256 bits; make one (docs/running.md).`)
  if (sensitive[0] !== 1 || extractable[0] !== 0)
    refuse(`The key ${keyLabel} can be taken out of its token: make one that is sensitive and not extractable.`)
}

function keyOf(cryptoki: Cryptoki, session: bigint, handle: bigint): TokenKey {
  const { call } = cryptoki
  return {
    encrypt(secret, context) {
      const nonce = randomBytes(nonceBytes)
      must('C_EncryptInit', call.C_EncryptInit(session, mechanismOf(cryptoki, nonce, context), handle))
      const [sealed, length] = roomFor(secret.length + tagBytes)
      must('C_Encrypt', call.C_Encrypt(session, secret, BigInt(secret.length), sealed, length))
      return Buffer.concat([nonce, sealed.subarray(0, Number(length.readBigUInt64LE()))])
    },
    decrypt(sealed, context) {
      const [nonce, body] = [Buffer.from(sealed.subarray(0, nonceBytes)), Buffer.from(sealed.subarray(nonceBytes))]
      if (body.length <= tagBytes) return refuse('The wrapped master key is cut short; put back the file of a backup.')
      must('C_DecryptInit', call.C_DecryptInit(session, mechanismOf(cryptoki, nonce, context), handle))
      const [secret, length] = roomFor(body.length)
      if (call.C_Decrypt(session, body, BigInt(body.length), secret, length) !== OK)
        return refuse(
          'The key of the hardware security module does not open the wrapped master key: it was wrapped by another one, or was changed.',
        )
      return secret.subarray(0, Number(length.readBigUInt64LE()))
    },
  }
}

function roomFor(bytes: number): readonly [Buffer, Buffer] {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(bytes))
  return [Buffer.alloc(bytes), length]
}

/** `CK_MECHANISM` with `CK_GCM_PARAMS` (PKCS#11 2.40, section 2.12.3). */
function mechanismOf({ struct }: Cryptoki, nonce: Uint8Array, context: string): Buffer {
  const aad = Buffer.from(context, 'utf8')
  const length = BigInt(nonce.length)
  const parameters = struct(nonce, length, length * 8n, aad, BigInt(aad.length), BigInt(tagBytes * 8))
  return struct(aesGcm, parameters, BigInt(parameters.length))
}
