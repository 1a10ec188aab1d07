import { findEntitlementWidening } from '../register/entitlement.ts'
import { textIn } from '../told/data.ts'
import { allowanceIn } from '../told/entitlement.ts'
import { type Judged, recordDelayMsMax } from './entry-law.ts'

/** Says what is wrong where an entitlement is narrowed: it was not there, had ended, or allows more than it did. */
export function findNarrowingFault({ entry, told, whole }: Judged): string | null {
  if (entry.kind !== 'entitlement.narrowed') return null
  const { data, atMs } = entry
  const id = textIn(data, 'entitlementId') ?? ''
  const [known, after] = [told.entitlements.get(id), allowanceIn(data)]
  if (after === null) return 'it does not say to what the entitlement is narrowed'
  if (known === undefined) return whole ? `it narrows the entitlement ${id}, which nobody proposed` : null
  if (known.identityId !== textIn(data, 'identityId')) return `it narrows the entitlement ${id} of another identity`
  if (known.allows === null) return null
  if (known.isEnded || atMs >= known.allows.endsMs + recordDelayMsMax)
    return `it narrows the entitlement ${id}, which had ended`
  const wider = findEntitlementWidening(known.allows, after)
  return wider === null ? null : `it widens the entitlement ${id}: ${wider}`
}
