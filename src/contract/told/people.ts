import type { LogEntry } from '../log-entry.ts'
import { textIn, textsIn } from './data.ts'

/** Since which entry each person has held each of their roles without a break, by person. */
export type ToldPeople = Map<string, ReadonlyMap<string, number>>

/** Takes in what roles a person has from now on. */
export function tellRoles(people: ToldPeople, { data, subject }: LogEntry, index: number): void {
  const id = textIn(data, 'personId') ?? subject.id
  const before = people.get(id)
  people.set(id, new Map(textsIn(data, 'roles').map((role) => [role, before?.get(role) ?? index])))
}
