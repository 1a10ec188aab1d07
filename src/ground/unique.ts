/** Drops repeats. Most lists hold one, or none, and are given back as they are. */
export function unique<Text extends string>(texts: readonly Text[]): readonly Text[] {
  return texts.length < 2 ? texts : [...new Set(texts)]
}
