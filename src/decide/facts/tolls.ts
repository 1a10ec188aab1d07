import type { ActionClass } from '../../contract/action-class.ts'
import { type Change, type Kept, requireAbsent, requireVersion } from '../../contract/change.ts'
import { type Addition, type Weighed, weighAddition } from '../../contract/counters/addition.ts'
import { isLimited, type Limit, type LimitPer } from '../../contract/counters/limit.ts'
import type { Tally } from '../../contract/counters/tally.ts'
import type { ToolRule } from '../../contract/register/purpose.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Lineage, Link } from '../lineage.ts'
import type { DecideStore, KnownLimits } from '../store.ts'

/** What an act adds to one tally, and whether that still fits: a sum of money, or one more call in a window. */
export interface Toll {
  readonly kind: 'spend' | 'rate' | 'limit'
  /** What would be added to what; null where what a call spends cannot be told, and of a limit. */
  readonly due: { readonly taskId: string; readonly adds: number; readonly max: number } | null
  readonly weighed: Weighed
  /** What it is that would be passed. */
  readonly sentence: string
}

/** What one act would add, before anybody knows what is there. */
interface Due {
  readonly kind: Toll['kind']
  readonly taskId: string | null
  readonly sentence: string
  readonly addition: Addition
}

const never: Weighed = { fits: false, used: 0, fitsMs: null }

/** A call that may cost something. */
export interface Costing {
  readonly lineage: Lineage
  readonly rule: ToolRule | undefined
  readonly arguments: Readonly<Record<string, unknown>>
  readonly name: string
  readonly actionClass: ActionClass
  readonly limits: readonly Limit[]
}

/**
 * Weighs all that a call would add, for its task and every task above it, and under every limit that counts it. Where
 * nothing is to be added it reads nothing.
 */
export async function readTolls(store: Pick<DecideStore, 'tallies'>, costing: Costing): Promise<readonly Toll[]> {
  const { lineage } = costing
  const { atMs } = lineage.standing
  const spent = readSpent(costing)
  if (typeof spent === 'string') return [{ kind: 'spend', due: null, weighed: never, sentence: spent }]
  const dues = [
    ...lineage.links.flatMap((link) => [...dueSpend(link, spent, atMs), ...dueRate(link, atMs)]),
    ...costing.limits
      .filter((limit) => isLimited(limit, costing.name, costing.actionClass))
      .flatMap((limit) => dueUnder(limit, lineage)),
  ]
  const kept = dues.length === 0 ? [] : await store.tallies(dues.map(({ addition }) => addition.id))
  return dues.map(({ kind, taskId, sentence, addition }) => ({
    kind,
    due: taskId === null ? null : { taskId, adds: addition.amount, max: addition.atMost },
    sentence,
    weighed: weighAddition(findTally(kept, addition.id), addition),
  }))
}

function findTally(kept: readonly Kept<Tally>[], id: string): Kept<Tally> | undefined {
  return kept.find((tally) => tally.id === id)
}

/** Gives what a call spends in minor units, or why that cannot be told: what cannot be told is never spent. */
function readSpent({ lineage: { links }, rule, arguments: args }: Costing): number | string {
  const [name, named] = [rule?.spendArgument ?? null, rule?.currencyArgument ?? null]
  if (name === null) return 0
  const amount = Object.hasOwn(args, name) ? args[name] : undefined
  if (typeof amount !== 'number' || !Number.isSafeInteger(amount) || amount < 0 || amount > LIMITS.spendMax)
    return `What the call spends cannot be told: the argument ${name} is no whole number of minor units, ${LIMITS.spendMax} at most.`
  if (named === null || amount === 0) return amount + 0 // of -0 it makes 0
  const currency = Object.hasOwn(args, named) ? args[named] : undefined
  const isOne = links.every(({ task }) => task.budget.currency !== undefined && task.budget.currency === currency)
  return isOne ? amount : `The argument ${named} does not say the currency in which the task may spend.`
}

function dueSpend({ task }: Link, amount: number, atMs: number): readonly Due[] {
  if (amount === 0) return []
  const { spendMax = 0, currency = '' } = task.budget
  const addition = { id: `spend/${task.id}`, amount, atMost: spendMax, windowSeconds: null, atMs }
  return [
    {
      kind: 'spend',
      taskId: task.id,
      sentence: `the task ${task.id} may spend ${spendMax} ${currency}`.trimEnd(),
      addition,
    },
  ]
}

function dueRate({ task }: Link, atMs: number): readonly Due[] {
  const { callsPerMinuteMax } = task.budget
  if (callsPerMinuteMax === undefined) return []
  const addition = { id: `rate/${task.id}`, amount: 1, atMost: callsPerMinuteMax, windowSeconds: 60, atMs }
  return [
    {
      kind: 'rate',
      taskId: task.id,
      sentence: `the task ${task.id} may make ${callsPerMinuteMax} calls a minute`,
      addition,
    },
  ]
}

/**
 * What an entry says of it: of each task what was used, what this adds, and how much may be; and when that was weighed,
 * where a window is looked at: the entry may be written a while after.
 */
export function tellTolls(tolls: readonly Toll[], atMs: number): Readonly<Record<string, unknown>> {
  const told = tolls.flatMap(({ kind, due, weighed }) => (due === null ? [] : [{ kind, ...due, used: weighed.used }]))
  const isTimed = tolls.some(({ kind }) => kind !== 'spend')
  return { ...(told.length === 0 ? {} : { tolls: told }), ...(isTimed ? { weighedMs: atMs } : {}) }
}

const SUBJECTS: Readonly<Record<LimitPer, (lineage: Lineage) => readonly string[]>> = {
  identity: ({ links }) => links.map((link) => link.identity.id),
  chain: ({ own }) => [own.task.rootId],
  organisation: () => ['all'],
}

/** A limit of another window counts anew. */
function dueUnder(limit: Limit, lineage: Lineage): readonly Due[] {
  const { name, callsMax, windowSeconds, per } = limit
  const sentence = `the limit ${name} allows ${callsMax} calls in ${windowSeconds} seconds, by ${per}`
  return SUBJECTS[per](lineage).map((subject) => ({
    kind: 'limit',
    taskId: null,
    sentence,
    addition: {
      id: `limit/${name}@${windowSeconds}/${subject}`,
      amount: 1,
      atMost: callsMax,
      windowSeconds,
      atMs: lineage.standing.atMs,
    },
  }))
}

/** Gives the guard that no limit came or went. */
export function guardLimits({ catalogue }: KnownLimits): Change {
  return catalogue === undefined ? requireAbsent('catalogues', 'limits') : requireVersion('catalogues', catalogue)
}

/** Gives the changes that add all of it. */
export function payTolls(tolls: readonly Toll[]): readonly Change[] {
  return tolls.flatMap(({ weighed }) => (weighed.fits ? [weighed.change] : []))
}

/** Gives the first of a kind that does not fit. */
export function findUnpaid(tolls: readonly Toll[], kind: Toll['kind']): Toll | undefined {
  return tolls.find((toll) => toll.kind === kind && !toll.weighed.fits)
}

/** True of a spend of which cannot be told how much it is: its sentence says why, and nothing of it was weighed. */
export function isUntold(toll: Toll | undefined): boolean {
  return toll?.kind === 'spend' && toll.due === null
}

/** Says from when on it would fit. */
export function sayFitting(toll: Toll | undefined): string {
  const fitsMs = toll === undefined || toll.weighed.fits ? null : toll.weighed.fitsMs
  return fitsMs === null ? '' : `It fits again at ${new Date(fitsMs).toISOString()}. `
}
