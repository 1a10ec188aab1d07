import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cleanEnvironment } from '../../../cli/environment.ts'
import { serveGrpc } from '../../../cli/workload-api/grpc-server.ts'
import { keepSvid } from '../../../cli/workload-api/kept-svid.ts'
import { makeMethods } from '../../../cli/workload-api/methods.ts'
import { fetchBundle } from '../../../src/authenticate/spiffe/workload-api.ts'
import { systemClock } from '../../../src/ground/clock.ts'
import { startHouse } from '../../house.ts'
import { makeAuthority } from '../../issuer/certificates.ts'
import { approveIdentity, furnish, makeSummariser, openTask, prepare, register } from '../../scenarios/cast.ts'

// `npm run peers` holds a house against go-spiffe, both ways. It needs Go, as nothing else here does, so it is no test.

const audience = 'https://api.partner.example'
const ours = 'agents.example'
const theirs = 'go.example'
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'remit-peers-')))
const at = (name: string): string => join(folder, name)

function hold(fact: string, got: unknown, wanted: unknown): void {
  const isSo = JSON.stringify(got) === JSON.stringify(wanted)
  console.log(`${isSo ? 'holds' : 'FAILS'}  ${fact}`)
  if (isSo) return
  console.log(`       got ${JSON.stringify(got)}, and wanted ${JSON.stringify(wanted)}`)
  process.exitCode = 1
}

async function buildGo(): Promise<void> {
  const child = spawn('go', ['build', '-o', at('go-spiffe'), '.'], { cwd: import.meta.dirname, stdio: 'inherit' })
  const code = await new Promise((resolve, reject) => {
    child.once('error', () => reject(new Error('There is no Go here; test/spiffe/go/go.mod says which one is needed.')))
    child.once('close', resolve)
  })
  if (code !== 0) throw new Error('the Go program was not built')
}

/** Starts the Go program; gives its lines one after the other. */
function startGo(...words: readonly string[]) {
  const child: ChildProcess = spawn(at('go-spiffe'), words, {
    env: cleanEnvironment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  if (child.stdout === null) throw new Error('the Go program has no output')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    line: async (): Promise<string> => String((await lines.next()).value ?? ''),
    write: (text: string) => child.stdin?.write(text),
    end: () => child.kill(),
    ended,
  }
}

/** go-spiffe as a workload of ours, and as a partner who reads our bundle. */
async function takeOurs(): Promise<void> {
  const house = await startHouse({ spiffe: { trustDomain: ours, audiences: [audience] } })
  const reader = makeSummariser(house)
  await furnish(house)
  const spiffeId = `spiffe://${ours}/identity/${await register(house, reader)}`
  const taskId = await openTask(house, reader)
  const svid = await keepSvid(reader.agent, taskId, { note: console.log })
  mkdirSync(at('own'), { mode: 0o700 })
  const socket = at('own/api.sock')
  const served = await serveGrpc(socket, makeMethods({ agent: reader.agent, taskId, svid }), false)
  const workload = startGo('workload', `unix://${socket}`, audience)
  hold('go-spiffe takes our X.509-SVID from our Workload API', await workload.line(), `x509-svid ${spiffeId}`)
  hold('go-spiffe takes our JWT-SVID, and has it validated', await workload.line(), `jwt-svid ${spiffeId} ${audience}`)
  hold('go-spiffe speaks TLS with itself by our SVID on both sides', await workload.line(), `tls ${spiffeId}`)
  hold('go-spiffe is refused what is for another audience, and ends content', await workload.ended, 0)
  const token = (await reader.agent.exchange(taskId, audience)).value
  const { spiffe_sequence: sequence } = await reader.agent.trustBundle()
  const partner = startGo('verify', ours, `${house.url}/spiffe/bundle`, token, audience)
  hold('go-spiffe verifies our JWT-SVID by our bundle endpoint', await partner.line(), `${spiffeId} ${sequence}`)
  hold('and ends content', await partner.ended, 0)
  svid.stop()
  await served.close()
  await house.end(10)
}

/** go-spiffe as the workload of a trust domain of its own, which proves itself to us by TLS. */
async function takeTheirs(): Promise<void> {
  const server = makeAuthority({ commonName: 'Server' })
  const own = server.issue({ dns: ['localhost'] })
  for (const [name, text] of [
    ['own.crt', own.pem],
    ['own.key', own.key],
    ['ca.crt', server.pem],
  ] as const)
    writeFileSync(at(name), text)
  const workload = startGo('call', theirs, at('bundle.json'), at('ca.crt'))
  hold('go-spiffe has a trust domain', await workload.line(), 'ready')
  const house = await startHouse({
    mtls: { port: 0, certFile: at('own.crt'), keyFile: at('own.key') },
    trustDomains: [{ name: theirs, bundleFile: at('bundle.json') }],
  })
  await furnish(house)
  const subject = `spiffe://${theirs}/ns/docs/sa/reader`
  const binding = { kind: 'spiffe', issuer: theirs, subject, claims: {}, keys: [] } as const
  const reader = { ...makeSummariser(house), binding }
  await approveIdentity(house, await prepare(house, reader))
  const metadata = await house.fetch(`${house.url}/.well-known/oauth-authorization-server`)
  const told = (await metadata.json()) as { readonly mtls_endpoint_aliases: { readonly token_endpoint: string } }
  const url = told.mtls_endpoint_aliases.token_endpoint.replace('/oauth/token', '/api/v1/tasks')
  workload.write(`${url}\n${JSON.stringify({ ...reader.task, ticket: null })}\n`)
  const [status] = (await workload.line()).split(' ')
  hold('an X.509-SVID of go-spiffe opens a task at our listener', status, '201')
  hold('and it ends content', await workload.ended, 0)
  await house.end(10)
}

/** go-spiffe as the agent whose Workload API we read. */
async function readTheirs(): Promise<void> {
  const agent = startGo(at('own/agent.sock'), theirs)
  await agent.line()
  const keys = await fetchBundle(`unix://${at('own/agent.sock')}`, theirs, systemClock)
  hold('we read both bundles of a Workload API of go-spiffe', [keys.keys.length, keys.authorities?.length], [1, 1])
  agent.end()
  await agent.ended
}

await buildGo()
await takeOurs()
await takeTheirs()
await readTheirs()
rmSync(folder, { recursive: true })
