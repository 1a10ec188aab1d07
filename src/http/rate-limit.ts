import { LIMITS } from '../ground/limits.ts'

/** Counts what each address asks for: a bucket that fills at a steady rate and holds a burst. */
export interface RateLimit {
  /** True where one more request of this address is taken. */
  take(address: string): boolean
}

interface Bucket {
  level: number
  atMs: number
}

/** Makes a token bucket for each address; the oldest are forgotten beyond `LIMITS.addressesMax`, which only refills them. */
export function createRateLimit(perSecond: number, burst: number, nowMs: () => number): RateLimit {
  const buckets = new Map<string, Bucket>()
  return {
    take(address) {
      const atMs = nowMs()
      const bucket = buckets.get(address) ?? { level: burst, atMs }
      const level = Math.min(burst, bucket.level + ((atMs - bucket.atMs) / 1000) * perSecond)
      buckets.delete(address)
      buckets.set(address, { level: level >= 1 ? level - 1 : level, atMs })
      forgetOldest(buckets)
      return level >= 1
    },
  }
}

function forgetOldest(buckets: Map<string, Bucket>): void {
  if (buckets.size <= LIMITS.addressesMax) return
  const oldest = buckets.keys().next()
  if (!oldest.done) buckets.delete(oldest.value)
}
