import type { LogEntry } from '../log-entry.ts'
import { countIn, textIn } from './data.ts'

/** What is told of bindings, as far as anything follows from it. */
export interface ToldBindings {
  /** When each binding was added, or seen first. */
  readonly bindings: Map<string, number>
  /** Which binding each took the place of by a rotation. */
  readonly replaced: Map<string, string>
  /** When each static secret ends, in epoch milliseconds. */
  readonly secrets: Map<string, number>
}

/** Takes in that a binding was made, and which one's tasks may become its own. */
export function tellBinding({ bindings, replaced, secrets }: ToldBindings, { data, atMs }: LogEntry): void {
  const [id, replaces] = [textIn(data, 'bindingId'), textIn(data, 'replacesId')]
  if (id !== null && !bindings.has(id)) bindings.set(id, atMs)
  const endsMs = countIn(data, 'secretEndsMs')
  if (id !== null && endsMs !== null) secrets.set(id, endsMs)
  if (id !== null && replaces !== null) replaced.set(id, replaces)
}

/** True where a task of one binding goes over to another with its first token: it had none, or was rotated. */
export function takesOver({ replaced }: ToldBindings, from: string | null, to: string | null): boolean {
  return from === null || (to !== null && replaced.get(to) === from)
}
