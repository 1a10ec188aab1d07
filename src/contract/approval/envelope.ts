import type { ActionClass } from '../action-class.ts'
import type { Integrity } from '../label.ts'
import { matchesPattern, type Pattern } from '../scope.ts'
import { rankSensitivity, type Sensitivity } from '../sensitivity.ts'
import { escapeUnseen, quoteText } from './quote.ts'

/** A plain value of JSON, as an argument can be. */
export type Plain = string | number | boolean | null

/**
 * What one argument of the call may be instead of what it was when people were asked: a number from 0 to `atMost`, one
 * of these values beside the one that was asked, or anything.
 */
export type Term =
  | { readonly name: string; readonly atMost: number }
  | { readonly name: string; readonly oneOf: readonly Plain[] }
  | { readonly name: string; readonly any: true }

/**
 * A yes to more than one exact call: the call that was asked about, in the same task, with what may differ from it. What
 * is not named here stays exactly as it was. It ends with the task at the latest.
 */
export interface Envelope {
  /** How many calls, from 1. */
  readonly usesMax: number
  /** How long after the yes, in seconds. */
  readonly lifeSeconds: number
  readonly terms: readonly Term[]
  /** What the calls may be about; empty: just the resources that were asked about. */
  readonly resources: readonly Pattern[]
  /** The most that one numeric argument may come to over all calls; null where nothing is added up. */
  readonly total: { readonly name: string; readonly atMost: number } | null
}

/** One argument of a call, known by the digest of its value; `number` where it is one. */
export interface AskedArgument {
  readonly name: string
  /** Hex SHA-256 over the canonical form of the value. */
  readonly digest: string
  readonly number?: number
}

/** A resource of such a call, as sensitive as the rules of that moment said. */
interface AskedResource {
  readonly id: string
  readonly sensitivity: Sensitivity
}

/** All of a call that an envelope is held against, as it was when people were asked. */
export interface AskedCall {
  readonly action: {
    readonly name: string
    readonly actionClass: ActionClass
    readonly resources: readonly AskedResource[]
    readonly resultIntegrity: Integrity
    /** Of the definition that was reviewed; null where none was pinned. */
    readonly definitionDigest: string | null
  }
  /** The version of the tool's review; 0 where the action is not a tool. */
  readonly ruleVersion: number
  /** The arguments that name the resources. */
  readonly naming: readonly string[]
  readonly arguments: readonly AskedArgument[]
  readonly policyVersion: string
  /** The rules that asked for a person. */
  readonly needs: readonly string[]
}

/** An argument of a call that an approval is to cover, with its value. */
export interface GivenArgument extends AskedArgument {
  readonly value: unknown
}

/** A call that an approval is to cover. */
export type GivenCall = Omit<AskedCall, 'arguments'> & { readonly arguments: readonly GivenArgument[] }

/** True where people were told of all these rules as they were asked: nobody says yes to a reason that came up later. */
export function isTold({ needs }: Pick<AskedCall, 'needs'>, rules: readonly string[]): boolean {
  return rules.every((rule) => needs.includes(rule))
}

/** What these rules ask a person for is one exact call: each action of a critical identity, each flow out, each pivot. */
const EXACT_NEEDS: readonly string[] = ['law:each-action', 'law:flow', 'law:pivot']

/** Amounts are counted in millionths, so that they add up exactly. */
const MILLIONTHS = 1_000_000
/** The largest amount that is added up. */
export const amountMax = 1_000_000_000

/** Gives a number from 0 to `amountMax` in millionths; null for one that has a finer part, or is not one. */
export function countMillionths(value: unknown): number | null {
  if (typeof value !== 'number' || !(value >= 0 && value <= amountMax)) return null
  const millionths = Math.round(value * MILLIONTHS)
  return millionths / MILLIONTHS === value ? millionths + 0 : null
}

