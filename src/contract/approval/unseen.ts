/**
 * What is not seen as what it is: controls, formats such as those of direction, separators of lines, and what is drawn as nothing. U+FE0F
 * gives a sign before it its colours, and is seen there alone: that is looked at last, as it costs much at each character.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800](?<!\p{Extended_Pictographic}\ufe0f)/gu

/** True where all of a text is seen as what it is. */
export function isSeen(text: string): boolean {
  return findUnseen(text) === undefined
}

/** Gives the first character of a text that is not seen, and where it stands. */
export function findUnseen(text: string): { readonly char: string; readonly at: number } | undefined {
  for (const { 0: char, index } of text.matchAll(UNSEEN)) return { char, at: index }
  return undefined
}

/** Puts something in the place of each character that is not seen. */
export function replaceUnseen(text: string, write: (char: string) => string): string {
  return text.replace(UNSEEN, write)
}
