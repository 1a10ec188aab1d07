import { connect, type IncomingHttpHeaders } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import { frame } from './workload-server.ts'

/** What a call came to: the messages, and the status at its end; null where the stream is still open. */
export interface Called {
  readonly messages: readonly Buffer[]
  readonly status: string | null
}

/** How a call is made where it is not as it should be. */
export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes in place of the framed message. */
  readonly raw?: Buffer
  /** Resolves once so many messages have come, with the stream still open. */
  readonly enough?: number
}

/** Calls a method of a Workload API as a client of gRPC does, written apart from the one that the server has. */
export async function callWorkloadApi(
  socket: string,
  method: string,
  request: Uint8Array = Buffer.alloc(0),
  { headers = { 'workload.spiffe.io': 'true' }, raw, enough = Number.POSITIVE_INFINITY }: CallOptions = {},
): Promise<Called> {
  const session = connect('http://localhost', { createConnection: () => connectSocket(socket) })
  const { promise, resolve, reject } = Promise.withResolvers<Called>()
  session.once('error', reject)
  const stream = session.request({
    ':method': 'POST',
    ':path': `/SpiffeWorkloadAPI/${method}`,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  })
  let bytes = Buffer.alloc(0)
  let status: string | null = null
  const messages: Buffer[] = []
  const note = (said: IncomingHttpHeaders): void => {
    const { 'grpc-status': told } = said
    if (typeof told === 'string') status = told
  }
  stream.on('response', note)
  stream.on('trailers', note)
  stream.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    while (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt32BE(1)) {
      messages.push(bytes.subarray(5, 5 + bytes.readUInt32BE(1)))
      bytes = bytes.subarray(5 + bytes.readUInt32BE(1))
    }
    if (messages.length >= enough) resolve({ messages, status })
  })
  stream.once('close', () => resolve({ messages, status }))
  stream.on('error', reject)
  stream.end(raw ?? frame(request))
  try {
    return await promise
  } finally {
    session.destroy()
  }
}

/** Reads the fields of a message that have a length, in order. */
export function readMessage(bytes: Buffer): readonly (readonly [number, Buffer])[] {
  const fields: [number, Buffer][] = []
  let at = 0
  const varint = (): number => {
    let [value, shift] = [0, 1]
    for (;;) {
      const byte = bytes[at] ?? 0
      at += 1
      value += (byte & 0x7f) * shift
      if (byte < 0x80) return value
      shift *= 128
    }
  }
  while (at < bytes.length) {
    const tag = varint()
    if (tag % 8 === 1) {
      fields.push([Math.floor(tag / 8), bytes.subarray(at, at + 8)])
      at += 8
      continue
    }
    const value = varint()
    if (tag % 8 === 0) {
      fields.push([Math.floor(tag / 8), Buffer.of(value)])
      continue
    }
    fields.push([Math.floor(tag / 8), bytes.subarray(at, at + value)])
    at += value
  }
  return fields
}
