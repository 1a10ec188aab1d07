import type { Clock } from '../../ground/clock.ts'
import { beginTurn } from '../../ground/in-turns.ts'

/** As many lines as are read without a look at the clock: one that is no message takes the longest. */
const linesAtOnce = 16
const NEWLINE = 0x0a

/**
 * Hands on what a child writes, as much in each turn of the event loop as there is time for: one that writes without end is read
 * no faster than others have theirs, and waits at its pipe. Resolves where the stream ends, and rejects where it is cut.
 */
export async function hearInTurns(
  stream: AsyncIterable<Buffer>,
  hear: (piece: Buffer) => void,
  clock: Pick<Clock, 'monotonicMs'>,
): Promise<void> {
  for await (const chunk of stream) {
    const turn = beginTurn(clock)
    for (const piece of cutLines(chunk)) {
      if (turn.isOver()) await turn.next()
      hear(piece)
    }
  }
}

/** Gives pieces of `linesAtOnce` lines, and one of what is left. */
function* cutLines(chunk: Buffer): Generator<Buffer> {
  let [from, lines] = [0, 0]
  for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) {
    lines += 1
    if (lines % linesAtOnce !== 0) continue
    yield chunk.subarray(from, at + 1)
    from = at + 1
  }
  if (from < chunk.length) yield chunk.subarray(from)
}
