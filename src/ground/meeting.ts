/**
 * Makes a place where those wait for each other who are done in the same turn of the event loop: they go on together when it
 * ends, or as soon as `max` are there. What they do then in a row, each to a connection of its own, wakes the other side once
 * and not once for each of them; the bound keeps the first from waiting for very many.
 */
export function createMeeting(max: number): () => Promise<void> {
  let meeting: Promise<void> | undefined
  let end: () => void = () => undefined
  let count = 0
  const begin = (): Promise<void> => {
    count = 0
    const begun = new Promise<void>((resolve) => {
      end = () => {
        if (meeting === begun) meeting = undefined
        resolve()
      }
    })
    setImmediate(end)
    return begun
  }
  return () => {
    meeting ??= begin()
    const joined = meeting
    count += 1
    if (count >= max) end()
    return joined
  }
}
