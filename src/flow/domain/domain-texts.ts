import type { DomainTexts } from '../../decide/domain/domain.ts'
import { ENTITIES_FILE, SCHEMA_FILE } from '../../decide/domain/read/faults.ts'
import type { PolicyFile } from '../../decide/policy/policy.ts'

/** Tells the files of a folder apart: policies, the schema and the entities. */
export function sortFiles(files: readonly PolicyFile[]): DomainTexts {
  const textOf = (name: string): string | null => files.find((file) => file.name === name)?.text ?? null
  return {
    files: files.filter(({ name }) => name.endsWith('.cedar')).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    schema: textOf(SCHEMA_FILE),
    entities: textOf(ENTITIES_FILE),
  }
}
