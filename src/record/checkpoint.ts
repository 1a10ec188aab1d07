import { type Checkpoint, formatCheckpoint, parseCheckpoint } from '../contract/log/checkpoint.ts'
import { type Malformed, type NoteKey, signNote, verifyNote } from '../contract/log/note.ts'
import { sha256 } from '../ground/digest.ts'
import { type Frontier, frontierRoot } from './frontier.ts'
import { type LogSigner, verifyEd25519 } from './signer.ts'
import type { LogHead } from './store.ts'

/** Signs the head of a log: its checkpoint over exactly the leaves of this edge. */
export function signHead(signer: LogSigner, origin: string, frontier: Frontier): LogHead {
  const root = frontierRoot(sha256, frontier)
  const text = formatCheckpoint({ origin, size: frontier.size, root, extensions: [] })
  return { size: frontier.size, note: signNote(text, signer.key, signer.sign) }
}

/** Reads a signed checkpoint of this log; says what is wrong where it is not one. */
export async function readCheckpoint(note: string, origin: string, key: NoteKey): Promise<Checkpoint | Malformed> {
  const verified = await verifyNote(note, [key], verifyEd25519)
  if ('malformed' in verified) return verified
  const checkpoint = parseCheckpoint(verified.text)
  if ('malformed' in checkpoint || checkpoint.origin === origin) return checkpoint
  return { malformed: `the checkpoint is of another log: ${checkpoint.origin}` }
}
