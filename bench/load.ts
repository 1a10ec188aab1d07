import autocannon from 'autocannon'
import { type Loaded, type LoadJob, SPARE_BODIES_PER_CONNECTION } from './load-job.ts'

/** How often the generator looks at whether its time is over. */
const LOOK_EVERY_MS = 50
/** A time in which nothing came back is doubled up to here. */
const PATIENCE_SECONDS = 10

async function apply(job: LoadJob): Promise<Loaded> {
  if (job.bodies.length > 1) return run(job, job.bodies, 0)
  if (job.warmSeconds > 0) await run(job, job.bodies, job.warmSeconds)
  return runUntilAnswered(job, job.seconds)
}

/** A machine under load may answer nothing at all in a very short time: a figure needs at least one answer. */
async function runUntilAnswered(job: LoadJob, seconds: number): Promise<Loaded> {
  const loaded = await run(job, job.bodies, seconds)
  return loaded.requests > 0 || loaded.failures > 0 || seconds > PATIENCE_SECONDS
    ? loaded
    : runUntilAnswered(job, seconds * 2)
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
  const result = await new Promise<Outcome>((resolve, reject) => {
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

type Outcome = Parameters<Parameters<typeof autocannon>[1]>[1]

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
    (loaded) => process.send?.(loaded, () => process.disconnect?.()),
    (error: unknown) => {
      throw error
    },
  )
})
