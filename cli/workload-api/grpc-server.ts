import { chmodSync, lstatSync, realpathSync, rmSync, statSync } from 'node:fs'
import { createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { connect } from 'node:net'
import { dirname, resolve } from 'node:path'
import { CliError } from '../command.ts'

/** The statuses of gRPC that are told here. */
export const STATUS = {
  ok: 0,
  unknown: 2,
  invalidArgument: 3,
  permissionDenied: 7,
  exhausted: 8,
  unimplemented: 12,
  unavailable: 14,
} as const

/** Why a call ends without an answer. */
export class CallRefused extends Error {
  readonly status: number

  constructor(status: number, sentence: string) {
    super(sentence)
    this.name = 'CallRefused'
    this.status = status
  }
}

/** One call, as a method sees it. */
export interface Call {
  /** The one message of the request. */
  readonly message: Uint8Array
  /** Sends one message. */
  readonly send: (bytes: Uint8Array) => void
  /** Resolves when the client is gone, or the server ends. */
  readonly gone: Promise<void>
}

/** Answers one call; what it throws ends the call. A stream waits for `gone`, or for what ends it. */
export type Method = (call: Call) => Promise<void>

const messageBytesMax = 64 * 1024
const callsMax = 200

/**
 * Serves gRPC on a unix socket, without TLS: whoever may open the socket is who it is for (SPIFFE Workload Endpoint section 3).
 * The file is readable and writable by this user alone, or by its group too where `forGroup`. No call is answered that does
 * not say `workload.spiffe.io: true`, so that no page or service is talked into asking for somebody (section 4.1).
 */
export async function serveGrpc(
  path: string,
  methods: Readonly<Record<string, Method>>,
  forGroup: boolean,
): Promise<{ readonly close: () => Promise<void> }> {
  requireOwnFolder(path)
  await removeStale(path)
  const server = createServer({ maxSessionMemory: 2, settings: { maxConcurrentStreams: callsMax } })
  const ending = Promise.withResolvers<void>()
  const sessions = new Set<{ destroy(): void }>()
  let calls = 0
  server.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.on('error', () => undefined) // a client that breaks its connection has left
  })
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    calls += 1
    stream.once('close', () => {
      calls -= 1
    })
    stream.on('error', () => undefined) // a client that has heard enough hangs up
    const isFull = calls > callsMax
    answer(stream, headers, { methods, isFull, ending: ending.promise }).catch(() => stream.destroy())
  })
  await listen(server, path)
  chmodSync(path, forGroup ? 0o660 : 0o600)
  return {
    async close() {
      ending.resolve()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const session of sessions) session.destroy()
      await closed
    },
  }
}

/** Nobody opens it between its making and its mode: it is made for this user alone. */
async function listen(server: Http2Server, path: string): Promise<void> {
  const before = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, () => resolve())
    })
  } catch (cause) {
    const isLong = cause instanceof Error && 'code' in cause && cause.code === 'EINVAL'
    const why = isLong ? 'its path is too long' : String(cause)
    throw new CliError(
      'refused',
      'socket_unusable',
      `No socket can be made at ${path}: ${why}.`,
      isLong ? 'Choose one of at most 100 characters.' : 'Choose a folder where you may make one.',
    )
  } finally {
    process.umask(before)
  }
}

/**
 * In a folder that others may write to, anybody could put a socket of their own in its place; and so they could where they may
 * rename the folder, or one above it, or where a link on the way is theirs or lies where they may write.
 */
function requireOwnFolder(path: string): void {
  const said = resolve(dirname(path))
  const folder = findFolder(said)
  const isOwn = ({ uid }: { readonly uid: number }): boolean => uid === process.getuid?.() || uid === 0
  const isOpen = (at: string): boolean => {
    const found = statSync(at)
    const isSticky = at !== folder && (found.mode & 0o1000) !== 0
    return ![found, lstatSync(at)].every(isOwn) || ((found.mode & 0o022) !== 0 && !isSticky)
  }
  const open = [...ancestorsOf(folder), ...ancestorsOf(said)].find(isOpen)
  if (open === undefined) return
  throw new CliError(
    'refused',
    'socket_unusable',
    `Others may write to ${open}, and could put a socket of their own there.`,
    'Choose a folder that is yours alone.',
  )
}

