import type { Fact } from '../contract/change.ts'
import { RemitError } from '../ground/errors.ts'

declare const durable: unique symbol

/** A fact that is durably in the log, at `index`. Only the log makes these; each can be spent once. */
export interface Recorded<T extends Fact = Fact> {
  readonly [durable]: true
  readonly fact: T
  /** Its place in the log, from 0. */
  readonly index: number
  readonly atMs: number
}

/** What was recorded and not spent yet, by identity: a copy is not in it. */
const unspent = new WeakSet<object>()

/** Marks a fact as durably written. Nobody outside this room may call it (the walls hold it). */
export function markRecorded<T extends Fact>(fact: T, index: number, atMs: number): Recorded<T> {
  const recorded = Object.freeze({ fact, index, atMs }) as Recorded<T> // the brand exists in types only
  unspent.add(recorded)
  return recorded
}

/** Takes the fact out, once. A second time throws `permit_spent`: one record, one effect. */
export function spend<T extends Fact>(recorded: Recorded<T>): T {
  if (!unspent.delete(recorded)) throw new RemitError('permit_spent')
  return recorded.fact
}
