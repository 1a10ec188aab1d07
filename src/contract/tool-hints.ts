import type { ActionClass } from './action-class.ts'
import { isMembers } from './read-entry.ts'

/** What a server says of a tool of its own (MCP `ToolAnnotations`); null where it does not say, or says no truth value. */
export interface ToolHints {
  readonly readOnly: boolean | null
  readonly destructive: boolean | null
  readonly idempotent: boolean | null
  readonly openWorld: boolean | null
}

/** What a review may begin with: words of the server, in force for nothing until a person has reviewed the tool. */
export interface ToolSuggestion {
  readonly hints: ToolHints
  /** The class that these hints come to; the strictest where they come to none. */
  readonly actionClass: ActionClass
  readonly because: string
}

/** Reads what a server says of a tool; whatever else stands there says nothing. */
export function readHints(annotations: unknown): ToolHints {
  const said = isMembers(annotations) ? annotations : {}
  const read = (name: string): boolean | null => (typeof said[name] === 'boolean' ? said[name] : null)
  return {
    readOnly: read('readOnlyHint'),
    destructive: read('destructiveHint'),
    idempotent: read('idempotentHint'),
    openWorld: read('openWorldHint'),
  }
}

interface HintRule {
  readonly actionClass: ActionClass
  readonly because: string
  readonly holds: (hints: ToolHints) => boolean
}

/** The first row that holds counts. Repeating and reaching out lower no class: they are only shown. */
const HINT_RULES: readonly HintRule[] = [
  {
    actionClass: 'administer',
    because: 'the server says that it only reads and that it destroys: one of these is not true',
    holds: ({ readOnly, destructive }) => readOnly === true && destructive === true,
  },
  { actionClass: 'read', because: 'the server says that it only reads', holds: ({ readOnly }) => readOnly === true },
  {
    actionClass: 'delete',
    because: 'the server says that it may destroy',
    holds: ({ destructive }) => destructive === true,
  },
  {
    actionClass: 'write',
    because: 'the server says that it changes things and destroys nothing',
    holds: ({ destructive }) => destructive === false,
  },
  { actionClass: 'administer', because: 'the server says nothing of what it does', holds: () => true },
]

/** Gives what a review may begin with. It is a server that speaks for itself: a person decides. */
export function suggestReview(annotations: unknown): ToolSuggestion {
  const hints = readHints(annotations)
  const { actionClass, because } = HINT_RULES.find(({ holds }) => holds(hints)) ?? STRICTEST
  return { hints, actionClass, because }
}

const STRICTEST = { actionClass: 'administer', because: 'nothing is known of what it does' } as const
