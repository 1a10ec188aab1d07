import { type JsonSlices, readSlices, writeSlices } from '../../../ground/json-slices.ts'
import type { PolicyWords } from '../../cedar/find-words.ts'
import { EntityUid } from '../../cedar/values/value.ts'
import type { ReadPolicy } from '../../policy/policy.ts'
import type { ReadDomain } from '../read/domain.ts'

/** A domain that was read, in the form in which it crosses to another thread. */
export interface ToldDomain extends Omit<ReadDomain, 'policies' | 'entities' | 'named' | 'words'> {
  readonly policies: JsonSlices
  readonly entities: JsonSlices
  readonly named: JsonSlices
  readonly words: Omit<PolicyWords, 'uids'> & { readonly uids: JsonSlices }
}

/** Tells a domain that was read. */
export function tellDomain(read: ReadDomain): ToldDomain {
  return {
    ...read,
    policies: writeSlices([...read.policies]),
    entities: writeSlices([...read.entities]),
    named: writeUids(read.named),
    words: { ...read.words, uids: writeUids(read.words.uids) },
  }
}

/** Reads what `tellDomain` told: each list a slice at a time, when it is walked through. */
export function hearDomain(told: ToldDomain): ReadDomain {
  return {
    ...told,
    policies: readSlices<ReadPolicy>(told.policies),
    entities: readSlices<unknown>(told.entities),
    named: readUids(told.named),
    words: { ...told.words, uids: [...readUids(told.words.uids)] },
  }
}

type UidPair = readonly [type: string, id: string]

function writeUids(uids: Iterable<EntityUid>): JsonSlices {
  return writeSlices([...uids].map(({ type, id }): UidPair => [type, id]))
}

function* readUids(slices: JsonSlices): Generator<EntityUid, undefined, undefined> {
  for (const [type, id] of readSlices<UidPair>(slices)) yield new EntityUid(type, id)
}
