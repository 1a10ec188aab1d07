import { isIPv6 } from 'node:net'
import { LIMITS } from '../../ground/limits.ts'

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
 * Makes a token bucket for each address, of IPv6 for each network of 64 bits, since whoever has one has them all. The
 * oldest are forgotten beyond `LIMITS.addressesMax`, which only refills them.
 */
export function createRateLimit(perSecond: number, burst: number, nowMs: () => number): RateLimit {
  const buckets = new Map<string, Bucket>()
  const levelOf = (network: string, atMs: number): number => {
    const bucket = buckets.get(network) ?? { level: burst, atMs }
    return Math.min(burst, bucket.level + ((atMs - bucket.atMs) / 1000) * perSecond)
  }
  return {
    has: (address) => levelOf(networkOf(address), nowMs()) >= 1,
    take(address) {
      const atMs = nowMs()
      const network = networkOf(address)
      const level = levelOf(network, atMs)
      buckets.delete(network)
      buckets.set(network, { level: level >= 1 ? level - 1 : level, atMs })
      forgetOldest(buckets)
      return level >= 1
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

/** Gives the address itself for IPv4, also where it is written inside of IPv6, and the first 64 bits for IPv6. */
function networkOf(address: string): string {
  if (!address.includes(':') || !isIPv6(address)) return address
  const { hostname } = new URL(`http://[${address.replace(/%.*$/, '')}]`) // in the one short form of RFC 5952
  const mapped = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(hostname)
  if (mapped !== null) return `${mapped[1]}:${mapped[2]}`
  const [head = '', tail] = hostname.slice(1, -1).split('::')
  const [before, after] = [head.split(':'), tail === undefined ? [] : tail.split(':')]
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  return [...before.map((group) => group || '0'), ...zeros, ...after].slice(0, 4).join(':')
}

function forgetOldest(buckets: Map<string, Bucket>): void {
  if (buckets.size <= LIMITS.addressesMax) return
  const oldest = buckets.keys().next()
  if (!oldest.done) buckets.delete(oldest.value)
}
