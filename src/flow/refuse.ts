import type { Change } from '../contract/change.ts'
import type { Actor } from '../contract/log-entry.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import type { House } from './house.ts'

/**
 * Writes down that a request was refused before a decision was reached, and gives the error with the entry's index.
 * An error that is on record already (a denial) is given back as it is.
 */
export async function recordRefusal(
  house: House,
  error: RemitError,
  actor: Actor,
  door: string,
  changes: readonly Change[] = [],
): Promise<RemitError> {
  const { entry, identityId, target } = error.facts
  if (typeof entry === 'number') return error
  const recorded = await house.log.record({
    entry: {
      kind: 'refusal',
      actor,
      subject: { kind: 'door', id: door },
      data: {
        code: error.code,
        door,
        sentence: error.detail.slice(0, 500).toWellFormed(),
        ...(typeof identityId === 'string' ? { identityId } : {}),
        ...(typeof target === 'string' ? { target: target.slice(0, LIMITS.nameCharsMax).toWellFormed() } : {}),
      },
    },
    changes,
  })
  return new RemitError(error.code, {
    detail: error.detail,
    cause: error.cause,
    facts: { ...error.facts, entry: recorded.index },
    oauth: error.oauth,
  })
}
