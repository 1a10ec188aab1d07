import { describeNote, type PolicyNote } from '../../contract/policy.ts'
import { RemitError } from '../../ground/errors.ts'

/** Refuses policies with faults, and tells all of them. Errors: `policies_invalid` with `faults`. */
export function refuseFaults(faults: readonly PolicyNote[]): void {
  const [first] = faults
  if (first === undefined) return
  const more = faults.length === 1 ? '' : ` And ${faults.length - 1} more.`
  throw new RemitError('policies_invalid', { detail: `${describeNote(first)}.${more}`, facts: { faults } })
}
