import { checkPolicies } from '../../src/decide/policy/check/check-policies.ts'
import { describeMismatch, type Mismatch } from '../../src/decide/policy/checked-engine.ts'
import {
  assemblePolicies,
  type Policies,
  type ReportMismatch,
  readFolder,
  readShipped,
} from '../../src/decide/policy/load-policies.ts'
import type { PolicyFile } from '../../src/decide/policy/policy.ts'
import { createShelf, type Shelf } from '../../src/decide/policy/shelf.ts'

/** Reads the shipped policies and, where a folder is given, an organisation's own `*.cedar` beside them. */
export async function loadPolicies(organisationFolder: string | null = null): Promise<Policies> {
  const [shipped, own] = await Promise.all([
    readShipped(),
    organisationFolder === null ? [] : readFolder(organisationFolder),
  ])
  return assemblePolicies(checkPolicies({ ...shipped, own }), shipped.schema, failOnMismatch)
}

/** Makes a policy set out of texts, as if all of them came with Remit. */
export function compilePolicies(
  schema: string,
  files: readonly PolicyFile[],
  report: ReportMismatch = failOnMismatch,
): Policies {
  return assemblePolicies(checkPolicies({ schema, shipped: files, own: [] }), schema, report)
}

/** What nobody looks at fails the decision. */
function failOnMismatch(mismatch: Mismatch): never {
  throw describeMismatch(mismatch)
}

/** Makes a shelf of one set that nothing replaces. */
export function shelve(enforced: Policies): Shelf {
  return createShelf({ enforced, shadow: null, guards: [] })
}
