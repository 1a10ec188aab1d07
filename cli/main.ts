import { createClient } from '../sdk/client.ts'
import { type Answer, CliError, type Command, type Context, EXIT_CODES, usageError } from './command.ts'
import { COMMANDS } from './commands.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { reportFailure } from './failure.ts'
import { readInput } from './input.ts'
import { writeHelp, writeOverview } from './manual.ts'
import { readSession } from './session-file.ts'
import { openTerminal, type Terminal, writeDocument } from './terminal.ts'
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
    return reportFailure(error, { terminal, isJson })
  }
}

async function dispatch(words: readonly string[], environment: Environment, terminal: Terminal, isJson: boolean) {
  if (words.filter((word) => word !== '--json').join() === '--version') return showVersion(terminal, isJson)
  if (isHelp(words)) return showOverview(words, terminal, isJson)
  const command = findCommand(words)
  const input = readInput(command, words.slice(command.name.split(' ').length))
  if (input.has('help')) return show({ data: describeCommand(command), lines: writeHelp(command) }, terminal, isJson)
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
  for (const line of isJson ? writeDocument(answer.data) : answer.lines) terminal.print(line)
  return answer.exitCode ?? EXIT_CODES.ok.code
}

function showVersion(terminal: Terminal, isJson: boolean): number {
  const version = readVersion()
  return show({ data: { version }, lines: [`remit ${version}`] }, terminal, isJson)
}

function isHelp(words: readonly string[]): boolean {
  const [first] = words.filter((word) => word !== '--json')
  return first === undefined || first === 'help' || first === '--help' || first === '-h'
}

function showOverview(words: readonly string[], terminal: Terminal, isJson: boolean): number {
  const about = words.filter((word) => !word.startsWith('-')).slice(1)
  if (about.length === 0)
    return show(
      { data: COMMANDS.map(describeCommand), lines: writeOverview(COMMANDS, terminal.columns) },
      terminal,
      isJson,
    )
  const command = findCommand(about)
  return show({ data: describeCommand(command), lines: writeHelp(command) }, terminal, isJson)
}

function describeCommand({ run: _run, ...row }: Command): Omit<Command, 'run'> {
  return row
}

function findCommand(words: readonly string[]): Command {
  const found = COMMANDS.filter(({ name }) => name === words.slice(0, name.split(' ').length).join(' '))
  const longest = found.toSorted((a, b) => b.name.length - a.name.length)[0]
  if (longest !== undefined) return longest
  const [first = ''] = words
  const family = COMMANDS.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) =>
    name.slice(first.length + 1),
  )
  if (family.length > 0) throw usageError(`After '${first}' say one of: ${family.join(', ')}.`)
  throw usageError(`There is no command '${first}'.`)
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
      'Run `remit login <link>`, or set REMIT_SESSION; an administrator makes a link with `remit person link`.',
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