/**
 * Says why an envelope cannot be given for the call that was asked about, or null where it can. An envelope that does
 * not hold the very call that was asked about is a slip, and none is given for what asks for an exact yes.
 */
export function findEnvelopeFault(asked: AskedCall | undefined, envelope: Envelope): string | null {
  if (asked === undefined) return 'Only a call can be approved for more than once.'
  const exact = asked.needs.find((rule) => EXACT_NEEDS.includes(rule))
  if (exact !== undefined) return `${exact} asks for a yes to each exact call; an envelope does not do.`
  const names = envelope.terms.map((term) => term.name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) return `${quoteText(twice)} is named twice.`
  const faults = [
    ...envelope.terms.map((term) => findTermFault(asked, term)),
    findTotalFault(asked, envelope),
    findResourceFault(asked, envelope.resources),
  ]
  return faults.find((fault) => fault !== null) ?? null
}

function findTermFault(asked: AskedCall, term: Term): string | null {
  const argument = asked.arguments.find((each) => each.name === term.name)
  const name = quoteText(term.name)
  if (argument === undefined) return `The call that was asked about has no argument ${name}.`
  if (asked.naming.includes(term.name)) return `${name} names what the call is about: say the resources instead.`
  if (!('atMost' in term)) return null
  if (argument.number === undefined) return `The argument ${name} was no number when it was asked.`
  const isInside = argument.number >= 0 && argument.number <= term.atMost
  return isInside ? null : `${name} was ${argument.number} when it was asked, which is not from 0 to ${term.atMost}.`
}

function findTotalFault(asked: AskedCall, { total, terms }: Envelope): string | null {
  if (total === null) return null
  const argument = asked.arguments.find((each) => each.name === total.name)
  const name = quoteText(total.name)
  const millionths = countMillionths(argument?.number)
  if (millionths === null) return `${name} is no amount that can be added up: a number from 0 with at most 6 decimals.`
  const limit = countMillionths(total.atMost)
  if (limit === null || millionths > limit) return `The total of ${name} is less than what was asked.`
  const term = terms.find((each) => each.name === total.name)
  return term === undefined || 'atMost' in term ? null : `${name} is added up, so that it needs a most of its own.`
}

function findResourceFault({ action }: AskedCall, patterns: readonly Pattern[]): string | null {
  if (patterns.length === 0) return null
  const outside = action.resources.find(({ id }) => !patterns.some((pattern) => matchesPattern(pattern, id)))
  return outside === undefined ? null : `What was asked about, ${outside.id}, is not among the resources.`
}

/**
 * Says why a call is not covered by an envelope that was given for another one, or null where it is. Whatever people
 * were not told of is not covered: another review, another policy, a graver reason, one more argument.
 */
export function findUncovered(asked: AskedCall, envelope: Envelope, given: GivenCall): string | null {
  const rows: readonly (readonly [string, boolean])[] = [
    ['action', asked.action.name === given.action.name && asked.action.actionClass === given.action.actionClass],
    ['results', asked.action.resultIntegrity === given.action.resultIntegrity],
    ['definition', asked.action.definitionDigest === given.action.definitionDigest],
    ['review', asked.ruleVersion === given.ruleVersion],
    ['policy', asked.policyVersion === given.policyVersion],
    ['reason', isTold(asked, given.needs) && !given.needs.some((rule) => EXACT_NEEDS.includes(rule))],
    ['resource', isAboutCovered(asked, envelope, given.action.resources)],
    ['arguments', asked.arguments.length === given.arguments.length],
  ]
  const broken = rows.find(([, holds]) => !holds)
  if (broken !== undefined) return broken[0]
  const odd = given.arguments.find((argument) => !isArgumentCovered(asked, envelope, argument))
  if (odd !== undefined) return `argument ${quoteText(odd.name)}`
  return envelope.total !== null && countSpent(envelope, given) === null ? 'total' : null
}