const ancestorsOf = (folder: string): readonly string[] =>
  folder === dirname(folder) ? [folder] : [folder, ...ancestorsOf(dirname(folder))]

function findFolder(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    throw new CliError('refused', 'socket_unusable', `There is no folder ${path}.`, 'Make it first.')
  }
}

/** Takes away a socket that nobody listens at any more; anything else there is left alone. */
async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return
  const isAlive = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
  if (!found.isSocket() || isAlive)
    throw new CliError('refused', 'socket_unusable', `Something is at ${path} already.`, 'Choose another name.')
  rmSync(path)
}

interface Answering {
  readonly methods: Readonly<Record<string, Method>>
  readonly isFull: boolean
  readonly ending: Promise<void>
}

async function answer(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { methods, isFull, ending }: Answering,
): Promise<void> {
  const left = Promise.withResolvers<void>()
  stream.once('close', () => left.resolve())
  let hasBegun = false
  const send = (bytes: Uint8Array): void => {
    if (stream.destroyed) return
    if (!hasBegun) stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    hasBegun = true
    stream.write(frame(bytes))
  }
  const end = (status: number, sentence: string): void => {
    if (stream.destroyed) return
    const said = { 'grpc-status': String(status), 'grpc-message': encodeURIComponent(sentence) }
    if (hasBegun) {
      stream.once('wantTrailers', () => stream.sendTrailers(said))
      stream.end()
    } else stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...said }, { endStream: true })
  }
  try {
    if (isFull) throw new CallRefused(STATUS.exhausted, 'too many calls at once')
    const method = requireMethod(headers, methods)
    const message = await readMessage(stream)
    await method({ message, send, gone: Promise.race([left.promise, ending]) })
    end(STATUS.ok, '')
  } catch (error) {
    const isTold = error instanceof CallRefused
    end(isTold ? error.status : STATUS.unknown, isTold ? error.message : 'something unexpected happened')
  }
}

function requireMethod(headers: IncomingHttpHeaders, methods: Readonly<Record<string, Method>>): Method {
  if (headers['workload.spiffe.io'] !== 'true')
    throw new CallRefused(STATUS.invalidArgument, 'security header missing from request')
  const isGrpc = /^application\/grpc(\+proto)?$/.test(headers['content-type'] ?? '') && headers[':method'] === 'POST'
  if (!isGrpc) throw new CallRefused(STATUS.invalidArgument, 'it is no call of gRPC')
  const path = String(headers[':path'])
  const method = Object.hasOwn(methods, path) ? methods[path] : undefined
  if (method === undefined) throw new CallRefused(STATUS.unimplemented, 'there is no such method')
  return method
}

/** The one message of a call: not packed, and no longer than these calls need. Who sends more is heard no further. */
async function readMessage(stream: ServerHttp2Stream): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  let length = 0
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length <= 5 + messageBytesMax) return chunks.push(chunk)
    chunks.length = 0
    return reject(new CallRefused(STATUS.exhausted, 'the request is too long'))
  })
  stream.once('end', () => resolve(Buffer.concat(chunks)))
  stream.once('close', () => reject(new CallRefused(STATUS.unknown, 'the client has left')))
  const bytes = await promise
  const isWhole = bytes.length >= 5 && bytes[0] === 0 && bytes.readUInt32BE(1) === bytes.length - 5
  if (!isWhole) throw new CallRefused(STATUS.invalidArgument, 'the request cannot be read')
  return bytes.subarray(5)
}

function frame(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}
