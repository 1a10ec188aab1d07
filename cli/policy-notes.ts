import type { PolicyNote } from '../sdk/nouns.ts'

/** Writes notes about policies, a line each, as compilers do: place, what kind, what is the matter, and a hint. */
export function describeNotes(notes: readonly PolicyNote[], mark: string): string[] {
  return notes.flatMap(({ file, line, column, id, kind, sentence, hint }) => {
    const place = file === '' ? '' : line === 0 ? `${file}: ` : `${file}:${line}:${column}: `
    const about = id === null ? '' : ` ${id}:`
    return [`${place}${mark} (${kind}):${about} ${sentence}`, ...(hint === null ? [] : [`    ${hint}`])]
  })
}
