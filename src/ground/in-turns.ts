import { nextTurn } from './next-turn.ts'

/** Work in parts of a few milliseconds each: others have their turn in between, where it is finished in turns. */
export type InTurns<T> = Generator<undefined, T, undefined>

/** Does all of it at once: at a start, when nobody waits. */
export function finishAtOnce<T>(work: InTurns<T>): T {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
  }
}

/** Does a part in each turn of the event loop. */
export async function finishInTurns<T>(work: InTurns<T>): Promise<T> {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
    await nextTurn()
  }
}

/** Gives lists of at most `most` items each, in their order. */
export function sliceList<T>(list: readonly T[], most: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / most) }, (_, at) => list.slice(at * most, (at + 1) * most))
}
