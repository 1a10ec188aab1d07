import type { Client } from '../sdk/client.ts'
import type { Environment } from './environment.ts'
import type { Line, Terminal } from './terminal.ts'

/** A place in the command line: a word that is not an option. */
export interface Argument {
  readonly name: string
  readonly sentence: string
  readonly isOptional?: boolean
  /** The values that are allowed; anything where not given. */
  readonly oneOf?: readonly string[]
}

/** An option. Without `value` it is a switch; with `isMany` it may be said several times. */
export interface Option {
  readonly name: string
  /** What stands for the value in the manual, such as `person`. */
  readonly value?: string
  readonly isMany?: boolean
  readonly isRequired?: boolean
  /** The values that are allowed; anything where not given. */
  readonly oneOf?: readonly string[]
  readonly fallback?: string
  readonly sentence: string
}

/** What was said on the command line, checked against the command's row. */
export interface Input {
  /** Value of a required argument or option, or of one with a fallback. */
  text(name: string): string
  /** Value of an optional one. */
  find(name: string): string | undefined
  /** All values of an option that may be said several times. */
  all(name: string): readonly string[]
  has(name: string): boolean
  /** A whole number of at least `least` (default 0), and at most `most`; anything else is a usage error. */
  whole(name: string, least?: number, most?: number): number
}

/** What a command works with. */
export interface Context {
  readonly environment: Environment
  readonly terminal: Terminal
  readonly isJson: boolean
  /** The server that is spoken to. Errors: `usage` for an address that is none. */
  readonly serverUrl: () => string
  /** Gives the client for the server and session in force. Fails where there is no session, unless it may be absent. */
  readonly client: (may?: { readonly beAnonymous: boolean }) => Client
}

/** What a command answers: one document for machines, lines for people. */
export interface Answer {
  readonly data: unknown
  readonly lines: readonly Line[]
  /** 0 unless the answer itself is bad news, such as a pack that does not verify. */
  readonly exitCode?: number
}

/** One command of `remit`. */
export interface Command {
  /** The words that choose it, such as `identity show`. */
  readonly name: string
  readonly sentence: string
  readonly arguments: readonly Argument[]
  readonly options: readonly Option[]
  /** Answers, or does its own output and gives the exit code. */
  readonly run: (input: Input, context: Context) => Promise<Answer | number>
}

/** What the exit code of `remit` says. */
export const EXIT_CODES = {
  ok: { code: 0, sentence: 'It was done.' },
  refused: { code: 1, sentence: 'It was refused, or it failed.' },
  usage: { code: 2, sentence: 'The command line was not understood.' },
  unreachable: { code: 3, sentence: 'The server cannot be reached.' },
} as const

/** A failure with one sentence for the reader and what to do next. */
export class CliError extends Error {
  readonly exit: keyof typeof EXIT_CODES
  readonly code: string
  readonly next: string | undefined

  constructor(exit: keyof typeof EXIT_CODES, code: string, sentence: string, next?: string) {
    super(sentence)
    this.name = 'CliError'
    this.exit = exit
    this.code = code
    this.next = next
  }
}

/** Makes the failure of a command line that was not understood. */
export function usageError(sentence: string, next = 'Run `remit help` for the list of commands.'): CliError {
  return new CliError('usage', 'usage', sentence, next)
}
