import type { House } from '../house.ts'

/** Writes the next cards by which entries are found. A log that is not open has other trouble, which is told once and by others. */
export async function writeCards({ log, search }: Pick<House, 'log' | 'search'>): Promise<void> {
  if (log.condition().state === 'open') await search.catchUp()
}
