import type { PolicyVersion } from '../../contract/policy.ts'
import type { House } from '../house.ts'
import type { Cautions } from '../look-twice.ts'

/** As many versions before it as are looked through: what waits is among the newest, and ends after a day. */
const lookedAtMax = 50

/** Says where just this waits already in the place of the same version: two questions of which people need to answer one. */
export async function lookForTwins(
  { register, clock }: Pick<House, 'register' | 'clock'>,
  version: PolicyVersion,
): Promise<Cautions> {
  const newest = await register.policyVersions(version.domain, { limit: lookedAtMax, newestFirst: true })
  const alike = newest.filter(
    ({ id, state, digest, basis }) =>
      id !== version.id && state === 'proposed' && digest === version.digest && basis === version.basis,
  )
  for (const { number, approvalId } of alike) {
    const approval = approvalId === null ? undefined : await register.approval(approvalId)
    if (approval?.state === 'pending' && clock.nowMs() < approval.expiresMs)
      return [`Just this waits already, as version ${number}, for \`remit approve ${approval.id}\`.`]
  }
  return []
}
