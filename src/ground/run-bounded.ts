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
