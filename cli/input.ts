import { parseArgs } from 'node:util'
import { type Argument, type Command, type Input, type Option, usageError } from './command.ts'
import { findMeant } from './did-you-mean.ts'

/** Options that every command takes. */
export const COMMON_OPTIONS: readonly Option[] = [
  {
    name: 'json',
    sentence:
      'Writes one JSON document on standard output, and nothing else; `serve` and `demo` one a line, for each event.',
  },
  { name: 'url', value: 'url', sentence: 'Speaks to this server, in place of `REMIT_URL` or the one signed in to.' },
  { name: 'help', sentence: 'Shows what the command takes.' },
]

type Values = Readonly<Record<string, readonly string[]>>

/** Reads the words after a command's name. Throws a usage error that names what is wrong. */
export function readInput(command: Command, words: readonly string[]): Input {
  const options = [...command.options, ...COMMON_OPTIONS]
  const next = `Run \`remit ${command.name} --help\`.`
  const { values, positionals } = parse(options, words, next)
  if (values['help'] === undefined) check(command, values, positionals, next)
  const places = Object.fromEntries(
    command.arguments.flatMap((argument, at) => {
      const word = positionals[at]
      return word === undefined ? [] : [[argument.name, [word]]]
    }),
  )
  const fallbacks = Object.fromEntries(
    options.flatMap(({ name, fallback }) => (fallback === undefined ? [] : [[name, [fallback]]])),
  )
  const isArgument = (name: string): boolean => command.arguments.some((argument) => argument.name === name)
  return inputOf({ ...fallbacks, ...values, ...places }, (name) => (isArgument(name) ? `<${name}>` : `--${name}`), next)
}

function parse(options: readonly Option[], words: readonly string[], next: string) {
  try {
    const config: Record<string, { type: 'boolean' | 'string'; multiple: true; short?: string }> = {}
    for (const { name, value } of options) {
      const short = name === 'help' ? { short: 'h' } : {}
      config[name] = { type: value === undefined ? 'boolean' : 'string', multiple: true, ...short }
    }
    const parsed = parseArgs({ args: [...words], options: config, allowPositionals: true, strict: true })
    const values: Values = Object.fromEntries(
      Object.entries(parsed.values).map(([name, list]) => [name, (list ?? []).map(String)]),
    )
    return { values, positionals: parsed.positionals }
  } catch (error) {
    throw usageError(describeFault(error, options), next)
  }
}

/** What was wrong, in our words where those of the parser do not say what to do. */
function describeFault(error: unknown, options: readonly Option[]): string {
  const text = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const said = /'(?:-\w, )?(-[^' ]*)/.exec(text)?.[1] ?? ''
  const option = options.find(({ name }) => `--${name}` === said)
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const meant = findMeant(
      said.replace(/^-+/, ''),
      options.map(({ name }) => name),
    )
    return `There is no option '${said}' here.${meant === undefined ? '' : ` Did you mean --${meant}?`}`
  }
  if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' && option?.value !== undefined) {
    const begins = text.includes('ambiguous')
      ? ` One that begins with - is written --${option.name}=<${option.value}>.`
      : ''
    return `Say a value for --${option.name}: ${option.sentence}${writeChoices(option)}${begins}`
  }
  return `${text.split(/\. |\n/, 1)[0]?.replace(/\.$/, '') ?? text}.`
}

function check(command: Command, values: Values, positionals: readonly string[], next: string): void {
  for (const [at, argument] of command.arguments.entries()) {
    checkChoice(argument.name, argument.oneOf, positionals.slice(at, at + 1), next)
  }
  const missing = command.arguments.find((argument, at) => !argument.isOptional && positionals[at] === undefined)
  if (missing !== undefined)
    throw usageError(`Say ${writeArgument(missing)}: ${missing.sentence}${writeChoices(missing)}`, next)
  const extra = positionals[command.arguments.length]
  if (extra !== undefined) throw usageError(`\`remit ${command.name}\` does not take '${extra}'.`, next)
  requireOptions(
    command.options.filter(({ name, isRequired }) => isRequired && values[name] === undefined),
    next,
  )
  for (const option of command.options) checkOption(option, values[option.name] ?? [], next)
}

/** Names all that is missing at once, and says of the first what it is. */
function requireOptions([first, ...others]: readonly Option[], next: string): void {
  if (first === undefined) return
  const more = others.length === 0 ? '' : ` Say also ${others.map(({ name }) => `--${name}`).join(', ')}.`
  throw usageError(`Say --${first.name}: ${first.sentence}${writeChoices(first)}${more}`, next)
}

function checkOption(option: Option, said: readonly string[], next: string): void {
  if (said.length > 1 && !option.isMany && option.value !== undefined) {
    throw usageError(`Say --${option.name} once.`, next)
  }
  checkChoice(`--${option.name}`, option.oneOf, said, next)
}

function checkChoice(name: string, oneOf: readonly string[] | undefined, said: readonly string[], next: string): void {
  const wrong = said.find((value) => oneOf !== undefined && !oneOf.includes(value))
  if (wrong === undefined || oneOf === undefined) return
  const meant = findMeant(wrong, oneOf)
  const guess = meant === undefined ? '' : ` Did you mean ${meant}?`
  throw usageError(`${name} is one of ${oneOf.join(', ')}, not '${wrong}'.${guess}`, next)
}

/** Writes the values that are allowed as a sentence of their own, where not everything is. */
export function writeChoices({ oneOf }: Pick<Option, 'oneOf'>): string {
  return oneOf === undefined ? '' : ` One of ${oneOf.join(', ')}.`
}

/** Writes an argument as the manual shows it. */
export function writeArgument(argument: Argument): string {
  return argument.isOptional ? `[${argument.name}]` : `<${argument.name}>`
}

/** Reads values; `written` gives a name as it stands on the command line. */
function inputOf(values: Values, written: (name: string) => string, next: string): Input {
  const find = (name: string): string | undefined => values[name]?.at(-1)
  const text = (name: string): string => {
    const value = find(name)
    if (value === undefined || value === '') throw usageError(`Say a value for ${written(name)}.`, next)
    return value
  }
  return {
    text,
    find,
    all: (name) => values[name] ?? [],
    has: (name) => values[name] !== undefined,
    whole: (name, least = 0, most) => {
      const value = text(name)
      const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`
      if (!/^\d{1,15}$/.test(value) || Number(value) < least || Number(value) > (most ?? Number(value))) {
        throw usageError(`${written(name)} is a whole number ${range}, not '${value}'.`, next)
      }
      return Number(value)
    },
  }
}
