import { type Addition, type Weighed, weighAddition } from '../../contract/addition.ts'
import type { Change, Kept } from '../../contract/change.ts'
import type { ToolRule } from '../../contract/purpose.ts'
import type { Tally } from '../../contract/tally.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { Lineage, Link } from '../lineage.ts'
import type { DecideStore } from '../store.ts'

/** What an act adds to one tally, and whether that still fits: a sum of money, or one more in a window. */
export interface Toll {
  readonly kind: 'spend' | 'rate'
  /** What would be added to what; null where what a call spends cannot be told. */
  readonly due: { readonly taskId: string; readonly adds: number; readonly max: number } | null
  readonly weighed: Weighed
  /** What it is that would be passed. */
  readonly sentence: string
}

/** What one act would add, before anybody knows what is there. */
interface Due {
  readonly kind: Toll['kind']
  readonly taskId: string
  readonly sentence: string
  readonly addition: Addition
}

const never: Weighed = { fits: false, used: 0, fitsMs: null }

/** Weighs all that a call would add, for its task and every task above it. Where nothing is to be added it reads nothing. */
export async function readTolls(
  store: Pick<DecideStore, 'tallies'>,
  lineage: Lineage,
  rule: ToolRule | undefined,
  args: Readonly<Record<string, unknown>>,
): Promise<readonly Toll[]> {
  const { atMs } = lineage.standing
  const spent = readSpent(lineage, rule, args)
  if (typeof spent === 'string') return [{ kind: 'spend', due: null, weighed: never, sentence: spent }]
  const dues = lineage.links.flatMap((link) => [...dueSpend(link, spent, atMs), ...dueRate(link, atMs)])
  const kept = dues.length === 0 ? [] : await store.tallies(dues.map(({ addition }) => addition.id))
  return dues.map(({ kind, taskId, sentence, addition }) => ({
    kind,
    due: { taskId, adds: addition.amount, max: addition.atMost },
    sentence,
    weighed: weighAddition(findTally(kept, addition.id), addition),
  }))
}

function findTally(kept: readonly Kept<Tally>[], id: string): Kept<Tally> | undefined {
  return kept.find((tally) => tally.id === id)
}

/** Gives what a call spends in minor units, or why that cannot be told: what cannot be told is never spent. */
function readSpent(
  { links }: Lineage,
  rule: ToolRule | undefined,
  args: Readonly<Record<string, unknown>>,
): number | string {
  const [name, named] = [rule?.spendArgument ?? null, rule?.currencyArgument ?? null]
  if (name === null) return 0
  const amount = Object.hasOwn(args, name) ? args[name] : undefined
  if (typeof amount !== 'number' || !Number.isSafeInteger(amount) || amount < 0 || amount > LIMITS.spendMax)
    return `What the call spends cannot be told: the argument ${name} is no whole number of minor units.`
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

/** What an entry says of it: of each task what was used, what this adds, and how much may be. */
export function tellTolls(tolls: readonly Toll[]): Readonly<Record<string, unknown>> {
  const told = tolls.flatMap(({ kind, due, weighed }) => (due === null ? [] : [{ kind, ...due, used: weighed.used }]))
  return told.length === 0 ? {} : { tolls: told }
}

/** Gives the changes that add all of it. */
export function payTolls(tolls: readonly Toll[]): readonly Change[] {
  return tolls.flatMap(({ weighed }) => (weighed.fits ? [weighed.change] : []))
}

/** Gives the first of a kind that does not fit. */
export function findUnpaid(tolls: readonly Toll[], kind: Toll['kind']): Toll | undefined {
  return tolls.find((toll) => toll.kind === kind && !toll.weighed.fits)
}

/** Says from when on it would fit. */
export function sayFitting(toll: Toll | undefined): string {
  const fitsMs = toll === undefined || toll.weighed.fits ? null : toll.weighed.fitsMs
  return fitsMs === null ? '' : `It fits again at ${new Date(fitsMs).toISOString()}. `
}
