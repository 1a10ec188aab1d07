import { LIMITS } from '../../ground/limits.ts'

/** What of the room one answer takes up. */
export interface Share {
  /** Takes up so much more; one that is not small waits while the room is full and another answer goes on. */
  take(bytes: number): Promise<void>
  /** Gives all of it back: nobody holds any more what has come so far. */
  empty(): void
  /** Leaves for good. */
  leave(): void
}

/** The memory that the answers of one server, which are its to fill, may take up while they come. */
export interface AnswerRoom {
  enter(): Share
}

/**
 * Makes a room in which answers wait for each other once they come to more than `bytesMax`, and their server with them. Only the one
 * that was the largest then goes on, until it leaves: it is the nearest to its end, and answers that grow by turns overtake each other
 * for ever. What is small is not counted, and of an answer that nobody reads no more has come.
 */
export function createAnswerRoom(bytesMax: number = LIMITS.upstreamAnswersBytesMax): AnswerRoom {
  const held = new Map<object, number>()
  let freed = Promise.withResolvers<void>()
  const free = (share: object): void => {
    if (!held.delete(share)) return
    freed.resolve()
    freed = Promise.withResolvers<void>()
  }
  let first: object | undefined // who goes on while it is full
  const mustWait = (share: object): boolean => {
    const all = [...held]
    if (!held.has(share) || all.reduce((sum, [, bytes]) => sum + bytes, 0) <= bytesMax) return false
    if (first === undefined || !held.has(first)) [first] = all.reduce((most, each) => (each[1] > most[1] ? each : most))
    return share !== first
  }
  return {
    enter: () => {
      const share = {}
      let own = 0
      return {
        async take(bytes) {
          own += bytes
          if (own > LIMITS.upstreamSmallBytes) held.set(share, own)
          while (mustWait(share)) await freed.promise
        },
        empty: () => {
          own = 0
          free(share)
        },
        leave: () => free(share),
      }
    },
  }
}
