const tickMs = 1000

/**
 * Calls `over` after so many milliseconds in which this process ran, and gives what calls that off. A process that is
 * stopped for a while ages by one second at most: what it waits for was stopped with it, and does not hang.
 */
export function wait(ms: number, over: () => void, everyMs = tickMs): () => void {
  let leftMs = ms
  const timer = setInterval(() => {
    leftMs -= everyMs
    if (leftMs > 0) return
    clearInterval(timer)
    over()
  }, everyMs)
  return () => clearInterval(timer)
}
