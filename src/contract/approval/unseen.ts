/**
 * What is not seen as what it is: controls, formats such as those of direction, separators of lines, what is drawn as nothing, and of
 * many marks on one letter all beyond those that a script has, as they are drawn over what stands around. U+FE0F gives its colours to
 * a sign that has none by itself, and is seen there alone: that is looked at last, as it costs much at each character.
 */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{16fe4}\u{1d159}](?<!(?!\p{Emoji_Presentation})(?=\p{Emoji})\p{Extended_Pictographic}\ufe0f)|[\p{Mn}\p{Me}](?<=[\p{Mn}\p{Me}]{7})/gu

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
