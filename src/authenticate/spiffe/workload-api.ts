import { stat } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import { dirname } from 'node:path'
import type { Clock } from '../../ground/clock.ts'
import { readManyDer } from '../../ground/der/read.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import { sayUnreached } from '../../ground/say-unreached.ts'
import type { LoadedKeys } from '../assertion/key-source.ts'
import { readAuthority, readJwtKeys } from './bundle.ts'
import { readBytesMap } from './protobuf.ts'

/** The methods of the Workload API that tell bundles (SPIFFE Workload API section 4), and the field with their map. */
const METHODS = {
  x509: { path: '/SpiffeWorkloadAPI/FetchX509Bundles', field: 2 },
  jwt: { path: '/SpiffeWorkloadAPI/FetchJWTBundles', field: 1 },
} as const

/** The status of gRPC by which an agent says that it knows nothing of a method: it may serve one kind of SVID alone. */
const UNIMPLEMENTED = '12'
/** And by which it says that no entry of it means this process. */
const PERMISSION_DENIED = '7'
/** A message with nothing in it. */
const NOTHING = new Uint8Array()

/** `unix:///path` and `unix:/path` (SPIFFE Workload Endpoint section 4); gives the path, undefined for anything else. */
export function readSocketPath(address: string): string | undefined {
  return /^unix:(?:\/\/)?(\/[^/?#][^?#]*)$/.exec(address)?.[1]
}

/**
 * Reads the bundle of a trust domain from a Workload API, as its agent gives it to the workload that this server is: both
 * methods over one connection, the first message of each, where the agent knows it, at most `LIMITS.workloadApiBytesMax` bytes and
 * `LIMITS.jwksTimeoutMs`. Errors: `issuer_unavailable`.
 */
export async function fetchBundle(address: string, domain: string, clock: Clock): Promise<LoadedKeys> {
  const path = readSocketPath(address) ?? refuse('Its address is none.')
  await requireOwnFolder(path)
  const session = connect('http://localhost', { createConnection: () => connectSocket(path) })
  const gone = Promise.withResolvers<never>()
  gone.promise.catch(() => undefined) // whoever waits for an answer is told
  session.once('error', (cause) => gone.reject(unreachable(cause)))
  const cancel = clock.after(LIMITS.jwksTimeoutMs, () =>
    gone.reject(
      new RemitError('issuer_unavailable', {
        detail: `The Workload API said nothing within ${LIMITS.jwksTimeoutMs} ms.`,
      }),
    ),
  )
  try {
    const asked = Promise.all([askBundles(session, 'x509'), askBundles(session, 'jwt')])
    const [x509, jwt] = await Promise.race([asked, gone.promise])
    return describe(x509.get(`spiffe://${domain}`), jwt.get(`spiffe://${domain}`))
  } catch (cause) {
    throw cause instanceof RemitError ? cause : unreachable(cause)
  } finally {
    cancel()
    session.destroy()
  }
}

function describe(x509: Uint8Array | undefined, jwt: Uint8Array | undefined): LoadedKeys {
  if (x509 === undefined && jwt === undefined) refuse('The Workload API tells no bundle of this trust domain.')
  const authorities = x509 === undefined ? [] : readManyDer(x509).flatMap(({ whole }) => readAuthority(whole) ?? [])
  const keys = jwt === undefined ? [] : readJwtKeys(Buffer.from(jwt).toString('utf8'))
  return { keys, authorities, maxAgeMs: LIMITS.workloadApiMaxAgeMs, sequence: null }
}

/** A socket in a folder that anybody may write to can be anybody's. */
async function requireOwnFolder(path: string): Promise<void> {
  const { mode } = await stat(dirname(path)).catch((cause: unknown) => {
    throw unreachable(cause)
  })
  if ((mode & 0o1002) === 0o002) refuse('Everybody may write to the folder of the socket of the Workload API.')
}

/** One call of gRPC: an empty message there, the first message back. */
async function askBundles(
  session: ClientHttp2Session,
  name: keyof typeof METHODS,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const { path, field } = METHODS[name]
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    // section 4.1 of the Workload Endpoint: without it nobody is answered
    'workload.spiffe.io': 'true',
  })
  stream.end(Buffer.alloc(5))
  try {
    return readBytesMap(await readMessage(stream), field)
  } finally {
    stream.close(constants.NGHTTP2_CANCEL)
  }
}

async function readMessage(stream: ClientHttp2Stream): Promise<Uint8Array> {
  const status = Promise.withResolvers<Uint8Array>()
  status.promise.catch(() => undefined) // it counts only where no message came
  const note = (headers: IncomingHttpHeaders & { readonly ':status'?: number }): void => {
    const { ':status': http, 'grpc-status': grpc } = headers
    if (http !== undefined && http !== 200) status.reject(saying(`HTTP ${http}`))
    if (grpc === UNIMPLEMENTED) status.resolve(NOTHING)
    else if (grpc === PERMISSION_DENIED) status.reject(unknownHere())
    else if (grpc !== undefined) status.reject(saying(`gRPC ${String(grpc)}`))
  }
  stream.on('response', note)
  stream.on('trailers', note)
  return await Promise.race([collect(stream), status.promise])
}

async function collect(stream: ClientHttp2Stream): Promise<Uint8Array> {
  let bytes = Buffer.alloc(0)
  for await (const chunk of stream) {
    bytes = Buffer.concat([bytes, chunk as Buffer]) // without an encoding it streams bytes
    if (bytes.length < 5) continue
    const length = bytes.readUInt32BE(1)
    if (bytes[0] !== 0) refuse('The Workload API answers with a message that was packed.')
    if (length > LIMITS.workloadApiBytesMax)
      refuse(`The Workload API answers with more than ${LIMITS.workloadApiBytesMax} bytes.`)
    if (bytes.length >= 5 + length) return bytes.subarray(5, 5 + length)
  }
  return refuse('The Workload API ended its answer too early.')
}

const saying = (status: string): RemitError =>
  new RemitError('issuer_unavailable', { detail: `The Workload API answers with the status ${status}.` })

const unknownHere = (): RemitError =>
  new RemitError('issuer_unavailable', {
    detail: 'The Workload API knows nobody in this server (gRPC 7): it needs an entry of its own there.',
  })

/** What the platform's codes say of a socket. */
const SOCKET_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  EACCES: 'the user of this server may not open it',
  ECONNREFUSED: 'nobody listens there',
}

function unreachable(cause: unknown): RemitError {
  const said = sayUnreached(cause, SOCKET_FAULTS)
  const why = said === undefined ? '' : `: ${said}`
  return new RemitError('issuer_unavailable', { detail: `The Workload API cannot be reached${why}.`, cause })
}

function refuse(detail: string): never {
  throw new RemitError('issuer_unavailable', { detail })
}
