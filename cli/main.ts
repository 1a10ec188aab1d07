import { createClient } from '../sdk/client.ts'
import { type Answer, CliError, type Command, type Context, EXIT_CODES, usageError } from './command.ts'
import { COMMANDS } from './commands.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { reportFailure } from './failure.ts'
import { familyOf, findCommand, isFamily, takeCommon } from './find-command.ts'
import { readInput } from './input.ts'
import { writeHelp, writeOverview } from './manual.ts'
import { readSession } from './session-file.ts'
import { layOut, openTerminal, type Terminal, writeDocument } from './terminal.ts'
import { readVersion } from './version.ts'

/** Where Remit is unless somebody says otherwise. */
const DEFAULT_URL = 'http://127.0.0.1:7460'

/** Runs one command line; gives the exit code. */
export async function runCommandLine(
  words: readonly string[],
  environment: Environment,
  terminal: Terminal,
): Promise<number> {
  const isJson = words.includes('--json')
  try {
    return await dispatch(words, environment, terminal, isJson)
  } catch (error) {
    return reportFailure(error, { terminal, isJson, environment, words })
  }
}

async function dispatch(said: readonly string[], environment: Environment, terminal: Terminal, isJson: boolean) {
  const { common, words } = takeCommon(said)
  if (words.filter((word) => word !== '--json').join() === '--version') return showVersion(terminal, isJson)
  if (isHelp(words)) return showOverview(words, terminal, isJson)
  const command = findCommand(words)
  const input = readInput(command, [...common, ...words.slice(command.name.split(' ').length)])
  if (input.has('help')) return showHelp(command, terminal, isJson)
  const context: Context = {
    environment,
    terminal,
    isJson,
    serverUrl: () => findServer(environment, input.find('url')),
    client: (may) => connect(environment, input.find('url'), may?.beAnonymous ?? false),
  }
  const answer = await command.run(input, context)
  return typeof answer === 'number' ? answer : show(answer, terminal, isJson)
}

function show(answer: Answer, terminal: Terminal, isJson: boolean): number {
  for (const line of isJson ? writeDocument(answer.data) : layOut(answer.lines, terminal.screen)) terminal.print(line)
  return answer.exitCode ?? EXIT_CODES.ok.code
}

function showVersion(terminal: Terminal, isJson: boolean): number {
  const version = readVersion()
  return show({ data: { version }, lines: [`remit ${version}`] }, terminal, isJson)
}

function isHelp(words: readonly string[]): boolean {
  const [first, ...more] = words.filter((word) => word !== '--json')
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') return true
  // a word that begins commands, and is none itself
  return more.length === 1 && (more[0] === '--help' || more[0] === '-h') && isFamily(first)
}

function showOverview(words: readonly string[], terminal: Terminal, isJson: boolean): number {
  const [first = '', ...more] = words.filter((word) => !word.startsWith('-')).filter((word) => word !== 'help')
  const rows = first === '' ? COMMANDS : more.length === 0 && isFamily(first) ? familyOf(first) : undefined
  if (rows !== undefined)
    return show({ data: rows.map(describeCommand), lines: writeOverview(rows, terminal.columns) }, terminal, isJson)
  return showHelp(findCommand([first, ...more]), terminal, isJson)
}

function showHelp(command: Command, terminal: Terminal, isJson: boolean): number {
  const lines = writeHelp(command, familyOf(command.name), terminal.columns)
  return show({ data: describeCommand(command), lines }, terminal, isJson)
}

function describeCommand({ run: _run, ...row }: Command): Omit<Command, 'run'> {
  return row
}

function connect(environment: Environment, said: string | undefined, mayBeAnonymous: boolean) {
  const kept = readSession(environment.sessionFile)
  const baseUrl = findServer(environment, said)
  // A kept session belongs to one server; another one must not be shown its secret.
  const session = environment.session ?? (kept?.url === baseUrl ? kept.session : undefined)
  if (session === undefined && !mayBeAnonymous) {
    throw new CliError(
      'refused',
      'not_signed_in',
      `Nobody is signed in at ${baseUrl}${kept === undefined ? '' : `: the session that is kept is one at ${kept.url}`}.`,
      'Run `remit login <link>`, or set REMIT_SESSION; an administrator makes a link with `remit person link`; where none can, `remit serve --admin-link` shows one.',
    )
  }
  return createClient({ baseUrl, ...(session === undefined ? {} : { session }) })
}

function findServer({ url, sessionFile }: Environment, said: string | undefined): string {
  return checkUrl(said ?? url ?? readSession(sessionFile)?.url ?? DEFAULT_URL)
}

function checkUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '')
  throw usageError(`'${text}' is not the address of a server.`, 'It begins with http:// or https://.')
}

if (import.meta.main) {
  const environment = readEnvironment()
  process.exitCode = await runCommandLine(process.argv.slice(2), environment, openTerminal(environment))
}
