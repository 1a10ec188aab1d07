import type { JsonObject } from '../../contract/log-entry.ts'
import type { Asked } from '../policy/ask-policies.ts'
import type { Policies } from '../policy/load-policies.ts'
import { isSameDecision, readDecided, redecide, remember } from './redecide.ts'

/**
 * What the policies that are only observed would have decided, for the entry; null where that is the same. It changes no
 * answer: what fails here is told to `noteError` and in the entry.
 */
export function tellShadow(
  shadow: Policies,
  asked: Asked,
  data: JsonObject,
  noteError: (error: unknown) => void,
): JsonObject | null {
  const { version } = shadow
  try {
    const after = redecide(shadow, remember(data, asked))
    if (isSameDecision(readDecided(data), after)) return null
    const code = after.code === null ? {} : { code: after.code }
    return { version, outcome: after.outcome, ...code, rules: after.reasons.map(({ rule }) => rule) }
  } catch (error) {
    noteError(error)
    return { version, failed: true }
  }
}
