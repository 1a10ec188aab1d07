/** Repeats the last value up to a power of two: each length of a list is a statement of its own, and each is kept. None may be empty. */
export function padToPowerOfTwo<V>(list: readonly V[]): readonly V[] {
  const missing = 2 ** Math.ceil(Math.log2(list.length)) - list.length
  return [...list, ...Array.from({ length: missing }, () => list.at(-1) as V)] // it has a last one
}
