import type { WorkloadCaller } from '../../../authenticate/caller.ts'
import { cutoffId, cutoffIdsOver, findCutoffsOver, isCutOff } from '../../../contract/cutoff.ts'
import { hasEnded } from '../../../contract/register/binding.ts'
import type { House } from '../../house.ts'

/**
 * Gives why a workload counts no more whose proof still verifies, as it stands now; undefined where it counts. For doors at
 * which nothing is decided.
 */
export async function findCallerFault(
  { footing, clock }: Pick<House, 'footing' | 'clock'>,
  caller: Pick<WorkloadCaller, 'identity' | 'binding'>,
): Promise<'identity_inactive' | 'cut_off' | undefined> {
  const [[identity], [binding]] = await Promise.all([
    footing.identities([caller.identity.id]),
    footing.bindings([caller.binding.id]),
  ])
  if (identity?.state !== 'active' || identity.owner === null) return 'identity_inactive'
  if (binding === undefined || hasEnded(binding, clock.nowMs())) return 'identity_inactive'
  const ofBinding = cutoffId('binding', binding.id)
  const [[owner], cutoffs] = await Promise.all([
    footing.persons([identity.owner]),
    footing.cutoffs([...cutoffIdsOver(identity), ofBinding]),
  ])
  if (owner?.state !== 'active') return 'identity_inactive'
  const own = cutoffs.filter(({ id }) => id === ofBinding)
  return isCutOff(own, binding.createdMs) || findCutoffsOver(identity, cutoffs).length > 0 ? 'cut_off' : undefined
}
