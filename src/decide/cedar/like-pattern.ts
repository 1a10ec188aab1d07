/** A part of a pattern: text that must stand there, or anything at all. */
export type PatternPart = 'Wildcard' | { readonly Literal: string }

/** Makes the test of `like`: linear in the text for each run of literal text between two wildcards. */
export function compileLike(parts: readonly PatternPart[]): (text: string) => boolean {
  const runs = joinRuns(parts)
  const [first = '', ...rest] = runs
  const last = rest.pop()
  if (last === undefined) return (text) => text === first
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
    const end = text.length - last.length
    let at = first.length
    for (const run of rest) {
      const found = text.indexOf(run, at)
      if (found < 0) return false
      at = found + run.length
    }
    return at <= end
  }
}

/** Gives the literal runs between the wildcards: one more than there are wildcards, some of them empty. */
function joinRuns(parts: readonly PatternPart[]): readonly string[] {
  const runs = ['']
  for (const part of parts) {
    if (part === 'Wildcard') runs.push('')
    else runs.push(`${runs.pop() ?? ''}${part.Literal}`)
  }
  return runs
}
