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

/** What was recorded. It knows by itself whether it was spent: a copy of it is none. */
class Mark {
  readonly fact: Fact
  readonly index: number
  readonly atMs: number
  #isSpent = false

  constructor(fact: Fact, index: number, atMs: number) {
    this.fact = fact
    this.index = index
    this.atMs = atMs
    Object.freeze(this)
  }

  /** True the first time, of what is one. */
  static spend(recorded: object): boolean {
    if (!(#isSpent in recorded) || recorded.#isSpent) return false
    recorded.#isSpent = true
    return true
  }
}

/** Marks a fact as durably written. Nobody outside this room may call it (the walls hold it). */
export function markRecorded<T extends Fact>(fact: T, index: number, atMs: number): Recorded<T> {
  return new Mark(fact, index, atMs) as unknown as Recorded<T> // the brand exists in types only, and the fact is a T
}

/** Takes the fact out, once. A second time throws `permit_spent`: one record, one effect. */
export function spend<T extends Fact>(recorded: Recorded<T>): T {
  if (!Mark.spend(recorded)) throw new RemitError('permit_spent')
  return recorded.fact
}
