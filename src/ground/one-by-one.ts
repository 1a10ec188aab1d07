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

/** Does steps that are called the same one after the other, and others meanwhile. */
export type InTurnOf = <T>(name: string, step: () => Promise<T>) => Promise<T>

/** Makes queues for steps that must not meet others of their name; one that is empty is forgotten. */
export function createInTurnOf(): InTurnOf {
  const lasts = new Map<string, Promise<unknown>>()
  return (name, step) => {
    const turn = (lasts.get(name) ?? Promise.resolve()).then(step)
    const forget = (): void => {
      if (lasts.get(name) === last) lasts.delete(name)
    }
    const last = turn.then(forget, forget)
    lasts.set(name, last)
    return turn
  }
}

/** Makes calls of `run` wait for each other. */
export function oneByOne<T>(run: () => Promise<T>): () => Promise<T> {
  const inTurn = createInTurn()
  return () => inTurn(run)
}
