import { describeNote, type PolicyNote } from '../../contract/policy.ts'
import { RemitError } from '../../ground/errors.ts'

/** Refuses policies with faults, of Remit's own or a domain, and tells all of them. Errors: `policies_invalid` with `faults`. */
export function refuseFaults(faults: readonly PolicyNote[], domain?: string): void {
  const [first] = faults
  if (first === undefined) return
  const more = faults.length === 1 ? '' : ` And ${faults.length - 1} more.`
  throw new RemitError('policies_invalid', {
    detail: `${describeNote(first)}.${more}`,
    facts: { ...(domain === undefined ? {} : { domain }), faults },
  })
}
