import { readJson } from '../contract/log/read-json.ts'
import { LIMITS } from './limits.ts'

/** A list as texts of JSON, a few items in each: a text crosses to another thread as it is, and is read a slice at a time. */
export type JsonSlices = readonly string[]

/** Writes a list of what JSON can say, about `LIMITS.jsonSliceChars` a slice; one item is never cut. */
export function writeSlices(items: readonly unknown[]): JsonSlices {
  const slices: string[] = []
  let [open, chars] = [[] as string[], 0]
  for (const item of items) {
    const text = JSON.stringify(item)
    if (open.length > 0 && chars + text.length > LIMITS.jsonSliceChars) {
      slices.push(`[${open.join()}]`)
      ;[open, chars] = [[], 0]
    }
    open.push(text)
    chars += text.length
  }
  return open.length === 0 ? slices : [...slices, `[${open.join()}]`]
}

/** Gives what `writeSlices` was given, one after the other. */
export function* readSlices<T>(slices: JsonSlices): Generator<T, undefined, undefined> {
  for (const slice of slices) yield* readJson(slice) as readonly T[] // as `writeSlices` wrote it
}
