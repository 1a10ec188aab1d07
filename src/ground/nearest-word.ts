/** Gives the known word that a misspelt one most likely stands for; undefined where none is near. */
export function findNearestWord(said: string, known: readonly string[]): string | undefined {
  const near = known.map((word) => ({ word, steps: countSteps(said.toLowerCase(), word.toLowerCase()) }))
  const [best] = near.sort((a, b) => a.steps - b.steps)
  return best !== undefined && best.steps <= Math.max(1, Math.floor(said.length / 3)) ? best.word : undefined
}

/** How many characters to add, take away, change or swap with their neighbour lead from one word to the other. */
function countSteps(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, at) => at)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= from.length; i += 1) {
    rows.push([i])
    for (let j = 1; j <= to.length; j += 1) {
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      const change = at(i - 1, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1)
      const swap = isSwap ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY
      rows[i]?.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, change, swap))
    }
  }
  return at(from.length, to.length)
}
