import { equalBytes, toUtf8 } from './bytes.ts'
import type { Malformed, NoteKey, NoteSignature, SignedNote, VerifySignature } from './note.ts'

/** Signature type of a witness: Ed25519 over a checkpoint and the time (C2SP tlog-cosignature v1). */
export const cosignatureType = 0x04

const timeBytes = 8

/** The last moment that a date can name (ECMA-262, 8.64e15 ms). */
const secondsMax = 8.64e12

/** That a witness has seen this log grow up to a checkpoint, and nothing else under its name. */
export interface Cosignature {
  readonly line: NoteSignature
  /** When it signed, by its own clock; whole seconds. */
  readonly atMs: number
}

/** Gives what a witness signs: the time in seconds, and the text of the checkpoint. */
export function writeCosigned(text: string, atSeconds: number): Uint8Array {
  return toUtf8(`cosignature/v1\ntime ${atSeconds}\n${text}`)
}

/**
 * Finds the signature of a witness under a checkpoint: eight bytes of time, then Ed25519. Null where it has not signed; malformed
 * where a line of its key does not verify.
 */
export async function findCosignature(
  { text, signatures }: SignedNote,
  key: NoteKey,
  verify: VerifySignature,
): Promise<Cosignature | Malformed | null> {
  const line = signatures.find(({ name, keyId }) => name === key.name && equalBytes(keyId, key.keyId))
  if (line === undefined) return null
  const atSeconds = readSeconds(line.signature)
  const isTrue =
    atSeconds !== null &&
    (await verify(key.publicKey, writeCosigned(text, atSeconds), line.signature.subarray(timeBytes)))
  return isTrue ? { line, atMs: atSeconds * 1000 } : { malformed: `the signature of ${key.name} does not verify` }
}

/** Null for no time, and for one that no date can name: it is written out wherever it is told. */
function readSeconds(signature: Uint8Array): number | null {
  if (signature.length <= timeBytes) return null
  const seconds = Number(new DataView(signature.buffer, signature.byteOffset, timeBytes).getBigUint64(0))
  return seconds > 0 && seconds <= secondsMax ? seconds : null
}
