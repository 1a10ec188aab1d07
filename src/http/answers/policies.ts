import { z } from 'zod'
import { POLICY_EFFECTS, POLICY_STATES } from '../../contract/policy.ts'
import { id, index } from '../input/shapes.ts'

const nullableText = z.string().nullable()
const effect = z.enum(POLICY_EFFECTS)
const outcome = z.enum(['permit', 'denial'])
const number = z.int().min(1)
const cautions = z.array(z.string())

const version = z.object({
  id,
  domain: z.string(),
  number,
  digest: z.string(),
  files: nullableText,
  source: z.enum(['published', 'folder']),
  state: z.enum(POLICY_STATES),
  effect,
  basis: number.nullable(),
  bringsBack: number.nullable(),
  reason: z.string(),
  proposedBy: nullableText,
  proposedMs: index,
  approvalId: nullableText,
  approvedBy: z.array(z.object({ person: id, seat: z.string(), atMs: index })),
  inForceMs: index.nullable(),
  endedMs: index.nullable(),
  refusedBecause: nullableText,
  version: index.optional(),
  entry: index.optional(),
})
/** Something wrong or odd at a place in a file; line and column from 1, 0 for the set as a whole. */
const note = z.object({
  file: z.string(),
  line: index,
  column: index,
  id: nullableText,
  kind: z.string(),
  sentence: z.string(),
  hint: nullableText,
})
const notes = z.array(note)
const change = z.object({
  id: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  effect,
  because: z.string(),
  before: nullableText,
  after: nullableText,
})
const policy = z.object({
  id: z.string(),
  sentence: z.string(),
  effect: z.enum(['permit', 'forbid']),
  text: z.string(),
  file: z.string(),
  line: number,
  origin: z.enum(['shipped', 'organisation']),
})

/** What a decision came to; `code` is null for a permit. */
const side = z.object({
  outcome: z.enum(['permit', 'denial']),
  code: nullableText,
  rules: z.array(z.string()),
})
/** Decisions about one identity that come out otherwise in the same way, by the same rules. */
const difference = z.object({
  identityId: nullableText,
  decision: z.string(),
  before: z.string(),
  after: z.string(),
  rules: z.array(z.string()),
  count: index,
  examples: z.array(z.object({ entry: index, atMs: index, before: side, after: side })),
})
/** Entries `from` to `to` (exclusive) were looked at; `next` is the `from` of more, null at the end. */
const visited = { from: index, to: index, next: index.nullable() }
const failed = z.array(
  z.object({
    domain: z.string(),
    id: z.string(),
    what: z.enum(['error', 'mismatch']),
    times: index,
    lastMs: index,
    sentence: z.string(),
  }),
)
const counted = {
  rules: z.array(z.object({ id: z.string(), hits: index, lastEntry: index.nullable() })),
  counted: z.object({ from: index, to: index }),
}
const found = {
  policy: z.string(),
  decisions: index,
  differences: z.array(difference),
  otherRules: index,
  more: index,
}
/** What decides in a domain now. */
const domain = z.object({
  name: z.string(),
  enforced: number,
  digest: z.string(),
  shadow: number.nullable(),
  folder: nullableText,
  isPublished: z.boolean(),
  version: index,
  entry: index,
})
const approval = z.looseObject({ id, state: z.string(), seats: z.array(z.string()), expiresMs: index })

const files = z.array(z.object({ name: z.string(), text: z.string() }))

/** What the addresses of policies answer. */
export const POLICY_ANSWERS = {
  policyVersions: z.object({ versions: z.array(version), next: nullableText }),
  policiesInForce: z.object({
    version,
    digest: z.string(),
    policies: index,
    shadow: version.nullable(),
    warnings: notes,
  }),
  domainVersionWhole: z.object({ version, files }),
  policyVersionWhole: z.object({
    version,
    files,
    policies: z.array(policy),
  }),
  policyValidation: z.object({
    isValid: z.boolean(),
    faults: notes,
    warnings: notes,
    policies: index,
    digest: nullableText,
  }),
  policyTests: z.object({
    cases: z.array(
      z.object({
        file: z.string(),
        line: index,
        column: index,
        name: z.string(),
        ok: z.boolean(),
        expected: z.object({ outcome, by: z.array(z.string()).nullable() }),
        came: z.object({ outcome, by: z.array(z.string()) }),
        errors: z.array(z.string()),
      }),
    ),
    failed: index,
  }),
  policyCoverage: z.object({
    unreviewed: z.array(z.string()),
    unreachable: z.array(z.object({ tool: z.string(), because: z.string() })),
    unknown: z.array(z.object({ policy: z.string(), tool: z.string() })),
    ...counted,
    faults: failed,
  }),
  domainCoverage: z.object({ version: number, unpermitted: z.array(z.string()), faults: failed, ...counted }),
  policyDifference: z.object({ against: number, effect, changes: z.array(change) }),
  policyReplay: z.object({
    ...visited,
    ...found,
    same: index,
    ofLaws: index,
    notAgain: z.object({ older: index, beside: index, broken: index, schema: index }),
    unkept: z.array(z.string()),
  }),
  policyShadow: z.object({ ...visited, ...found, version: number, failed: index }),
  domains: z.object({ domains: z.array(domain), next: nullableText }),
  domainPublished: z.object({ version, approval: approval.nullable(), warnings: notes, cautions, entry: index }),
  policiesPublished: z.object({
    version,
    approval: approval.nullable(),
    changes: z.array(change),
    warnings: notes,
    cautions,
    entry: index,
  }),
} as const
