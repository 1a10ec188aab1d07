import type { PersonCaller } from '../../authenticate/caller.ts'
import { RemitError } from '../../ground/errors.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'
import { findIdentity } from '../read-surroundings.ts'
import { type FoundPaths, findPathsFrom, findPathsOf } from './find-paths.ts'

/** One of two questions: by which ways an identity reaches a resource, or what leads to a task and on from it. */
export type PathQuestion =
  | { readonly from: string; readonly to: string; readonly of?: undefined }
  | { readonly of: string; readonly from?: undefined; readonly to?: undefined }

/** Tells an administrator or an auditor every way there is now. Errors: `role_missing`, `not_found`. */
export async function showPaths(house: House, caller: PersonCaller, question: PathQuestion): Promise<FoundPaths> {
  requireRole(caller.person, ['admin', 'auditor'])
  if (question.of === undefined)
    return await findPathsFrom(house, await findIdentity(house, question.from), question.to)
  const task = await house.register.task(question.of)
  if (task === undefined) throw new RemitError('not_found', { detail: 'There is no such task.' })
  return await findPathsOf(house, task)
}
