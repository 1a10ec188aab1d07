/**
 * Makes a place where those wait for each other who are done in the same turn of the event loop: they go on together when it
 * ends, or as soon as `max` are there. What they do then in a row, each to a connection of its own, wakes the other side once
 * and not once for each of them; the bound keeps the first from waiting for very many.
 */
export function createMeeting(max: number): () => Promise<void> {
  let waiting: (() => void)[] = []
  const end = (): void => {
    const met = waiting
    waiting = []
    for (const goOn of met) goOn()
  }
  return () =>
    new Promise((resolve) => {
      if (waiting.length === 0) setImmediate(end)
      waiting.push(resolve)
      if (waiting.length >= max) end()
    })
}
