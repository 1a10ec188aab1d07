import type { PolicyNote } from '../sdk/nouns.ts'
import { RemitProblem } from '../sdk/problem.ts'
import { quote } from '../sdk/quote.ts'
import type { UnreachableReason } from '../sdk/unreachable.ts'
import { CliError, type Context, EXIT_CODES } from './command.ts'
import { describeFileFault } from './file-fault.ts'
import { findWhatShows } from './not-found.ts'
import { describeNotes } from './policy-notes.ts'
import { writeDocument } from './terminal.ts'

/** What to do next about a refusal, by its code. */
const NEXT: Readonly<Record<string, string>> = {
  answer_malformed: 'What answers there may be no Remit: check REMIT_URL or --url.',
  route_unknown: 'Check REMIT_URL or --url; a server of an older version may not know this yet.',
  authentication_missing: 'Sign in with `remit login <link>`.',
  assertion_signature:
    '`remit identity show <identity> --json` shows the keys that are bound; --key is the private part of one.',
  issuer_unknown: '`remit identity show <identity>` shows as what it proves itself, and by which issuer.',
  session_invalid:
    'Sign in with `remit login <link>`; an administrator makes a link with `remit person link`; where none can, `remit serve --admin-link` shows one.',
  login_link_invalid:
    'Where the link came with --url, say --url too; else ask an administrator for a new one: `remit person link <person>`.',
  role_missing: 'See who may with `remit person list`.',
  self_approval: 'Somebody else has to answer: `remit person list` shows who could.',
  seat_missing: '`remit approvals` shows which seats are open.',
  approval_closed: '`remit approvals --state all` shows what became of it.',
  purpose_exceeded: '`remit purpose list` shows what each purpose covers.',
  transition_invalid: '`remit identity show <identity>` shows its state.',
  conflict: 'Run the command again.',
  policies_invalid: 'Mend that in the folder, and run it again.',
  binding_wide: '`remit issuer presets` shows what pins a workload down; `--accept-wide` says why it may be wide.',
  secret_not_allowed:
    'It is T0 with `--reach sandbox`, and once it is entitled to read public data alone: entitle it before its secret. `remit identity show` says why it is more.',
  already_exists: 'Nothing was changed.',
  not_found: 'Check what you named: a list command shows what there is.',
  rate_limited: 'Wait a moment and run it again.',
  store_damaged: 'Trying again does not help: who runs Remit keeps a copy of the store, and puts back a backup.',
  log_broken: 'Run `remit doctor`; nothing is allowed until the log verifies.',
}

/** What is said of the session that was shown. Whoever set one in the environment signs in anew to no avail. */
const OF_SESSION: readonly string[] = ['authentication_missing', 'session_invalid']
const NEXT_SESSION_SET =
  'That session is the one of REMIT_SESSION, which counts in place of the one that `remit login` keeps: set another, or unset it.'

/** What shows or makes what a request named, or wanted, that is not there. */
const SHOWS: Readonly<Record<string, string>> = {
  purpose: '`remit purpose list` shows the purposes',
  owner: '`remit person list` shows the people',
  sponsor: '`remit person list` shows the people',
  answering: '`remit identity show <identity>` says who answers for it',
  shadow: '`remit policy publish <folder> --shadow` puts one there',
}

/** What gives an identity what a step of it still needs. */
const GIVES: Readonly<Record<string, string>> = {
  owner: '`remit identity reassign <identity>`',
  sponsor: '`remit identity reassign <identity>`',
  purpose: '`remit purpose list`',
  binding: '`remit identity bind <identity>`',
  entitlement: '`remit identity entitle <identity>`',
  rehearsal: '`remit identity rehearse <identity>`',
  reason: '--reason',
}

/** What to do next about a server that did not answer, by the reason. */
const NEXT_UNREACHABLE: Readonly<Record<UnreachableReason, string>> = {
  'nothing-there': 'Start it with `remit serve`, or say where it is with REMIT_URL or --url.',
  certificate:
    'Name the certificate of its authority in NODE_EXTRA_CA_CERTS; of --dev-tls that is dev-tls/ca.crt in its data folder.',
  'not-tls': 'Say http:// with REMIT_URL or --url, or start it with TLS.',
  'perhaps-tls': 'Say https:// with REMIT_URL or --url.',
}

/** Which command shows what is wrong with policies, those of a domain where one is named. */
function findNextOfFaults(faults: readonly PolicyNote[], domain: unknown): string | undefined {
  if (faults.length === 0) return undefined
  const more = typeof domain === 'string' ? ` --domain ${quote.unlessWord(domain)}` : ''
  return faults.every(({ file, kind }) => kind === 'test' || file.endsWith('.test.json'))
    ? `\`remit policy test <folder>${more}\` shows every case that fails.`
    : `\`remit policy validate <folder>${more}\` shows every fault at its place.`
}

/** What a table says of those names that it knows, each once. */
function wordsOf(table: Readonly<Record<string, string>>, names: unknown): readonly string[] {
  const words = new Map(Object.entries(table))
  const known: readonly string[] = Array.isArray(names) ? names.flatMap((name) => words.get(String(name)) ?? []) : []
  return [...new Set(known)]
}

/** Names each command once; nothing where the sentence itself says what to do. */
function findNextOfNeeds(missing: unknown): string | undefined {
  const words = wordsOf(GIVES, missing)
  return words.length === 0 ? undefined : `First ${words.join(', then ')}.`
}