/** Nothing is covered that is more sensitive than what was asked about. */
function isAboutCovered(asked: AskedCall, { resources }: Envelope, given: readonly AskedResource[]): boolean {
  const known = asked.action.resources
  if (resources.length === 0)
    return (
      known.length === given.length &&
      given.every((each) => known.some(({ id, sensitivity }) => id === each.id && sensitivity === each.sensitivity))
    )
  const most = Math.max(...known.map(({ sensitivity }) => rankSensitivity(sensitivity)))
  return (
    given.length > 0 &&
    given.length <= known.length &&
    given.every(
      ({ id, sensitivity }) =>
        rankSensitivity(sensitivity) <= most && resources.some((pattern) => matchesPattern(pattern, id)),
    )
  )
}

function isArgumentCovered(asked: AskedCall, envelope: Envelope, given: GivenArgument): boolean {
  const known = asked.arguments.find((each) => each.name === given.name)
  if (known === undefined) return false
  const term = envelope.terms.find((each) => each.name === given.name)
  if (term !== undefined) return known.digest === given.digest || isWithin(term, given.value)
  // what names the resources is held by what it names
  const isHeldByResource = envelope.resources.length > 0 && asked.naming.includes(given.name)
  return known.digest === given.digest || (isHeldByResource && isText(given.value))
}

function isWithin(term: Term, value: unknown): boolean {
  if ('any' in term) return true
  if ('oneOf' in term) return term.oneOf.some((each) => each === value)
  return typeof value === 'number' && value >= 0 && value <= term.atMost
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((each) => typeof each === 'string'))
}

/** How much of the total a call takes, in millionths: 0 where nothing is added up, null where it cannot be added. */
export function countSpent({ total }: Envelope, given: Pick<GivenCall, 'arguments'>): number | null {
  if (total === null) return 0
  return countMillionths(given.arguments.find(({ name }) => name === total.name)?.value)
}

/** Says in plain words what an envelope covers, a sentence a line, for the person who gives it. */
export function describeEnvelope(asked: AskedCall, envelope: Envelope): readonly string[] {
  const { usesMax, resources, terms, total } = envelope
  const about = asked.action.resources.map(({ id }) => quoteText(id)).join(' and ')
  const where = resources.length === 0 ? about : resources.map((each) => quoteText(each)).join(' or ')
  const named = [...terms.map(({ name }) => name), ...(resources.length === 0 ? [] : asked.naming)]
  const fixed = asked.arguments.filter(({ name }) => !named.includes(name)).map(({ name }) => quoteText(name))
  return [
    `Up to ${usesMax} ${usesMax === 1 ? 'call' : 'calls'} of ${quoteText(asked.action.name)} in this task, about ${where}, within ${sayDuration(envelope.lifeSeconds)} of the last yes, and not beyond the end of the task.`,
    ...terms.map(sayTerm),
    ...(total === null ? [] : [`All together, ${quoteText(total.name)} comes to ${total.atMost} at most.`]),
    ...(fixed.length === 0 ? [] : [`Exactly as asked: ${fixed.join(', ')}.`]),
    'Nothing else: no other argument, no more sensitive data, no other tool or task; and nothing once a policy, the tool or its review changes, or one of those who said yes leaves.',
  ]
}

function sayTerm(term: Term): string {
  const name = quoteText(term.name)
  if ('any' in term) return `${name} may be anything.`
  if ('oneOf' in term)
    return `${name} is as asked, or ${term.oneOf.map((each) => escapeUnseen(JSON.stringify(each))).join(' or ')}.`
  return `${name} is a number from 0 to ${term.atMost}.`
}

function sayDuration(seconds: number): string {
  const rows: readonly (readonly [number, string])[] = [
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ]
  const [unit, name] = rows.find(([each]) => seconds % each === 0) ?? [1, 'second']
  const count = seconds / unit
  return `${count} ${name}${count === 1 ? '' : 's'}`
}
