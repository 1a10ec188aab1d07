import { Instrumenter } from '@stryker-mutator/instrumenter'

/** One change of one expression. */
export interface Mutant {
  /** Unique among what was instrumented together. */
  readonly id: string
  /** From the root of the repository. */
  readonly file: string
  /** Lines and columns from 1, the end exclusive. */
  readonly location: { readonly start: Place; readonly end: Place }
  readonly mutatorName: string
  readonly replacement: string
}

interface Place {
  readonly line: number
  readonly column: number
}

interface Instrumented {
  readonly mutants: readonly Mutant[]
  /** By the path of a file, its text with all its changes in it, of which one at a time is switched on. */
  readonly texts: Readonly<Record<string, string>>
}

/** The library tells nothing here that the table at the end does not say. */
const quiet = { isDebugEnabled: () => false, debug: () => {}, info: () => {} } as unknown as ConstructorParameters<
  typeof Instrumenter
>[0]

/** Writes every change that Stryker makes of some texts, given by the path of their file, into one text for each file. */
export async function instrument(texts: Readonly<Record<string, string>>): Promise<Instrumented> {
  const sources = Object.entries(texts).map(([name, content]) => ({ name, mutate: true, content }))
  const options = { plugins: null, excludedMutations: [], ignorers: [] }
  const { files: written, mutants } = await new Instrumenter(quiet).instrument(sources, options)
  return {
    texts: Object.fromEntries(written.map(({ name, content }) => [name, content])),
    mutants: mutants.map(({ id, fileName, location, mutatorName, replacement }) => ({
      id,
      file: fileName,
      location: { start: fromOne(location.start), end: fromOne(location.end) },
      mutatorName,
      replacement,
    })),
  }
}

function fromOne({ line, column }: Place): Place {
  return { line: line + 1, column: column + 1 }
}
