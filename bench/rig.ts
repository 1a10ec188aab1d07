import { rmSync } from 'node:fs'

/** What was set up for a bench, so that all of it is taken down however the bench ends. */
export interface Rig {
  /** Sets something up that `undo` takes down. Throws once the rig is being taken down. */
  keep<T>(make: () => T | Promise<T>, undo: (made: T) => unknown): Promise<T>
  /** Takes everything down, the last first, also what is just being set up; throws the first fault once it has gone through all. */
  strike(): Promise<void>
}

/** Deletes a folder with all that is in it. */
export function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }) // somebody may still write into it
}

/** Those of this process that stand. */
const standing = new Set<Rig>()

/** Makes a rig that holds nothing yet. */
export function createRig(): Rig {
  const undos: (() => Promise<unknown>)[] = []
  let striking: Promise<void> | undefined
  const rig: Rig = {
    keep: async (make, undo) => {
      if (striking !== undefined) throw new Error('The bench has ended.')
      const made = Promise.resolve(make())
      undos.push(async () => {
        const found = await made.then(
          (value) => ({ value }),
          () => null, // whoever set it up is told
        )
        if (found !== null) await undo(found.value)
      })
      return made
    },
    strike: () => (striking ??= takeDownAll(undos).finally(() => standing.delete(rig))),
  }
  standing.add(rig)
  return rig
}

/** Takes down all that stands in this process, the last rig first; throws the first fault once it has gone through all. */
export async function strikeAll(): Promise<void> {
  await takeDownAll([...standing].map((rig) => () => rig.strike()))
}

async function takeDownAll(undos: readonly (() => Promise<unknown>)[]): Promise<void> {
  const faults: unknown[] = []
  for (const undo of undos.toReversed()) await undo().catch((error: unknown) => faults.push(error))
  if (faults.length > 0) throw faults[0]
}
