import { allowsInScope } from '../scope.ts'
import { membersIn, textIn } from '../told/data.ts'
import { type EntryLaw, type Judged, recordDelayMsMax } from './entry-law.ts'
import { resourcesOf } from './use-laws.ts'

/** The laws of acts that enforcement points let happen elsewhere. */
export const COUNTED_LAWS: readonly EntryLaw[] = [
  {
    name: 'counted',
    promise: 'an enforcement point lets happen only what an entitlement of its own names',
    findFault: findCountedFault,
  },
  {
    name: 'reported',
    promise: 'how an act ended is said by the enforcement point that was permitted it',
    findFault: findReportFault,
  },
]

function findCountedFault({ entry, told, whole }: Judged): string | null {
  const { kind, data, actor, atMs } = entry
  if (kind !== 'decision.permit' || data['counts'] !== true) return null
  const id = textIn(data, 'countedBy') ?? ''
  const known = told.entitlements.get(id)
  if (known === undefined) return whole ? 'it counts by an entitlement that nobody proposed' : null
  const own = [actor.id, ...(actor.chain ?? []).map(({ identityId }) => identityId)]
  if (known.identityId === null || !own.includes(known.identityId))
    return `it counts by the entitlement ${id}, which is of somebody else`
  const endsMs = known.allows?.endsMs ?? Number.POSITIVE_INFINITY
  if (known.isEnded || atMs >= endsMs + recordDelayMsMax) return `it counts by the entitlement ${id}, which had ended`
  const name = textIn(membersIn(data, 'action'), 'name') ?? ''
  const { counts } = known
  const isNamed = counts !== null && resourcesOf(data).every((each) => allowsInScope(counts, name, each.id))
  return isNamed ? null : `it counts an act that the entitlement ${id} does not name`
}

function findReportFault({ entry, told, whole }: Judged): string | null {
  if (entry.kind !== 'act.reported') return null
  const permit = told.entries.get(entry.answers ?? -1)
  if (permit === undefined) return whole ? 'it tells the end of what was never permitted' : null
  if (permit.countedFor === null) return 'it tells the end of what did not count'
  if (permit.countedFor !== entry.actor.id) return 'it tells the end of what somebody else was permitted'
  return permit.taskId === textIn(entry.data, 'taskId') ? null : 'its permit was given in another task'
}
