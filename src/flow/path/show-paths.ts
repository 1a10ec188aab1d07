import type { PersonCaller } from '../../authenticate/caller.ts'
import { RemitError } from '../../ground/errors.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import { type Cautions, lookAtResource } from '../look-twice.ts'
import { findIdentity } from '../read-surroundings.ts'
import { type FoundPaths, findPathsFrom, findPathsOf } from './find-paths.ts'

/** One of two questions: by which ways an identity reaches a resource, or what leads to a task and on from it. */
export type PathQuestion =
  | { readonly from: string; readonly to: string; readonly of?: undefined }
  | { readonly of: string; readonly from?: undefined; readonly to?: undefined }

/** What was found, and why that nothing was may mean nothing. */
export interface ShownPaths extends FoundPaths {
  readonly cautions: Cautions
}

/** Tells an administrator or an auditor every way there is now. Errors: `role_missing`, `not_found`. */
export async function showPaths(house: House, caller: PersonCaller, question: PathQuestion): Promise<ShownPaths> {
  requireRole(caller.person, ['admin', 'auditor'])
  if (question.of === undefined) {
    const found = await findPathsFrom(house, await findIdentity(house, question.from), question.to)
    const isNone = found.paths.length === 0 && found.openable.length === 0
    return { ...found, cautions: isNone ? await lookAtResource(house, question.to) : [] }
  }
  const task = await house.register.task(question.of)
  if (task === undefined) throw new RemitError('not_found', { detail: 'There is no such task.' })
  return { ...(await findPathsOf(house, task)), cautions: [] }
}
