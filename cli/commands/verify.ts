import { existsSync, readFileSync, statSync } from 'node:fs'
import { type PackReport, verifyPack } from '../../sdk/verify-pack.ts'
import { type Answer, CliError, type Command, type Context, EXIT_CODES, type Input } from '../command.ts'
import { readFileLines } from '../file-lines.ts'
import { showSafely } from '../terminal.ts'

const FAILURES_SHOWN = 20

/** Verifies a pack from the file and the key alone; it opens no connection. */
export const VERIFY_COMMAND: Command = {
  name: 'verify',
  sentence: "Verifies an evidence pack offline, from nothing but the file and the log's public key.",
  arguments: [{ name: 'pack', sentence: 'The pack.' }],
  options: [
    { name: 'key', value: 'vkey', isRequired: true, sentence: 'The public key of the log, or a file that holds it.' },
  ],
  run: verify,
}

async function verify(input: Input, { terminal }: Context): Promise<Answer> {
  const file = input.text('pack')
  requireFile(file)
  const said = input.text('key')
  const key = existsSync(said) ? readFileSync(said, 'utf8').trim() : said
  const report = await verifyPack(readFileLines(file), key)
  const [head = '', ...lines] = report.ok ? describeProof(report) : describeFailures(report)
  return {
    data: report,
    lines: [terminal.paint(report.ok ? 'green' : 'red', head), ...lines],
    exitCode: EXIT_CODES[report.ok ? 'ok' : 'refused'].code,
  }
}

function requireFile(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) return
  throw new CliError('usage', 'file_missing', `There is no file ${showSafely(file)}.`, 'Check the path.')
}

function describeProof({ checkpoint, entries, whole, identities }: PackReport): string[] {
  const part = whole ? `all ${entries} entries` : `${entries} of ${checkpoint?.size} entries`
  return [
    `It verifies: ${part} of the log ${showSafely(checkpoint?.origin ?? '')}, unchanged, in order, and within the laws.`,
    ...identities.map(({ name, tier, tasks, permits, denials }) =>
      showSafely(
        `  ${name ?? '(without a name)'} (${tier ?? 'no tier'}): ${tasks.length} tasks, ${permits} permits, ${denials} denials`,
      ),
    ),
  ]
}

function describeFailures({ failures, failuresTotal }: PackReport): string[] {
  const more = failuresTotal - Math.min(failures.length, FAILURES_SHOWN)
  const [first = 'It does not verify.', ...rest] = failures
    .slice(0, FAILURES_SHOWN)
    .map(({ line, entry, check, what }) =>
      showSafely(`${entry === null ? `line ${line}` : `entry #${entry}, line ${line}`} (${check}): ${what}`),
    )
  return [
    `It does not verify: ${first}`,
    ...rest.map((failure) => `  ${failure}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}
