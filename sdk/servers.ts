import { isProblem } from './problem.ts'
import { wasNeverSent } from './unreachable.ts'

/** The servers that a caller knows of, and the one that served last. */
export interface Servers {
  /** The first: the public URL of all of them. */
  readonly baseUrl: string
  /** Sends to the server that served last, and to each of the others while nothing was carried out. Errors: those of `send`. */
  reach<T>(send: (server: string) => Promise<T>): Promise<T>
}

/** Makes the servers of a caller. */
export function createServers(baseUrl: string | readonly [string, ...string[]]): Servers {
  const [first, ...others] = typeof baseUrl === 'string' ? [baseUrl] : baseUrl
  const urls = [first, ...others].map((url) => url.replace(/\/+$/, ''))
  let serving = 0
  return {
    baseUrl: urls[0] ?? first,
    reach: async (send) => {
      const from = serving
      for (let tried = 1; ; tried += 1) {
        const at = (from + tried - 1) % urls.length
        try {
          const answer = await send(urls[at] ?? first)
          serving = at
          return answer
        } catch (error) {
          // what says no serves; what does not answer may not, and the next request is another one
          serving = isProblem(error, 'unreachable') ? (at + 1) % urls.length : at
          if (!wasNotCarriedOut(error) || tried >= urls.length) throw error
        }
      }
    },
  }
}

/** True where sending a request again does nothing twice: the server stands by, or nobody was there to read it. */
function wasNotCarriedOut(error: unknown): boolean {
  if (isProblem(error, 'standing_by')) return error.status === 503
  return isProblem(error, 'unreachable') && wasNeverSent(error.cause)
}
