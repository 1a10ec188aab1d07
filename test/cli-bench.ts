import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { readEnvironment } from '../cli/environment.ts'
import { runCommandLine } from '../cli/main.ts'
import type { Terminal } from '../cli/terminal.ts'

/** A command line before a server that answers what it is told to. */
interface Bench {
  /** Where a session file would lie. */
  folder: string
  url: string
  asked: { method: string; path: string; authorization: string | undefined; body: string }[]
  answer: { status: number; body: unknown }
  /** What is answered to one path in place of the answer to all others. */
  later: Map<string, unknown>
  connections: number
  /** How wide the terminal is; undefined where the output goes elsewhere. */
  screen: number | undefined
  run(words: readonly string[], variables?: Record<string, string>): Promise<Outcome>
}

interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Sets the bench up anew for each test of the file. */
export function setUpBench(): Bench {
  const bench: Bench = { folder: '', url: '', ...fresh(), run: (words, variables) => run(bench, words, variables) }
  let server: Server
  beforeEach(async () => {
    Object.assign(bench, fresh(), { folder: mkdtempSync(join(tmpdir(), 'remit-cli-')) })
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      request.on('end', () => {
        const { method = '', url: path = '', headers } = request
        bench.asked.push({ method, path, authorization: headers.authorization, body })
        const said = bench.later.get(path) ?? bench.answer.body
        const text = typeof said === 'string' ? said : JSON.stringify(said)
        response.writeHead(bench.answer.status, { 'content-type': 'application/json' }).end(text)
      })
    })
    server.on('connection', () => {
      bench.connections += 1
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    bench.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    rmSync(bench.folder, { recursive: true, force: true })
  })
  return bench
}

function fresh(): Pick<Bench, 'asked' | 'answer' | 'later' | 'connections' | 'screen'> {
  return { asked: [], answer: { status: 200, body: {} }, later: new Map(), connections: 0, screen: undefined }
}

async function run(
  bench: Bench,
  words: readonly string[],
  variables: Record<string, string> = { REMIT_SESSION: 'rms_one' },
): Promise<Outcome> {
  const out: string[] = []
  const err: string[] = []
  const terminal: Terminal = {
    print: (text) => out.push(text),
    warn: (text) => err.push(text),
    paint: (_, text) => text,
    columns: bench.screen ?? 100,
    screen: bench.screen,
  }
  const environment = readEnvironment({ XDG_CONFIG_HOME: bench.folder, REMIT_URL: bench.url, ...variables })
  const code = await runCommandLine(words, environment, terminal)
  return { code, out: out.join('\n'), err: err.join('\n') }
}
