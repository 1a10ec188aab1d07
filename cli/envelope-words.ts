import { envelopes } from '../sdk/envelope.ts'
import type { Approval, AskedCall, Envelope, Plain, Term } from '../sdk/nouns.ts'
import { type Input, type Option, usageError } from './command.ts'
import { readPairs } from './scope-words.ts'

/** What `remit approve` takes for a yes to more than exactly this, once. */
export const ENVELOPE_OPTIONS: readonly Option[] = [
  {
    name: 'uses',
    value: 'number',
    sentence: 'Of a call: yes to up to this many calls like it, not to exactly it once.',
  },
  { name: 'for', value: 'time', sentence: 'How long that yes lasts, such as 30m or 2h (default 30m, at most 8h).' },
  { name: 'max', value: 'name=number', isMany: true, sentence: 'This argument may be any number from 0 to this.' },
  { name: 'one-of', value: 'name=value', isMany: true, sentence: 'This argument may have this value too.' },
  { name: 'any', value: 'name', isMany: true, sentence: 'This argument may be anything.' },
  { name: 'on', value: 'pattern', isMany: true, sentence: 'What the calls may be about; each may end in *.' },
  { name: 'total', value: 'name=number', sentence: 'All calls together, this argument may come to this at most.' },
  {
    name: 'as-proposed',
    sentence: 'Yes to the envelope that the asker proposed, or with other options beside it to less than that.',
  },
  { name: 'preview', sentence: 'Says in plain words what the yes would cover, and does not send it.' },
]

// a preview is sent to no server that could refuse them
const [usesMost, hoursMost] = [1_000, 8]
const HELP = 'Run `remit approve --help`.'

/** True where more was said than yes to exactly this, once. */
export function saysEnvelope(input: Input): boolean {
  return ENVELOPE_OPTIONS.some(({ name }) => name !== 'preview' && input.has(name))
}

/** Reads the envelope that was said for a call. Throws a usage error for one that cannot be given for it. */
export function readEnvelope(input: Input, { call, proposed }: Pick<Approval, 'call' | 'proposed'>): Envelope {
  if (call === undefined)
    throw usageError('Only a call can be approved for more than once.', 'Say yes without an envelope.')
  const envelope = input.has('as-proposed') ? readProposed(input, call, proposed) : readSaid(input, call)
  const fault = envelopes.findFault(call, envelope)
  if (fault !== null) throw usageError(fault, 'Look at what was asked with `remit approvals`.')
  return envelope
}

/** What was proposed, or as much less of it as is said beside. */
function readProposed(input: Input, asked: AskedCall, proposed: Envelope | undefined): Envelope {
  if (proposed === undefined)
    throw usageError('The asker proposed nothing but exactly this, once.', 'Leave --as-proposed out.')
  const terms = readTerms(input, asked)
  const isSaid = (name: string): boolean => terms.some((term) => term.name === name)
  const given: Envelope = {
    usesMax: input.has('uses') ? input.whole('uses', 1, usesMost) : proposed.usesMax,
    lifeSeconds: readSeconds(input.find('for')) ?? proposed.lifeSeconds,
    terms: [...proposed.terms.filter(({ name }) => !isSaid(name)), ...terms],
    resources: input.has('on') ? input.all('on') : proposed.resources,
    total: readTotal(input) ?? proposed.total,
  }
  const wider = envelopes.findEnvelopeWidening(proposed, given)
  if (wider !== null)
    throw usageError(`That is more than was proposed: ${wider}`, 'Leave --as-proposed out to say it in your own words.')
  return given
}

function readSaid(input: Input, asked: AskedCall): Envelope {
  return {
    usesMax: input.has('uses') ? input.whole('uses', 1, usesMost) : 1,
    lifeSeconds: readSeconds(input.find('for')) ?? 30 * 60,
    terms: readTerms(input, asked),
    resources: input.all('on'),
    total: readTotal(input),
  }
}

function readTerms(input: Input, asked: AskedCall): readonly Term[] {
  return [...readMost(input), ...readValues(input, asked), ...readAny(input)]
}

/** Says what a yes covers, a line each. */
export function describeYes(approval: Pick<Approval, 'call'>, envelope: Envelope | undefined): readonly string[] {
  if (envelope === undefined || approval.call === undefined) return ['  Exactly what is asked, once.']
  return envelopes.describe(approval.call, envelope).map((line) => `  ${line}`)
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 }

function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, count, unit] = /^([1-9]\d{0,5})([smh])$/.exec(text) ?? []
  if (count === undefined || unit === undefined)
    throw usageError(`--for is a time such as 90s, 30m or 2h, not '${text}'.`, HELP)
  const seconds = Number(count) * (UNITS[unit] ?? 1)
  if (seconds > hoursMost * 3600) throw usageError(`A yes lasts ${hoursMost} hours at most, not ${text}.`, HELP)
  return seconds
}

function readNumber(name: string, text: string): number {
  if (!/^\d{1,10}(\.\d{1,6})?$/.test(text))
    throw usageError(`The most of ${name} is a number such as 500, not '${text}'.`, HELP)
  return Number(text)
}

function readMost(input: Input): readonly Term[] {
  return Object.entries(readPairs(input.all('max'))).map(([name, text]) => ({ name, atMost: readNumber(name, text) }))
}

function readTotal(input: Input): Envelope['total'] {
  const [pair] = Object.entries(readPairs(input.all('total')))
  return pair === undefined ? null : { name: pair[0], atMost: readNumber(...pair) }
}

/** A value is read as what the argument was when it was asked: a number, or else a text. */
function readValues(input: Input, asked: AskedCall): readonly Term[] {
  const values = new Map<string, Plain[]>()
  for (const said of input.all('one-of')) {
    const [[name, text] = ['', '']] = Object.entries(readPairs([said]))
    const isNumber = asked.arguments.some((argument) => argument.name === name && argument.number !== undefined)
    values.set(name, [...(values.get(name) ?? []), isNumber ? readNumber(name, text) : text])
  }
  return [...values].map(([name, oneOf]) => ({ name, oneOf }))
}

function readAny(input: Input): readonly Term[] {
  return input.all('any').map((name) => ({ name, any: true }))
}
