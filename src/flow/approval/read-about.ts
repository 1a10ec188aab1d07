import type { Approval } from '../../contract/approval/approval.ts'
import type { Kept } from '../../contract/change.ts'
import type { Identity } from '../../contract/register/identity.ts'
import { RemitError } from '../../ground/errors.ts'
import type { House } from '../house.ts'

/** What an approval stands on. */
export interface About {
  /** Whose owner and sponsor answer for what is asked. */
  readonly identity: Pick<Identity, 'owner' | 'sponsor'>
  /** When the task ends that it is about, or in. */
  readonly latestMs: number | undefined
  /** Why that task has ended, or the identity was suspended; undefined where neither is so. */
  readonly endedBecause: string | undefined
}

/** Who answers for policies: they belong to nobody but the organisation. */
export const NOBODY = { owner: null, sponsor: null } as const

/** Reads what an approval is about. Errors: `not_found` where that is gone. */
export async function readAbout(house: Pick<House, 'register'>, approval: Kept<Approval>): Promise<About> {
  if (approval.subject === 'policy') return { identity: NOBODY, latestMs: undefined, endedBecause: undefined }
  if (approval.subject === 'delegation') return await readHelper(house, approval)
  const isOfIdentity = approval.subject === 'identity' || approval.subject === 'binding'
  const task = isOfIdentity ? undefined : await house.register.task(approval.subjectId)
  const id = isOfIdentity ? approval.subjectId : task?.identityId
  const identity = id === undefined ? undefined : await house.register.identity(id)
  if (identity === undefined) throw new RemitError('not_found', { detail: 'What this approval is about is gone.' })
  const suspended = identity.state === 'suspended' ? identity.suspendedBecause : null
  return { identity, latestMs: task?.endsMs, endedBecause: task?.endedBecause ?? suspended ?? undefined }
}

/** Who answers for the identity that would act is asked whether it may. */
async function readHelper(house: Pick<House, 'register'>, { subjectId }: Kept<Approval>): Promise<About> {
  const grant = await house.register.delegationGrant(subjectId)
  const identity = grant === undefined ? undefined : await house.register.identity(grant.to)
  if (identity === undefined) throw new RemitError('not_found', { detail: 'What this approval is about is gone.' })
  return { identity, latestMs: undefined, endedBecause: undefined }
}
