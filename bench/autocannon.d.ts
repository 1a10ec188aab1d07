// The package brings no types; this is the part that the load uses.
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events'

  interface Options {
    readonly url: string
    readonly connections: number
    /** Seconds; left out where `amount` says when it ends. */
    readonly duration?: number
    /** How many requests in all. */
    readonly amount?: number
    /** Milliseconds between two looks at whether it is over. */
    readonly sampleInt: number
    readonly verifyBody: (body: string) => boolean
    readonly requests: readonly {
      readonly method: string
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
      readonly setupRequest?: (request: object) => object
    }[]
  }

  interface Result {
    readonly non2xx: number
    readonly errors: number
    readonly timeouts: number
    readonly mismatches: number
  }

  function autocannon(options: Options, done: (error: Error | null, result: Result) => void): EventEmitter
  export = autocannon
}
