/** Does steps one after the other: each begins when the one before has ended, however that ended. */
export type InTurn = <T>(step: () => Promise<T>) => Promise<T>

/** Makes a queue for steps that must not meet. */
export function createInTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (step) => {
    const turn = last.then(step)
    last = turn.catch(() => undefined)
    return turn
  }
}

/** Makes calls of `run` wait for each other. */
export function oneByOne<T>(run: () => Promise<T>): () => Promise<T> {
  const inTurn = createInTurn()
  return () => inTurn(run)
}
