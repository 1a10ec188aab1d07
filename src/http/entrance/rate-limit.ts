import { networkOf } from '../../ground/addresses.ts'
import { LIMITS } from '../../ground/limits.ts'
import { Recent } from '../../ground/recent.ts'

/** Counts what each address asks for: a bucket that fills at a steady rate and holds a burst. */
export interface RateLimit {
  /** True where one more request of this address is taken. */
  take(address: string): boolean
  /** True where one more would be taken; takes none. */
  has(address: string): boolean
}

interface Bucket {
  level: number
  atMs: number
}

/**
 * Makes a token bucket for each address, of IPv6 for each network of 64 bits, since whoever has one has them all. The last
 * `LIMITS.addressesMax` are remembered, and at most twice as many: to be forgotten only refills a bucket.
 */
export function createRateLimit(perSecond: number, burst: number, nowMs: () => number): RateLimit {
  const buckets = new Recent<Bucket>(2 * LIMITS.addressesMax)
  const fill = (bucket: Bucket): Bucket => {
    const atMs = nowMs()
    bucket.level = Math.min(burst, bucket.level + ((atMs - bucket.atMs) / 1000) * perSecond)
    bucket.atMs = atMs
    return bucket
  }
  return {
    has(address) {
      const bucket = buckets.get(networkOf(address))
      return (bucket === undefined ? burst : fill(bucket).level) >= 1
    },
    take(address) {
      const network = networkOf(address)
      const known = buckets.get(network)
      const bucket = known === undefined ? { level: burst, atMs: nowMs() } : fill(known)
      if (known === undefined) buckets.set(network, bucket)
      if (bucket.level < 1) return false
      bucket.level -= 1
      return true
    },
  }
}

/**
 * Makes a limit that asks one for each address, and then one for all addresses together. What it has is told of the
 * address alone: many failures elsewhere hold up nobody.
 */
export function createSharedRateLimit(each: RateLimit, all: RateLimit): RateLimit {
  return { take: (address) => each.take(address) && all.take('all'), has: (address) => each.has(address) }
}
