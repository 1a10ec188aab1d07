import { type Command, EXIT_CODES, type Option } from './command.ts'
import { COMMON_OPTIONS, writeArgument, writeChoices } from './input.ts'
import { alignRows, wrapText } from './terminal.ts'

/** Writes how a command is called. */
function writeUsage(command: Command): string {
  const required = command.options.filter((option) => option.isRequired).map(writeOption)
  const optional = command.options.some((option) => !option.isRequired) ? ['[options]'] : []
  return ['remit', command.name, ...command.arguments.map(writeArgument), ...required, ...optional].join(' ')
}

/** Writes the overview of all commands, as `remit help` shows it, in a terminal of this many columns. */
export function writeOverview(commands: readonly Command[], columns: number): string[] {
  return [
    ...wrapText('Remit: nothing acts without an owner, a purpose, a task, a recorded approval and an end.', columns),
    '',
    ...writeCommands(commands, columns),
    '',
    ...wrapText(
      'Each takes --json, --url and --help, before its name or after it; `remit --version` says which one this is. REMIT_URL and REMIT_SESSION say which server and session.',
      columns,
    ),
  ]
}

function writeCommands(commands: readonly Command[], columns: number): readonly string[] {
  const rows = commands.map((command) => [
    `  ${[command.name, ...command.arguments.map(writeArgument)].join(' ')}`,
    command.sentence,
  ])
  return alignRows(rows)(columns)
}

/** Writes what one command takes, as `remit <command> --help` shows it, and which others begin as it does. */
export function writeHelp(command: Command, others: readonly Command[], columns: number): string[] {
  const rows = [
    ...command.arguments.map((argument) => [`  ${writeArgument(argument)}`, writeSentence(argument)]),
    ...[...command.options, ...COMMON_OPTIONS].map((option) => [`  ${writeOption(option)}`, writeSentence(option)]),
  ]
  const more = others.length === 0 ? [] : ['', 'Commands that begin so too:', '', ...writeCommands(others, columns)]
  return [
    ...wrapText(command.sentence, columns),
    '',
    `  ${writeUsage(command)}`,
    '',
    ...alignRows(rows)(columns),
    ...more,
  ]
}

/** Writes the manual's text below its title: commands, then exit codes, in Markdown. */
export function writeManual(commands: readonly Command[]): string {
  const codes = Object.values(EXIT_CODES).map(({ code, sentence }) => `| ${code} | ${sentence} |`)
  const common = COMMON_OPTIONS.map((option) => `| \`${writeOption(option)}\` | ${writeSentence(option)} |`)
  return [
    '## Every command',
    '',
    '| option | what it does |',
    '| --- | --- |',
    ...common,
    '',
    'They stand before the command or after it. `remit --version` says which version this is.',
    '',
    '| exit code | what it says |',
    '| --- | --- |',
    ...codes,
    '',
    ...commands.flatMap(writeSection),
  ]
    .join('\n')
    .trimEnd()
}

function writeSection(command: Command): string[] {
  const rows = [
    ...command.arguments.map((argument) => `| \`${writeArgument(argument)}\` | ${writeSentence(argument)} |`),
    ...command.options.map((option) => `| \`${writeOption(option)}\` | ${writeSentence(option)} |`),
  ]
  const table = rows.length === 0 ? [] : ['', '| | |', '| --- | --- |', ...rows]
  return [`## remit ${command.name}`, '', command.sentence, '', `    ${writeUsage(command)}`, ...table, '']
}

function writeOption(option: Option): string {
  return option.value === undefined ? `--${option.name}` : `--${option.name} <${option.value}>`
}

function writeSentence(option: Omit<Option, 'name'>): string {
  const fallback = option.fallback === undefined ? '' : ` Default: ${option.fallback}.`
  return `${option.sentence}${writeChoices(option)}${fallback}${option.isMany ? ' May be said several times.' : ''}`
}
