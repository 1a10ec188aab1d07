import { connect } from 'node:net'

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
  /** The text as JSON; an empty object where it is none. */
  readonly json: Readonly<Record<string, unknown>>
}

/** What is sent; nothing is added but what HTTP cannot do without, and nothing is mended. */
export interface RawRequest {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** Header lines as they are, for what a map cannot say. */
  readonly lines?: readonly string[]
  readonly body?: string | Uint8Array
}

/** Sends one request on a connection of its own. */
export function sendRaw(
  baseUrl: string,
  { method = 'GET', path, headers = {}, lines = [], body }: RawRequest,
): Promise<RawAnswer> {
  const { host } = new URL(baseUrl)
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body ?? [])
  const isSized = [...Object.keys(headers), ...lines].some((line) =>
    /^(content-length|transfer-encoding)\b/i.test(line),
  )
  const head = [
    `${method} ${path} HTTP/1.1`,
    `host: ${host}`,
    'connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined || isSized ? [] : [`content-length: ${bytes.length}`]),
    ...lines,
  ]
  return sendBytes(baseUrl, Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]))
}

/** Sends bytes and reads until the server closes. */
export function sendBytes(baseUrl: string, bytes: string | Uint8Array): Promise<RawAnswer> {
  const { hostname, port } = new URL(baseUrl)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(readAnswer(Buffer.concat(chunks).toString('utf8'))))
  })
}

function readAnswer(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = new Map(
    lines.map((line) => [line.split(':', 1)[0]?.toLowerCase() ?? '', line.replace(/^[^:]*:\s*/, '')]),
  )
  const body = headers.get('transfer-encoding') === 'chunked' ? unchunk(rest.join('\r\n\r\n')) : rest.join('\r\n\r\n')
  return { status: Number(first.split(' ')[1] ?? 0), headers, text: body, json: parseLoosely(body) }
}

function unchunk(text: string): string {
  const size = Number.parseInt(text, 16)
  const from = text.indexOf('\r\n') + 2
  return size > 0 ? text.slice(from, from + size) + unchunk(text.slice(from + size + 2)) : ''
}

function parseLoosely(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : { value }
  } catch {
    return {} // not JSON; the text says what it is
  }
}
