import { RemitError } from '../ground/errors.ts'
import type { Engine, SchemaPart } from './engine.ts'
import { makeEverything } from './migrate.ts'

/** Compares what the database is made of with what this program makes, and throws `store_edited` on any difference. */
export type CheckSchema = () => Promise<void>

/**
 * Learns what this program makes by making it once more, beside the store and gone at once. A trigger, a view, a
 * missing index or another collation would change what is written, found and counted once, without any row being odd.
 */
export async function learnSchema(engine: Engine): Promise<CheckSchema> {
  const made = await engine.rehearse(() => makeEverything(engine.words))
  const ours = new Set(made.map(({ table }) => table))
  return async () => {
    const found = await engine.readSchema()
    // a database that others may use too holds what is theirs: that is no part of ours
    const odd = findOdd(made, engine.isOwned ? found : found.filter(({ table }) => ours.has(table)))
    if (odd !== undefined) throw sayOdd(odd)
  }
}

/** Gives the refusal of a store with a part that is not as this program makes it. */
export function sayOdd({ table, name }: SchemaPart): RemitError {
  return new RemitError('store_edited', {
    detail: `The tables of the store are not as Remit makes them: look at ${name} of ${table}.`,
    facts: { table, part: name },
  })
}

/** Gives the first part that only one of the two has, or has in this way. */
function findOdd(made: readonly SchemaPart[], found: readonly SchemaPart[]): SchemaPart | undefined {
  return found.find((part) => !has(made, part)) ?? made.find((part) => !has(found, part))
}

function has(parts: readonly SchemaPart[], { table, name, text }: SchemaPart): boolean {
  return parts.some((part) => part.table === table && part.name === name && part.text === text)
}
