import { toError } from './to-error.ts'

/**
 * Does something for each of a list, at most `atOnceMax` at a time. After a failure nothing more is begun; what has
 * begun is waited for, and then the first failure is thrown.
 */
export async function runBounded<Item>(
  items: readonly Item[],
  atOnceMax: number,
  run: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values()
  const failures: unknown[] = []
  const work = async (): Promise<void> => {
    for (const item of left) {
      if (failures.length > 0) return
      await run(item).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnceMax, items.length) }, work))
  if (failures.length > 0) throw failures[0]
}

/**
 * Does something for each of what is read, one after another; one that cannot be done keeps none of the others. Gives what
 * came between first, or null. What cuts the reading short is thrown.
 */
export async function tryEach<Item>(
  items: AsyncIterable<Item>,
  run: (item: Item) => Promise<void>,
): Promise<Error | null> {
  let first: Error | null = null
  for await (const item of items) {
    try {
      await run(item)
    } catch (error) {
      first ??= toError(error)
    }
  }
  return first
}

/** Something of a list that could not be done, and what came between. */
export interface Failed<Item> {
  readonly item: Item
  readonly fault: Error
}

/**
 * As `runBounded`, and goes on after a failure: one that cannot be done keeps none of the others. Only where as many as are
 * done at a time have failed before anything was done is nothing more begun: so would the next ones fail.
 */
export async function tryBounded<Item>(
  items: readonly Item[],
  atOnceMax: number,
  run: (item: Item) => Promise<void>,
): Promise<readonly Failed<Item>[]> {
  const left = items.values()
  const failed: Failed<Item>[] = []
  let [begun, done] = [0, 0]
  const work = async (): Promise<void> => {
    while (done > 0 || begun < atOnceMax) {
      begun += 1
      const { value: item, done: isOver } = left.next()
      if (isOver === true) return
      try {
        await run(item)
        done += 1
      } catch (error) {
        failed.push({ item, fault: toError(error) })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnceMax, items.length) }, work))
  return failed
}