function findNext({ code, facts, detail }: RemitProblem): string | undefined {
  const reason = String(facts['reason'])
  const said = askIn(facts) ?? findNextOfFaults(faultsIn(facts), facts['domain'])
  if (said !== undefined) return said
  if (code === 'transition_needs') return findNextOfNeeds(facts['missing'])
  const shown = wordsOf(SHOWS, facts['missing'])
  if (shown.length > 0) return `${shown.join(', ')}.`
  if (code === 'already_exists' && facts['bindingId'] !== undefined)
    return '`remit identity show <identity>` shows it; `remit identity unbind <identity> <binding>` ends it.'
  if (code === 'not_found' && facts['domain'] !== undefined) return '`remit policy domains` lists the domains.'
  if (code === 'not_found') return findWhatShows(detail) ?? NEXT[code]
  return code === 'unreachable' && Object.hasOwn(NEXT_UNREACHABLE, reason)
    ? NEXT_UNREACHABLE[reason as UnreachableReason] // it is one of the table's
    : NEXT[code]
}

/** What a failure says: for machines, and the exit code. */
export interface Failure {
  readonly exitCode: number
  readonly error: {
    readonly code: string
    readonly sentence: string
    readonly next?: string
    readonly status?: number
    readonly facts?: unknown
    readonly entry?: number
  }
}

/** Turns anything thrown into what the command line says of it. */
function describeFailure(error: unknown, isSessionSet: boolean): Failure {
  if (error instanceof CliError) {
    const next = error.next === undefined ? {} : { next: error.next }
    return { exitCode: EXIT_CODES[error.exit].code, error: { code: error.code, sentence: error.message, ...next } }
  }
  if (error instanceof RemitProblem) return describeProblem(error, isSessionSet)
  const fault = describeFileFault(error)
  if (fault !== undefined) return { exitCode: EXIT_CODES.refused.code, error: { code: 'failed', ...fault } }
  const sentence = error instanceof Error ? error.message : String(error)
  return { exitCode: EXIT_CODES.refused.code, error: { code: 'failed', sentence } }
}

function describeProblem(problem: RemitProblem, isSessionSet: boolean): Failure {
  const isOfSession = isSessionSet && OF_SESSION.includes(problem.code)
  const next = isOfSession ? NEXT_SESSION_SET : findNext(problem)
  return {
    exitCode: EXIT_CODES[problem.code === 'unreachable' ? 'unreachable' : 'refused'].code,
    error: {
      code: problem.code,
      sentence: problem.detail,
      ...(next === undefined ? {} : { next }),
      ...(problem.status === 0 ? {} : { status: problem.status }),
      ...(Object.keys(problem.facts).length === 0 ? {} : { facts: problem.facts }),
      ...(problem.entry === undefined ? {} : { entry: problem.entry }),
    },
  }
}

/** The faults of policies that a server names; none where it names something else. */
function faultsIn(facts: unknown): readonly PolicyNote[] {
  const { faults } = (facts ?? {}) as { readonly faults?: unknown }
  return Array.isArray(faults) ? (faults as readonly PolicyNote[]) : [] // the server's contract, as all of its answers
}

/** How to ask for what was denied; undefined where a server does not name it. */
function askIn({ ask }: Readonly<Record<string, unknown>>): string | undefined {
  const { sentence } = (ask ?? {}) as { readonly sentence?: unknown }
  return typeof sentence === 'string' ? sentence : undefined
}

/**
 * Facts that the sentences say already: issues of a request, faults of policies, why nobody answered, the rules of a denial, what a binding
 * lets in, the roles that are asked for.
 */
const SAID_FACTS: readonly string[] = [
  'issues',
  'reason',
  'faults',
  'reasons',
  'ask',
  'domain',
  'wide',
  'missing',
  'verb',
  'roles',
]

/** Says what else a problem names, a line each; nothing of what is empty. */
function describeFacts(facts: unknown): string[] {
  return Object.entries(facts ?? {})
    .filter(([name, value]) => !(SAID_FACTS.includes(name) || (Array.isArray(value) && value.length === 0)))
    .map(([name, value]) => `${name}: ${describeFact(value)}`)
}

function describeFact(value: unknown): string {
  if (typeof value === 'string') return quote.unlessWord(value)
  const areTexts = Array.isArray(value) && value.every((each) => typeof each === 'string')
  return areTexts ? value.map(quote.unlessWord).join(', ') : quote.json(JSON.stringify(value))
}

/** Sends nobody to the command that has just failed. */
function leaveOutSame({ exitCode, error }: Failure, words: readonly string[]): Failure {
  const named = /^`remit ([a-z ]+) </.exec(error.next ?? '')?.[1]
  const said = words.filter((word) => !word.startsWith('-')).join(' ')
  if (named === undefined || !said.startsWith(`${named} `)) return { exitCode, error }
  const { next: _next, ...rest } = error
  return { exitCode, error: rest }
}

/** Says a failure: a document on standard output for machines, a sentence on standard error for people. */
export function reportFailure(
  error: unknown,
  {
    terminal,
    isJson,
    environment,
    words,
  }: Pick<Context, 'terminal' | 'isJson' | 'environment'> & { readonly words: readonly string[] },
): number {
  const failure = leaveOutSame(describeFailure(error, environment.session !== undefined), words)
  const { sentence, next, entry, facts } = failure.error
  if (isJson) for (const line of writeDocument({ error: failure.error })) terminal.print(line)
  else {
    terminal.warn(`remit: ${sentence}${entry === undefined ? '' : ` (entry #${entry})`}`)
    const unsaid = faultsIn(facts).filter((fault) => !sentence.includes(fault.sentence))
    for (const line of describeNotes(unsaid, 'fault')) terminal.warn(`       ${line}`)
    for (const line of describeFacts(facts)) terminal.warn(`       ${line}`)
    if (next !== undefined) terminal.warn(`       ${next}`)
  }
  return failure.exitCode
}
