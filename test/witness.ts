import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fromBase64 } from '../src/contract/log/bytes.ts'
import { type Checkpoint, parseCheckpoint } from '../src/contract/log/checkpoint.ts'
import { cosignatureType, writeCosigned } from '../src/contract/log/cosignature.ts'
import { verifyConsistency } from '../src/contract/log/merkle.ts'
import { createNoteKey, formatNote, formatVkey, type NoteKey, parseVkey, verifyNote } from '../src/contract/log/note.ts'
import { sha256 } from '../src/ground/digest.ts'
import { verifyEd25519 } from '../src/record/signer.ts'

interface Answer {
  readonly status: number
  readonly body?: string
}

/** A witness by C2SP tlog-witness, in this process: it signs what continues the checkpoint that it signed last. */
export interface TestWitness {
  readonly url: string
  readonly vkey: string
  /** How often it was asked. */
  readonly asked: () => number
  /** Lets it know a log by its key. */
  know(logVkey: string): void
  /** Answers so from now on, whatever it is asked; null: by the rules again. */
  answerAs(answer: Answer | null): void
  stop(): Promise<void>
}

/** Starts a witness of this name. */
export async function startWitness(name: string): Promise<TestWitness> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const key = createNoteKey(sha256, name, rawOf(publicKey), cosignatureType)
  const logs = new Map<string, NoteKey>()
  const seen = new Map<string, Checkpoint>()
  let told: Answer | null = null
  let asked = 0
  const server = createServer((request, response) => {
    asked += 1
    answer(request)
      .then(({ status, body }) => {
        const type = status === 409 ? 'text/x.tlog.size' : 'text/plain'
        response.writeHead(status, { 'content-type': type }).end(body ?? '')
      })
      .catch(() => response.destroy())
  })
  async function answer(request: IncomingMessage): Promise<Answer> {
    const isRight = request.method === 'POST' && request.url === '/add-checkpoint'
    const body = await text(request)
    return told ?? (isRight ? await addCheckpoint(body) : { status: 404 })
  }
  async function addCheckpoint(body: string): Promise<Answer> {
    const border = body.indexOf('\n\n')
    const [first = '', ...proof] = body.slice(0, border).split('\n')
    const note = body.slice(border + 2)
    const [origin = ''] = note.split('\n', 1)
    const logKey = logs.get(origin)
    if (logKey === undefined) return { status: 404 }
    const signed = await verifyNote(note, [logKey], verifyEd25519)
    if ('malformed' in signed) return { status: 403 }
    const checkpoint = parseCheckpoint(signed.text)
    const old = /^old (0|[1-9]\d*)$/.exec(first)?.[1]
    if ('malformed' in checkpoint || old === undefined || Number(old) > checkpoint.size) return { status: 400 }
    const last = seen.get(origin)
    if (Number(old) !== (last?.size ?? 0)) return { status: 409, body: `${last?.size ?? 0}\n` }
    if (!continues(checkpoint, last, proof)) return { status: last?.size === checkpoint.size ? 409 : 422 }
    seen.set(origin, checkpoint)
    return { status: 200, body: signAs(key, privateKey, signed.text) }
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    vkey: formatVkey(key),
    asked: () => asked,
    know: (logVkey) => {
      const logKey = parseVkey(sha256, logVkey)
      if ('malformed' in logKey) throw new Error(logKey.malformed)
      logs.set(logKey.name, logKey)
    },
    answerAs: (answer) => {
      told = answer
    },
    stop: () => stop(server),
  }
}

function continues(next: Checkpoint, last: Checkpoint | undefined, proof: readonly string[]): boolean {
  if (last === undefined) return proof.length === 0
  const hashes = proof.map((line) => fromBase64(line) ?? new Uint8Array())
  return verifyConsistency(sha256, {
    from: last.size,
    to: next.size,
    fromRoot: last.root,
    toRoot: next.root,
    proof: hashes,
  })
}

/** The signature line of a witness under the text of a checkpoint. */
export function signAs(key: NoteKey, privateKey: KeyObject, checkpoint: string, atSeconds = 1_800_000_000): string {
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(atSeconds))
  const signature = Buffer.concat([time, sign(null, writeCosigned(checkpoint, atSeconds), privateKey)])
  const note = formatNote({ text: checkpoint, signatures: [{ name: key.name, keyId: key.keyId, signature }] })
  return note.slice(checkpoint.length + 1)
}

/** The 32 bytes of an Ed25519 key. */
export function rawOf(publicKey: KeyObject): Uint8Array {
  return Uint8Array.from(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'))
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}
