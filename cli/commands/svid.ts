import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createAgent } from '../../sdk/agent.ts'
import { importProofKey } from '../../sdk/dpop.ts'
import { createKeyAssertion, type PrivateJwk } from '../../sdk/key-assertion.ts'
import { CliError, type Command, type Context, type Input, usageError } from '../command.ts'
import { followKey, type SvidAgent } from '../workload-api/follow-key.ts'
import { serveGrpc } from '../workload-api/grpc-server.ts'
import { keepSvid } from '../workload-api/kept-svid.ts'
import { makeMethods } from '../workload-api/methods.ts'

/** Serves the SPIFFE Workload API to a workload that has no SPIRE. */
export const SVID_SERVE_COMMAND: Command = {
  name: 'svid serve',
  sentence:
    'Serves the SPIFFE Workload API on a socket, with SVIDs of the server in one task, to whoever may open the socket. Run it as the user of the workload, beside it.',
  arguments: [
    {
      name: 'socket',
      sentence: 'Where the socket is made, in a folder that only you may write to; a path, or unix:///path.',
    },
  ],
  options: [
    { name: 'task', value: 'id', isRequired: true, sentence: 'The task. With its end there is no further SVID.' },
    {
      name: 'key',
      value: 'file',
      isRequired: true,
      sentence: 'The private key of the workload, of `remit key make`; it is read anew each time.',
    },
    { name: 'name', value: 'name', sentence: 'The name under which that key is bound to the identity.' },
    {
      name: 'assertion-file',
      value: 'file',
      sentence: 'In place of a name: where the platform keeps a token of the workload; it is read anew each time.',
    },
    { name: 'group', sentence: 'Lets the group of the socket in too; without it, you alone.' },
  ],
  run: serve,
}

async function serve(input: Input, context: Context): Promise<number> {
  const taskId = input.text('task')
  const socket = readSocket(input.text('socket'))
  const agent = await openAgent(input, context)
  const { terminal, isJson } = context
  const svid = await keepSvid(agent, taskId, { note: terminal.warn })
  try {
    const server = await serveGrpc(socket, makeMethods({ agent, taskId, svid }), input.has('group'))
    // before it is said that it is there: whoever reads that may end it
    const left = new AbortController()
    const told = Promise.race(
      (['SIGINT', 'SIGTERM'] as const).map((signal) => once(process, signal, { signal: left.signal })),
    )
    told.catch(() => undefined) // it is not waited for any more
    const spiffeId = svid.current()?.spiffeId
    terminal.print(
      isJson ? JSON.stringify({ event: 'listening', socket, spiffeId }) : `${spiffeId} is served at unix://${socket}`,
    )
    const why = await Promise.race([svid.ended, told.then(() => undefined)])
    left.abort()
    await server.close()
    if (why !== undefined) throw new CliError('refused', why, 'There is no further SVID in this task.')
    return 0
  } finally {
    svid.stop()
  }
}

/** As a path, or as SPIFFE_ENDPOINT_SOCKET names it. A program beside it has to be told the whole path. */
function readSocket(said: string): string {
  if (/^(?!unix:\/\/\/)[a-z][a-z\d+.-]*:\/\//i.test(said))
    throw usageError(`'${said}' is no socket of this machine.`, 'Say its path, or unix:///path.')
  return resolve(/^unix:(?:\/\/(?=\/))?(?<path>.+)$/.exec(said)?.groups?.['path'] ?? said)
}

async function openAgent(input: Input, context: Context): Promise<SvidAgent> {
  const [name, file] = [input.find('name'), input.find('assertion-file')]
  if ((name === undefined) === (file === undefined))
    throw usageError('Say either --name or --assertion-file: by what the workload proves itself.')
  const baseUrl = context.serverUrl()
  const makeAgent = async (privateJwk: PrivateJwk): Promise<SvidAgent> => {
    const key = await importProofKey(privateJwk)
    const assertion =
      name === undefined
        ? async (): Promise<string> => readFileSync(file ?? '', 'utf8').trim()
        : createKeyAssertion({ name, audience: baseUrl, privateJwk })
    return createAgent({ baseUrl, assertion, key })
  }
  return followKey(input.text('key'), makeAgent, context.terminal.warn)
}
