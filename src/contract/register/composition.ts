/** What an AI identity is made of. A part that is null is not declared, and may be anything. */
export interface Composition {
  readonly model: string
  /** SHA-256 of the prompt that tells it what it is, in 64 lowercase hexadecimal digits. */
  readonly promptDigest: string | null
  /** SHA-256 of the manifest of the tools that it is given, in 64 lowercase hexadecimal digits. */
  readonly toolsDigest: string | null
}

/** Gives the parts in which what runs is not what was approved: all that are declared where it does not say. */
export function findRecomposed(
  approved: Composition | undefined,
  running: Composition | undefined,
): readonly (keyof Composition)[] {
  if (approved === undefined) return []
  const parts = ['model', 'promptDigest', 'toolsDigest'] as const
  return parts.filter((part) => approved[part] !== null && running?.[part] !== approved[part])
}
