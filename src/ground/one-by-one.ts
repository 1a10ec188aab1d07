/** Makes calls of `run` wait for each other: each begins when the one before has ended, however that ended. */
export function oneByOne<T>(run: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return () => {
    const turn = last.then(run)
    last = turn.catch(() => undefined)
    return turn
  }
}
