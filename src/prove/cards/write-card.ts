import { equalBytes, toUtf8 } from '../../contract/log/bytes.ts'
import { hashLeaf, rootOf } from '../../contract/log/merkle.ts'
import { readEntry } from '../../contract/read-entry.ts'
import { idsToldOf } from '../../contract/told/ids-told.ts'
import { sha256 } from '../../ground/digest.ts'
import { hashName, writeHashes } from './card.ts'

/** An id as we make them, as a whole JSON string; the quote behind it may begin another one. */
const NAMED = /"([a-z]{3}_[0-9A-Za-z_-]{1,60})(?=")/g
const NAME = /^[a-z]{3}_[0-9A-Za-z_-]{1,60}$/

/** True for what stands on cards wherever an entry names it; of anything else they say nothing. */
export function isCarded(name: string): boolean {
  return NAME.test(name)
}

/**
 * Gives what says whether a text holds one of the ids as a whole JSON string, anywhere: subject, actor, chain or data. A text is
 * gone through once, however many they are.
 */
export function findMentions(ids: ReadonlySet<string>): (text: string) => boolean {
  const others = [...ids].filter((id) => !isCarded(id)).map((id) => JSON.stringify(id))
  return (text) => {
    for (const [, name = ''] of text.matchAll(NAMED)) if (ids.has(name)) return true
    return others.some((quoted) => text.includes(quoted))
  }
}

/** The name under which it stands on a card that an entry answers another one. */
export function answerTo(index: number): string {
  return `#${index}`
}

/** The cards of one tile, as they are written. */
export interface CardWriter {
  take(text: string): void
  /**
   * Null where an entry cannot be read, or these are not the entries of the tile with this hash: what it tells is not known, and
   * whoever looks reads it. Entries that somebody edited, and put back later, leave no card behind that passes them over.
   */
  finish(root: Uint8Array): { readonly told: Uint8Array; readonly named: Uint8Array } | null
}

/** Begins the cards of a tile. */
export function beginCards(): CardWriter {
  const told = new Set<number>()
  const named = new Set<number>()
  const leaves: Uint8Array[] = []
  let isReadable = true
  return {
    take: (text) => {
      leaves.push(hashLeaf(sha256, toUtf8(text)))
      for (const [, name = ''] of text.matchAll(NAMED)) named.add(hashName(name))
      const entry = readEntry(text)
      if (typeof entry === 'string') {
        isReadable = false
        return
      }
      for (const id of idsToldOf(entry)) told.add(hashName(id))
      if (entry.answers !== undefined) told.add(hashName(answerTo(entry.answers)))
    },
    finish: (root) => {
      const isWhole = isReadable && equalBytes(rootOf(sha256, leaves), root)
      return isWhole ? { told: writeHashes(told), named: writeHashes(named) } : null
    },
  }
}
