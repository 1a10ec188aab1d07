import type { Approval } from '../../contract/approval/approval.ts'
import type { Identity, LifecycleNeed } from '../../contract/register/identity.ts'
import { findLacking, type Surroundings } from '../../register/lifecycle.ts'
import { lookForPeople } from '../approval/find-unfilled.ts'
import type { House } from '../house.ts'
import type { Cautions } from '../look-twice.ts'

/** What somebody should do about what is missing, where it is not plain. */
const LACKING: Partial<Readonly<Record<LifecycleNeed, string>>> = {
  rehearsal:
    'Taking its access back has not been rehearsed as lately as its tier asks (`remit identity rehearse`); until then no yes makes it active.',
  owner: 'Its owner has left; until somebody else answers for it (`remit identity reassign`), no yes makes it active.',
}

/** Says what will keep an identity from becoming active although people are asked: what it lacks, and who is missing. */
export async function lookAhead(
  house: Pick<House, 'register'>,
  identity: Identity,
  around: Surroundings,
  approval: Approval,
): Promise<Cautions> {
  const lacking = findLacking(identity, around).map(
    (need) => LACKING[need] ?? `It lacks this: ${need}; until then no yes makes it active.`,
  )
  return [...lacking, ...(await lookForPeople(house, approval, identity))]
}
