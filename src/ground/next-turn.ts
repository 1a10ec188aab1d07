/** Resolves in the next turn of the event loop: whatever waits runs before. */
export async function nextTurn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
