import { toBase64 } from '../contract/log/bytes.ts'
import {
  type PackEnd,
  type PackEntry,
  type PackManifest,
  type PackPolicy,
  packFormat,
  packManifestBytesMax,
} from '../contract/log/pack.ts'
import { digestText } from '../ground/digest.ts'
import { RemitError } from '../ground/errors.ts'
import type { LogSearch } from './cards/search.ts'
import { chooseEntries, readChosen } from './choose-entries.ts'
import { createInclusionProver } from './prove-inclusion.ts'
import { readLog } from './read-log.ts'
import type { PackOrder, PolicyTexts, ProveStore } from './store.ts'

/** What packs are made of. */
export interface PackParts {
  readonly store: ProveStore
  readonly org: string
  /** Name of the log. */
  readonly origin: string
  /** Public key of the log, for people; a verifier does not trust it. */
  readonly vkey: string
  readonly policies: PolicyTexts
  readonly search: LogSearch
  /** Gives the newest head, with what others have signed of it. */
  readonly readHead: () => Promise<{ readonly size: number; readonly note: string }>
}

/**
 * Writes a pack, a line at a time: manifest, entries with their proofs, closing line. Memory does not grow with the log
 * beside nine bytes an entry where it is about one thing, and a few more for each that is packed. Entries that are written meanwhile are not in it.
 * Errors: `not_found` before the first line.
 */
export async function* writePack(parts: PackParts, order: PackOrder): AsyncGenerator<string> {
  const { size, note } = await parts.readHead()
  if (size === 0) throw new RemitError('not_found', { detail: 'The log holds nothing yet.' })
  const packed =
    'about' in order
      ? readChosen(parts.store, await chooseEntries(parts, size, order.about))
      : readLog(parts.store, 0, size)
  const prove = createInclusionProver(parts.store, size)
  const policies = await readPolicies(parts.policies, size)
  let entries = 0
  for await (const { index, text } of packed) {
    if (entries === 0) yield line(describePack(parts, order, { size, note }, policies))
    entries += 1
    const entry: PackEntry = { index, entry: text, proof: (await prove(index)).map(toBase64) }
    yield line(entry)
  }
  if (entries === 0) throw new RemitError('not_found', { detail: 'The log tells nothing of this.' })
  const end: PackEnd = { end: true, entries }
  yield line(end)
}

function describePack(
  parts: PackParts,
  order: PackOrder,
  head: { readonly size: number; readonly note: string },
  policies: readonly PackPolicy[],
): PackManifest {
  const manifest: PackManifest = {
    format: packFormat,
    org: parts.org,
    origin: parts.origin,
    whole: !('about' in order),
    size: head.size,
    checkpoint: head.note,
    vkey: parts.vkey,
    policies: [],
    ...('about' in order ? { subject: order.about } : {}),
  }
  return { ...manifest, policies: takeFitting(policies, packManifestBytesMax - byteLength(manifest)) }
}

/** A text that is not the one of its digest is none: the audit names its row. */
async function readPolicies(texts: PolicyTexts, size: number): Promise<readonly PackPolicy[]> {
  return (await texts.readPolicies(size)).filter(({ digest, text }) => digestText(text) === digest)
}

/** Policies are there to be read with the entries; those beyond the longest first line stay in the log's keeper. */
function takeFitting(policies: readonly PackPolicy[], bytesMax: number): readonly PackPolicy[] {
  let left = bytesMax
  return policies.filter((policy) => {
    const bytes = byteLength(policy)
    if (bytes > left) return false
    left -= bytes
    return true
  })
}

function byteLength(value: object): number {
  return Buffer.byteLength(line(value))
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}
