import { createServer, type ServerHttp2Stream } from 'node:http2'

/** What a Workload API answers to one of its methods: a message, or something else that it does with the stream. */
export type WorkloadAnswer = Uint8Array | ((stream: ServerHttp2Stream) => void)

/** A Workload API on a socket, which answers nobody who does not say the security header. */
export interface WorkloadServer {
  stop(): Promise<void>
}

/** Frames a message as gRPC does: not packed, with its length. */
export function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

/** Ends a stream with a status of gRPC, as a server does that has nothing to say. */
export function refuseWith(status: number): (stream: ServerHttp2Stream) => void {
  return (stream) =>
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(status) },
      { endStream: true },
    )
}

/** Serves answers by the path of the method. A message is followed by nothing: the stream stays open, as that of an agent. */
export async function serveWorkloadApi(
  path: string,
  answers: { readonly x509: WorkloadAnswer; readonly jwt: WorkloadAnswer },
): Promise<WorkloadServer> {
  const rows: Readonly<Record<string, WorkloadAnswer>> = {
    '/SpiffeWorkloadAPI/FetchX509Bundles': answers.x509,
    '/SpiffeWorkloadAPI/FetchJWTBundles': answers.jwt,
  }
  const server = createServer()
  const sessions = new Set<{ destroy(): void }>()
  server.on('session', (session) => sessions.add(session))
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => undefined) // a client that has heard enough hangs up
    const row = rows[String(headers[':path'])]
    if (headers['workload.spiffe.io'] !== 'true' || row === undefined) return refuseWith(3)(stream)
    if (!(row instanceof Uint8Array)) return row(stream)
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
    stream.write(frame(row))
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return {
    stop: async () => {
      for (const session of sessions) session.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Writes a `map<string, bytes>` of Protocol Buffers as the field of this number, each entry with its lengths. */
export function writeBytesMap(number: number, entries: Readonly<Record<string, Uint8Array>>): Buffer {
  const field = (at: number, bytes: Uint8Array): Buffer =>
    Buffer.concat([Buffer.of(at * 8 + 2), varint(bytes.length), bytes])
  const written = Object.entries(entries).map(([key, value]) =>
    field(number, Buffer.concat([field(1, Buffer.from(key)), field(2, value)])),
  )
  return Buffer.concat(written)
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = value
  for (; left >= 0x80; left = Math.floor(left / 128)) bytes.push((left % 128) + 0x80)
  return Buffer.from([...bytes, left])
}
