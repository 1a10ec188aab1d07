/** Resolves in the next turn of the event loop: whatever waits runs before. */
export async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

/** Long works that wait to go on, the first one first. */
const inLine: (() => void)[] = []

/**
 * Resolves in the next turn of the event loop that no other long work has: one of them goes on in each, so that whatever else waits
 * waits for one of them and not for all.
 */
export async function nextTurnInLine(): Promise<void> {
  await new Promise<void>((resolve) => {
    if (inLine.push(resolve) === 1) setImmediate(letOneGoOn)
  })
}

function letOneGoOn(): void {
  inLine.shift()?.()
  if (inLine.length > 0) setImmediate(letOneGoOn)
}

/** A wait for the next turn of the event loop that can be cut short. */
export interface AwaitedTurn {
  /** Resolves in the next turn, or in this one where it is hurried. */
  readonly come: Promise<void>
  /** Ends the wait; where it has ended, nothing. */
  readonly hurry: () => void
}

/** Begins to wait for the next turn of the event loop. */
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
