import type { Command, Context, Input } from '../command.ts'
import { serverEnvironment } from '../environment.ts'
import { runInForeground } from '../foreground.ts'
import { findServerProgram } from '../server-program.ts'

/** Starts the server in the foreground. */
export const SERVE_COMMAND: Command = {
  name: 'serve',
  sentence:
    'Runs the server until it is stopped. Until somebody has signed in, each start shows a link for the first administrator.',
  arguments: [],
  options: [
    { name: 'config', value: 'file', sentence: 'The configuration (JSON); docs/config.md lists every key.' },
    { name: 'data-dir', value: 'folder', sentence: 'Where state and log are kept, in place of the configured folder.' },
    { name: 'port', value: 'number', sentence: 'The port, in place of the configured one; 0 takes a free one.' },
    { name: 'admin-link', sentence: 'Shows a new sign-in link for the first administrator, who is locked out.' },
    {
      name: 'dev-tls',
      sentence:
        'Speaks TLS with a certificate made for this machine, under `dev-tls/ca.crt` of the data folder: name that file in NODE_EXTRA_CA_CERTS for `remit` and agents. For development.',
    },
  ],
  run: serve,
}

async function serve(input: Input, context: Context): Promise<number> {
  const valued = ['config', 'data-dir', 'port'].flatMap((name) => {
    const value = input.find(name)
    return value === undefined ? [] : [`--${name}=${value}`]
  })
  if (input.has('port')) input.whole('port', 0, 65_535)
  const switches = ['admin-link', 'dev-tls'].filter((name) => input.has(name)).map((name) => `--${name}`)
  const words = ['serve', ...valued, ...switches, ...(context.isJson ? ['--json'] : [])]
  const hear = context.isJson ? undefined : (line: string) => hearServer(line, context)
  return runInForeground(findServerProgram(), words, serverEnvironment(), hear)
}

/** What the server says on standard output once it has written all that it accepted. */
const STOPPED = '{"event":"stopped"}'

function hearServer(line: string, { terminal }: Context): void {
  const said = readListening(line)
  if (said === undefined) {
    terminal.print(line === STOPPED ? 'Remit has stopped.' : line)
    return
  }
  terminal.print(`Remit listens at ${terminal.paint('bold', said.url)}`)
  if (said.mtlsUrl !== undefined) terminal.print(`Certificates at: ${said.mtlsUrl}`)
  terminal.print(`The log's key:   ${said.logKey}`)
  if (said.firstLink !== undefined) {
    terminal.print(`Sign in, once:   remit login ${said.firstLink} --url ${said.url}`)
  }
}

/** What the server says on standard output once its doors are open. */
export interface Listening {
  readonly url: string
  readonly logKey: string
  /** Where clients show certificates, where that is a listener of its own. */
  readonly mtlsUrl?: string
  /** Until somebody has signed in, or when asked for: secret of the first administrator's sign-in link. */
  readonly firstLink?: string
}

/** Reads the line by which the server says that it listens; undefined for any other line. */
export function readListening(line: string): Listening | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const said = JSON.parse(line) as Listening & { readonly event?: string } // a line of our own server program
    return said.event === 'listening' ? said : undefined
  } catch {
    return undefined // not a line of the protocol; it is shown as it is
  }
}
