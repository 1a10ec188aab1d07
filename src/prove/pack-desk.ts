import { type PackParts, writePack } from './pack.ts'
import type { PackDesk } from './store.ts'
import { explainEntry } from './why.ts'

/** Opens the desk at which packs and explanations are asked for. */
export function createPackDesk(parts: PackParts): PackDesk {
  return {
    write: (order) => writePack(parts, order),
    explain: (index) => explainEntry(parts, index),
  }
}
