import type { Approval } from '../../contract/approval/approval.ts'
import { ownDomain, type PolicyVersion } from '../../contract/policy.ts'
import type { PolicyStanding } from '../../register/policy.ts'
import { lookForPeople } from '../approval/find-unfilled.ts'
import type { House } from '../house.ts'
import type { Cautions } from '../look-twice.ts'

/** As many versions before it as are looked through: what waits is among the newest, and ends after a day. */
const lookedAtMax = 50

/** What deserves a second look of a version that was put up, or is observed from now on: beside what stood before it. */
export async function lookAtVersion(
  house: House,
  standing: PolicyStanding | null,
  { version, approval }: { readonly version: PolicyVersion; readonly approval: Approval | null },
): Promise<Cautions> {
  if (approval !== null) return [...(await lookForPeople(house, approval)), ...(await lookForTwins(house, version))]
  return standing === null ? [] : lookForObserved(standing, version)
}

/** Says where just this waits already in the place of the same version: two questions of which people need to answer one. */
async function lookForTwins(
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

/** Says of a version in shadow where just this decides, or was observed until now: its observation begins anew. */
function lookForObserved({ domain, enforced, shadow }: PolicyStanding, { digest }: PolicyVersion): Cautions {
  if (enforced.digest === digest)
    return [`Just this decides, as version ${enforced.number}: beside it nothing comes out otherwise.`]
  if (shadow?.digest !== digest) return []
  const of = domain.name === ownDomain ? '' : ` --domain ${domain.name}`
  return [
    `Just this was observed until now, as version ${shadow.number}. What that one saw is told by \`remit policy shadow ${shadow.number}${of}\`; this one begins anew.`,
  ]
}
