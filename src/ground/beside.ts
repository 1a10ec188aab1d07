import { Fifo } from './fifo.ts'

/** Does steps that are called the same beside each other up to a weight, in the order in which they came; others meanwhile. */
export type BesideOf = <T>(name: string, weight: number, step: () => Promise<T>) => Promise<T>

interface Share {
  under: number
  readonly waiting: Fifo<{ readonly weight: number; readonly begin: () => void }>
}

/** Makes shares of so much for each name; one that is empty is forgotten. What alone weighs more than that goes by itself. */
export function createBesideOf(weightMax: number): BesideOf {
  const shares = new Map<string, Share>()
  const admit = (share: Share): void => {
    for (let next = share.waiting.first(); next !== undefined; next = share.waiting.first()) {
      if (share.under > 0 && share.under + next.weight > weightMax) return
      share.waiting.drop()
      share.under += next.weight
      next.begin()
    }
  }
  return async (name, weight, step) => {
    const share = shares.get(name) ?? { under: 0, waiting: new Fifo() }
    shares.set(name, share)
    await new Promise<void>((begin) => {
      share.waiting.push({ weight, begin })
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
