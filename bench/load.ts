import autocannon from 'autocannon'

/** One load: the same request, or one of each body, over some connections that each wait for their answer. */
export interface LoadJob {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** One body is sent again and again; of several, each is sent once, and the load ends with the last. */
  readonly bodies: readonly string[]
  readonly connections: number
  /** How long one body is sent without being counted, and then with. */
  readonly warmSeconds: number
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

/** How often the generator looks at whether its time is over. */
const LOOK_EVERY_MS = 50
/** Bodies beyond those that count: the generator writes a first request a few times over before it sends it. */
export const SPARE_BODIES_PER_CONNECTION = 4

async function apply(job: LoadJob): Promise<Loaded> {
  if (job.bodies.length > 1) return run(job, job.bodies, 0)
  if (job.warmSeconds > 0) await run(job, job.bodies, job.warmSeconds)
  return run(job, job.bodies, job.seconds)
}

async function run(job: LoadJob, bodies: readonly string[], seconds: number): Promise<Loaded> {
  const took: number[] = []
  let failure = ''
  let [startedMs, endedMs] = [performance.now(), 0]
  const unlessExpected = (body: string): boolean => {
    const isExpected = body.includes(job.expects)
    if (!isExpected && failure === '') failure = body.slice(0, 500)
    return isExpected
  }
  const result = await new Promise<autocannonResult>((resolve, reject) => {
    startedMs = performance.now()
    const tracker = autocannon({ ...optionsOf(job, bodies, seconds), verifyBody: unlessExpected }, (error, done) =>
      error === null ? resolve(done) : reject(error),
    )
    tracker.on('response', (_client: unknown, _status: number, _bytes: number, tookMs: number) => {
      took.push(tookMs)
      endedMs = performance.now()
    })
  })
  const tookSeconds = (endedMs - startedMs) / 1000
  return {
    requests: took.length,
    tookSeconds,
    perSecond: took.length / tookSeconds,
    ...quantiles(took),
    failures: Math.max(result.non2xx, result.mismatches) + result.errors + result.timeouts,
    failure,
  }
}

type autocannonResult = Parameters<Parameters<typeof autocannon>[1]>[1]

function optionsOf(job: LoadJob, bodies: readonly string[], seconds: number) {
  const { url, connections, headers } = job
  const left = bodies.values()
  const first = bodies[0] ?? ''
  const next = (request: object): object => ({ ...request, body: left.next().value ?? first })
  const request = { method: 'POST', headers, body: first }
  const isOnce = bodies.length > 1
  return {
    url,
    connections,
    sampleInt: LOOK_EVERY_MS,
    requests: [isOnce ? { ...request, setupRequest: next } : request],
    ...(isOnce ? { amount: bodies.length - connections * SPARE_BODIES_PER_CONNECTION } : { duration: seconds }),
  }
}

function quantiles(took: readonly number[]): { readonly p50Ms: number; readonly p99Ms: number } {
  const sorted = Float64Array.from(took).sort()
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

process.once('message', (job: LoadJob) => {
  apply(job).then(
    (loaded) => process.send?.(loaded, () => process.disconnect()),
    (error: unknown) => {
      throw error
    },
  )
})
