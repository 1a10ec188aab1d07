import type { Clock } from '../../ground/clock.ts'

/** Work in slices, each of which takes a few milliseconds: others have their turn in between, where it is finished in turns. */
export type Slices<T> = Generator<undefined, T, undefined>

/** Does all of it at once: at a start, when nobody waits. */
export function finish<T>(slices: Slices<T>): T {
  for (;;) {
    const { done, value } = slices.next()
    if (done === true) return value
  }
}

/** Does a slice in each turn of the event loop. */
export async function finishInTurns<T>(slices: Slices<T>, clock: Pick<Clock, 'sleep'>): Promise<T> {
  for (;;) {
    const { done, value } = slices.next()
    if (done === true) return value
    await clock.sleep(0)
  }
}

/** Gives lists of at most `most` items each, in their order. */
export function sliceList<T>(list: readonly T[], most: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / most) }, (_, at) => list.slice(at * most, (at + 1) * most))
}
