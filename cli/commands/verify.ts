import { createReadStream, statSync } from 'node:fs'
import { readPackLines } from '../../sdk/pack-lines.ts'
import type { AnswerCounts, AskerSummary } from '../../sdk/summarise-identities.ts'
import { type PackReport, verifyPack } from '../../sdk/verify-pack.ts'
import { type Answer, CliError, type Command, type Context, EXIT_CODES, type Input } from '../command.ts'
import { writeCount, writeTime } from '../terminal.ts'
import { readVkey, type UsedKey } from '../vkey-file.ts'

const FAILURES_SHOWN = 20

/** Verifies a pack from the file and the key alone; it opens no connection. */
export const VERIFY_COMMAND: Command = {
  name: 'verify',
  sentence: "Verifies an evidence pack offline, from nothing but the file and the log's public key.",
  arguments: [{ name: 'pack', sentence: 'The pack.' }],
  options: [
    {
      name: 'key',
      value: 'vkey',
      isRequired: true,
      sentence: 'The public key of the log; what is none is the name of a file that holds it.',
    },
    {
      name: 'witness',
      value: 'vkey',
      isMany: true,
      sentence: 'The public key of a witness that must have signed too, or a file that holds it.',
    },
  ],
  run: verify,
}

async function verify(input: Input, { terminal }: Context): Promise<Answer> {
  const file = input.text('pack')
  requireFile(file)
  const key = readVkey(input.text('key'))
  const witnesses = input.all('witness').map((said) => readVkey(said, 'witness'))
  const report = await verifyPack(
    readPackLines(readBytes(file)),
    key.vkey,
    witnesses.map(({ vkey }) => vkey),
  )
  const [head = '', ...lines] = report.ok ? describeProof(report) : describeFailures(report)
  return {
    data: { ...report, key },
    lines: [
      terminal.paint(report.ok ? 'green' : 'red', head),
      describeKey(key),
      ...report.witnesses.map(describeWitness),
      ...lines,
    ],
    exitCode: EXIT_CODES[report.ok ? 'ok' : 'refused'].code,
  }
}

async function* readBytes(file: string): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(file)) yield chunk as Uint8Array // no encoding was asked for
}

function describeKey({ vkey, file }: UsedKey): string {
  return `  by the key ${vkey}${file === null ? '' : `, read from the file ${file}`}`
}

function describeWitness({ name, atMs }: PackReport['witnesses'][number]): string {
  return `  witnessed by ${name} at ${writeTime(atMs)}`
}

/** A pack may come by a pipe too. */
function requireFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found?.isDirectory() === false) return
  const fault = found === undefined ? `There is no file ${file}.` : `${file} is a folder, and no evidence pack.`
  throw new CliError('usage', found === undefined ? 'file_missing' : 'usage', fault, 'Check the path.')
}

function describeProof({ checkpoint, entries, whole, asOfMs, subject, identities }: PackReport): string[] {
  const log = `of the log ${checkpoint?.origin ?? ''}`
  const asOf = writeTime(asOfMs)
  const head = whole
    ? `It verifies: all ${entries} entries ${log} as of ${asOf}, unchanged, in order, and within the laws.`
    : `It verifies: ${entries} of the ${checkpoint?.size} entries ${log}, unchanged and in order; the last is of ${asOf}.`
  const part = `  They are what was packed about the ${subject?.kind} ${subject?.id}; nothing shows what was left out. As far as this pack tells:`
  return [head, ...(whole ? [] : [part]), ...identities.flatMap(describeIdentity)]
}

function describeIdentity(identity: PackReport['identities'][number]): string[] {
  const { identityId, name, tier, tasksTotal, questions, asks } = identity
  const known = `${name === '' ? identityId : name} (${tier ?? 'no tier'})`
  const { by, askersTotal } = questions
  const more = askersTotal > by.length ? [`    and ${writeCount(askersTotal - by.length, 'more asker')}`] : []
  return [
    `  ${known}: ${writeCount(tasksTotal, 'task')}; of its own requests ${writeAnswers(identity)}`,
    ...by.map((asker) => `    asked about it ${describeAsker(asker, identityId)}: ${writeAnswers(asker)}`),
    ...more,
    ...(asks.permits + asks.denials === 0 ? [] : [`    what it asked about others: ${writeAnswers(asks)}`]),
  ]
}

/** A key out of the same hands as the pack proves nothing, so none is fetched from there to try again. */
const WHOSE_KEY =
  '  Either this log has not signed it, or that is the key of another log: have it from whoever keeps the log (remit log key), not from whoever gave you the pack.'

/** People have no names in the log. */
function describeAsker({ kind, id, name }: AskerSummary, about: string): string {
  if (id === about) return 'by itself'
  return `by ${kind === 'identity' ? `the identity ${name ?? id}` : `the ${kind} ${id}`}`
}

/** Whether a permit became an act the record says only of those that count as one. */
function writeAnswers({
  permits,
  denials,
  acts = 0,
}: Partial<AnswerCounts> & Pick<AnswerCounts, 'permits' | 'denials'>): string {
  const done = acts === 0 ? '' : ` (${writeCount(acts, 'act')} let happen by it)`
  return `${writeCount(permits, 'permit')}${done}, ${writeCount(denials, 'denial')}`
}

function describeFailures({ failures, failuresTotal }: PackReport): string[] {
  const more = failuresTotal - Math.min(failures.length, FAILURES_SHOWN)
  const [first = 'It does not verify.', ...rest] = failures
    .slice(0, FAILURES_SHOWN)
    .map(
      ({ line, entry, check, what }) =>
        `${entry === null ? `line ${line}` : `entry #${entry}, line ${line}`} (${check}): ${what}`,
    )
  return [
    `It does not verify: ${first}`,
    ...rest.map((failure) => `  ${failure}`),
    ...(failures.some(({ check }) => check === 'checkpoint') ? [WHOSE_KEY] : []),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}
