import autocannon from 'autocannon'
import { COUNT, type Loaded, type LoadJob, SPARE_BODIES_PER_CONNECTION } from './load-job.ts'

/** How often the generator looks at whether its time is over. */
const LOOK_EVERY_MS = 50
/** A time in which nothing came back is doubled up to here. */
const PATIENCE_SECONDS = 10

type Outcome = Parameters<Parameters<typeof autocannon>[1]>[1]

/** An answer: when it came, and how long it took. */
interface Answer {
  readonly atMs: number
  readonly tookMs: number
}

/** A machine under load may answer nothing at all in a very short time: a figure needs one answer that was asked in it. */
async function apply(job: LoadJob): Promise<Loaded> {
  const loaded = await run(job)
  const isOver = loaded.p50Ms > 0 || loaded.failures > 0 || job.bodies.length > 1
  return isOver || job.seconds > PATIENCE_SECONDS ? loaded : apply({ ...job, seconds: job.seconds * 2 })
}

async function run(job: LoadJob): Promise<Loaded> {
  const answers: Answer[] = []
  let failure = ''
  const verifyBody = (body: string): boolean => {
    const isExpected = body.includes(job.expects)
    if (!isExpected && failure === '') failure = body.slice(0, 500)
    return isExpected
  }
  const startedMs = performance.now()
  const { non2xx, mismatches, errors, timeouts } = await new Promise<Outcome>((resolve, reject) => {
    const tracker = autocannon({ ...optionsOf(job), verifyBody }, (error, result) =>
      error === null ? resolve(result) : reject(error),
    )
    tracker.on('response', (_client: unknown, _status: number, _bytes: number, tookMs: number) => {
      answers.push({ atMs: performance.now() - startedMs, tookMs })
    })
  })
  return {
    ...summarise(answers, job.warmSeconds * 1000),
    failures: Math.max(non2xx, mismatches) + errors + timeouts,
    failure,
  }
}

function optionsOf({ url, connections, headers, bodies, proofs, warmSeconds, seconds }: LoadJob) {
  const [left, proof] = [bodies.values(), proofs?.values()]
  const first = bodies[0] ?? ''
  const request = { method: 'POST', headers, body: first }
  const settings = { url, connections, sampleInt: LOOK_EVERY_MS }
  const duration = warmSeconds + seconds
  if (first.includes(COUNT)) {
    let count = 0
    const setupRequest = (built: object): object => ({ ...built, body: first.replace(COUNT, String(count++)) })
    return { ...settings, requests: [{ ...request, setupRequest }], duration }
  }
  if (bodies.length === 1) return { ...settings, requests: [request], duration }
  const setupRequest = (built: object): object => {
    const body = left.next().value ?? first
    const dpop = proof?.next().value ?? proofs?.[0]
    return { ...built, body, ...(dpop === undefined ? {} : { headers: { ...headers, dpop } }) }
  }
  const amount = bodies.length - connections * SPARE_BODIES_PER_CONNECTION
  return { ...settings, requests: [{ ...request, setupRequest }], amount }
}

/** Counts what came after the warm-up; the times of those that were also asked after it. */
function summarise(answers: readonly Answer[], warmMs: number): Omit<Loaded, 'failures' | 'failure'> {
  const counted = answers.filter(({ atMs }) => atMs >= warmMs)
  const tookSeconds = ((counted.at(-1)?.atMs ?? warmMs) - warmMs) / 1000
  const times = counted.filter(({ atMs, tookMs }) => atMs - tookMs >= warmMs).map(({ tookMs }) => tookMs)
  const perSecond = tookSeconds > 0 ? counted.length / tookSeconds : 0
  return { requests: counted.length, tookSeconds, perSecond, ...quantiles(times) }
}

function quantiles(times: readonly number[]): { readonly p50Ms: number; readonly p99Ms: number } {
  const sorted = Float64Array.from(times).sort()
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}

process.once('disconnect', () => process.exit()) // whoever asked has ended, or has heard
process.once('message', (job: LoadJob) => {
  apply(job).then(
    (loaded) => process.send?.(loaded, () => process.disconnect?.()),
    (error: unknown) => {
      throw error
    },
  )
})
