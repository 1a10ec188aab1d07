/** What an AI identity is made of. A digest is compared as text, by whatever algorithm the organisation makes it. */
export interface Composition {
  readonly model: string
  /** Of the prompt that tells it what it is. */
  readonly promptDigest: string
  /** Of the manifest of the tools that it is given. */
  readonly toolsDigest: string
}

/** Gives the parts in which what runs is not what was approved: all where it does not say, none where none was declared. */
export function findRecomposed(
  approved: Composition | undefined,
  running: Composition | undefined,
): readonly (keyof Composition)[] {
  if (approved === undefined) return []
  const parts = ['model', 'promptDigest', 'toolsDigest'] as const
  return parts.filter((part) => running?.[part] !== approved[part])
}
