import { createHash, createPublicKey, verify } from 'node:crypto'

/** Thrown for everything that does not verify: what, and where. */
export class Unverified extends Error {}

/** An Ed25519 verifier key. */
export interface VerifierKey {
  readonly name: string
  readonly id: string
  readonly raw: Buffer
}

/** Reads `<name>+<hex id>+<base64 of 0x01 and key>`. */
export function readVerifierKey(vkey: string): VerifierKey {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(vkey)
  if (match === null) throw new Unverified('the vkey has not the form of one')
  const [, name = '', id = '', encoded = ''] = match
  const material = Buffer.from(encoded, 'base64')
  if (material.length !== 33 || material[0] !== 1) throw new Unverified('the vkey is not of an Ed25519 key')
  const named = createHash('sha256').update(name).update('\n').update(material).digest('hex')
  if (named.slice(0, 8) !== id) throw new Unverified('the id of the vkey is not that of its key')
  return { name, id, raw: material.subarray(1) }
}

/** Gives the text of a note, once the signature of the key has verified. */
export function openNote(note: Buffer, key: VerifierKey): string {
  const whole = new TextDecoder('utf-8', { fatal: true }).decode(note)
  if (/[\0-\x09\x0b-\x1f]/.test(whole)) throw new Unverified('the note has control characters')
  const end = whole.lastIndexOf('\n\n') + 1
  if (end === 0 || !whole.endsWith('\n')) throw new Unverified('the note has no signatures')
  const text = whole.slice(0, end)
  let isSigned = false
  for (const line of whole.slice(end + 1, -1).split('\n')) {
    const [dash, name, encoded, ...more] = line.split(' ')
    if (dash !== '\u2014' || name === undefined || encoded === undefined || more.length > 0) {
      throw new Unverified('a signature line has not the form of one')
    }
    const blob = Buffer.from(encoded, 'base64')
    if (blob.toString('base64') !== encoded || blob.length < 5) throw new Unverified('a signature is not base64')
    if (name !== key.name || blob.subarray(0, 4).toString('hex') !== key.id) continue
    if (!verifyEd25519(key.raw, Buffer.from(text), blob.subarray(4)))
      throw new Unverified('the signature does not verify')
    isSigned = true
  }
  if (!isSigned) throw new Unverified('the key has not signed the note')
  return text
}

function verifyEd25519(raw: Buffer, message: Buffer, signature: Buffer): boolean {
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw])
  return verify(null, message, createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature)
}

/** The head of a log. */
export interface Head {
  readonly size: bigint
  readonly root: Buffer
}

/** Reads the text of a checkpoint of this origin. */
export function readHead(text: string, origin: string): Head {
  const [named, size = '', encoded = ''] = text.split('\n')
  if (named !== origin) throw new Unverified(`the checkpoint is of ${named}`)
  if (!/^(0|[1-9][0-9]*)$/.test(size)) throw new Unverified('the checkpoint has no size')
  const root = Buffer.from(encoded, 'base64')
  if (root.length !== 32 || root.toString('base64') !== encoded) throw new Unverified('the checkpoint has no root')
  return { size: BigInt(size), root }
}
