/** Resolves in the next turn of the event loop: whatever waits runs before. */
export async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** The next turn of the event loop, for whom it may also come at once. */
export interface AwaitedTurn {
  /** Resolves in the next turn, or as soon as it is hurried. */
  readonly come: Promise<void>
  readonly hurry: () => void
}

export function awaitTurn(): AwaitedTurn {
  const { promise, resolve } = Promise.withResolvers<void>()
  const turn = setImmediate(resolve)
  return {
    come: promise,
    hurry: () => {
      clearImmediate(turn)
      resolve()
    },
  }
}
