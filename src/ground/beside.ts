import { RemitError } from './errors.ts'
import { Fifo } from './fifo.ts'

/**
 * Does steps that are called the same beside each other up to a weight, in the order in which they came; others meanwhile.
 * Error: `rate_limited` where too much of that name waits already.
 */
export type BesideOf = <T>(name: string, weight: number, step: () => Promise<T>) => Promise<T>

interface Share {
  under: number
  waits: number
  readonly waiting: Fifo<{ readonly weight: number; readonly begin: () => void }>
}

/** So many times as much may wait of a name: who gave up waiting asks again and again. */
const waitingTimesMax = 64

/** Makes shares of so much for each name; one that is empty is forgotten. What alone weighs more than that goes by itself. */
export function createBesideOf(weightMax: number): BesideOf {
  const shares = new Map<string, Share>()
  const admit = (share: Share): void => {
    for (let next = share.waiting.first(); next !== undefined; next = share.waiting.first()) {
      if (share.under > 0 && share.under + next.weight > weightMax) return
      share.waiting.drop()
      share.waits -= next.weight
      share.under += next.weight
      next.begin()
    }
  }
  return async (name, weight, step) => {
    const share = shares.get(name) ?? { under: 0, waits: 0, waiting: new Fifo() }
    if (share.waits > 0 && share.waits + weight > waitingTimesMax * weightMax) throw new RemitError('rate_limited')
    shares.set(name, share)
    await new Promise<void>((begin) => {
      share.waiting.push({ weight, begin })
      share.waits += weight
      admit(share)
    })
    try {
      return await step()
    } finally {
      share.under -= weight
      admit(share)
      if (share.under === 0) shares.delete(name)
    }
  }
}
