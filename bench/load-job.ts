/** One load: the same request, or one of each body, over some connections that each wait for their answer. */
export interface LoadJob {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** One body is sent again and again, with a number of its own each time in the place of `COUNT`; of several, each is sent once, and the load ends with the last. */
  readonly bodies: readonly string[]
  /** A DPoP proof for each body, where there are several; it goes with it as its header. */
  readonly proofs?: readonly string[]
  readonly connections: number
  /** What comes back in this time is not counted: the server warms up, and takes the connections one by one. */
  readonly warmSeconds: number
  /** How long one body is sent after that. */
  readonly seconds: number
  /** What every answer must hold; an answer without it is a failure. */
  readonly expects: string
}

/** What came of a load. Times as the client saw them. */
export interface Loaded {
  readonly requests: number
  readonly tookSeconds: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failures: number
  /** The first answer that was not as expected; empty where all were. */
  readonly failure: string
}

/** Stands in a body for the number of its request, so that no two are the same. */
export const COUNT = '{count}'

/** Bodies beyond those that count: the generator writes a first request a few times over before it sends it. */
export const SPARE_BODIES_PER_CONNECTION = 4
