import { z } from 'zod'
import { APPROVAL_STATES, APPROVAL_SUBJECTS } from '../../contract/approval/approval.ts'
import { CUTOFF_TARGETS } from '../../contract/cutoff.ts'
import { proofHashesMax } from '../../contract/log/merkle.ts'
import { IDENTITY_KINDS, IDENTITY_STATES } from '../../contract/register/identity.ts'
import { ROLES } from '../../contract/register/person.ts'
import { AUTONOMIES, REACHES, TIERS } from '../../contract/register/tier.ts'
import { TASK_STATES } from '../../contract/task.ts'
import { envelopeShape } from '../../register/envelope-shape.ts'
import { actionClass, composition, id, index, limitMembers, sensitivity } from '../input/shapes.ts'
import { accessRequest, accessTask } from './access.ts'
import { OAUTH_ANSWERS } from './oauth.ts'
import { POLICY_ANSWERS } from './policies.ts'
import { grants, USE_SHAPE } from './used.ts'

const kept = { version: index.optional(), entry: index.optional() }
const nullableText = z.string().nullable()
/** The `after` of the next part of a list; null at the end. */
const next = nullableText
/** What deserves a second look in what was done. */
const cautions = z.array(z.string())

const person = z.object({
  id,
  name: z.string(),
  email: z.string(),
  roles: z.array(z.enum(ROLES)),
  state: z.enum(['active', 'left']),
  createdMs: index,
  ...kept,
})
const identity = z.object({
  id,
  name: z.string(),
  kind: z.enum(IDENTITY_KINDS),
  runtime: z.enum(['own', 'vendor']),
  vendor: nullableText,
  state: z.enum(IDENTITY_STATES),
  owner: nullableText,
  sponsor: nullableText,
  purpose: nullableText,
  autonomy: z.enum(AUTONOMIES),
  reach: z.enum(REACHES),
  tier: z.enum(TIERS),
  tierReasons: z.array(z.string()),
  composition: composition.optional(),
  requestedBy: nullableText,
  authors: z.array(id),
  reassignedBy: z.array(id).optional(),
  createdMs: index,
  activatedMs: index.nullable(),
  rehearsedMs: index.nullable(),
  suspendedBecause: nullableText,
  ...kept,
})
const binding = z.object({
  id,
  identityId: id,
  kind: z.enum(['oidc', 'spiffe', 'key']),
  issuer: z.string(),
  subject: z.string(),
  claims: z.record(z.string(), z.string()),
  keys: z.array(z.record(z.string(), z.string())),
  createdMs: index,
  endedMs: index.nullable(),
  ...kept,
})
const hint = z.boolean().nullable()
const entitlement = z.object({
  id,
  identityId: id,
  scope: grants,
  classes: z.array(actionClass),
  ceiling: sensitivity,
  approval: z.enum(['none', 'each-call']),
  approvers: index.optional(),
  counts: grants.optional(),
  reason: z.string(),
  requestedBy: id,
  startsMs: index,
  endsMs: index,
  state: z.enum(['proposed', 'granted', 'ended']),
  ...kept,
})
const askedCall = z.object({
  action: z.record(z.string(), z.unknown()),
  ruleVersion: index,
  naming: z.array(z.string()),
  arguments: z.array(z.object({ name: z.string(), digest: z.string(), number: z.number().optional() })),
  policyVersion: z.string(),
  needs: z.array(z.string()),
})
const right = z.object({
  id,
  personId: id,
  scope: grants,
  classes: z.array(actionClass),
  ceiling: sensitivity,
  reason: z.string(),
  grantedBy: id,
  startsMs: index,
  endsMs: index,
  state: z.enum(['granted', 'ended']),
  ...kept,
})
const approval = z.object({
  id,
  subject: z.enum(APPROVAL_SUBJECTS),
  subjectId: id,
  digest: z.string(),
  asked: z.record(z.string(), z.unknown()),
  requestedBy: z.array(z.string()),
  seats: z.array(z.string()),
  votes: z.array(
    z.object({ personId: id, seat: z.string(), verdict: z.enum(['approve', 'deny']), reason: z.string(), atMs: index }),
  ),
  state: z.enum(APPROVAL_STATES),
  usesMax: index,
  call: askedCall.optional(),
  envelope: envelopeShape.optional(),
  proposed: envelopeShape.optional(),
  request: accessRequest.optional(),
  createdMs: index,
  expiresMs: index,
  ...kept,
})
const task = z.object({
  id,
  identityId: id,
  parentId: nullableText,
  rootId: id,
  chain: z.array(z.object({ identityId: id, name: z.string(), taskId: id })),
  purpose: z.string(),
  goal: z.string(),
  ticket: nullableText,
  scope: grants,
  ceiling: sensitivity,
  budget: z.object({
    callsMax: index,
    writesMax: index,
    bytesMax: index,
    spendMax: index.optional(),
    currency: z.string().optional(),
    callsPerMinuteMax: index.optional(),
  }),
  labels: z.object({ confidentiality: sensitivity, integrity: z.enum(['trusted', 'untrusted']) }),
  delegationDepthLeft: index,
  onBehalfOf: nullableText,
  approvalId: nullableText,
  bindingId: nullableText,
  state: z.enum(TASK_STATES),
  createdMs: index,
  endsMs: index,
  endedMs: index.nullable(),
  endedBecause: nullableText,
  ...kept,
})
const purpose = z.object({
  code: z.string(),
  title: z.string(),
  classes: z.array(actionClass),
  ceiling: sensitivity,
  ...kept,
})
const resourceRule = z.object({ pattern: z.string(), sensitivity, ...kept })
const limit = z.object({ ...limitMembers, ...kept })
const toolRule = z.object({
  server: z.string(),
  tool: z.string(),
  actionClass,
  resourceArgument: nullableText,
  resourceKind: z.enum(['path', 'text']),
  resourcePrefix: z.string(),
  resourceRoot: z.string(),
  spendArgument: z.string().nullable().optional(),
  currencyArgument: z.string().nullable().optional(),
  resultIntegrity: z.enum(['trusted', 'untrusted']),
  definitionDigest: nullableText,
  state: z.enum(['active', 'quarantined']),
  ...kept,
})
const credential = z.object({
  id,
  kind: z.literal('access_token'),
  identityId: id,
  taskId: id,
  audience: z.string(),
  keyThumbprint: nullableText,
  strength: z.enum(['bearer', 'key-bound', 'attested']).optional(),
  issuedMs: index,
  expiresMs: index,
  state: z.enum(['intended', 'issued', 'revoked']),
  ...kept,
})
const cutoff = z.object({
  id: z.string(),
  target: z.enum(CUTOFF_TARGETS),
  targetId: z.string(),
  atMs: index,
  because: z.string(),
  by: z.string(),
  ...kept,
})
const endedTree = z.object({ ended: z.array(id), credentials: index, streams: index, tookMs: z.number(), entry: index })
/** SHA-256 hashes in base64, at most as many as a proof in the largest tree has. */
const hashes = z.array(z.string().regex(/^[A-Za-z0-9+/]{43}=$/)).max(proofHashesMax)
const entry = z.object({
  v: z.literal(1),
  org: z.string(),
  atMs: index,
  kind: z.string(),
  actor: z.record(z.string(), z.unknown()),
  subject: z.object({ kind: z.string(), id: z.string() }),
  data: z.record(z.string(), z.unknown()),
  touched: z.array(z.string()),
  answers: index.optional(),
  policy: z.string().optional(),
})

const search = {
  page: z.object({ next_token: z.string(), count: index }),
  context: z.record(z.string(), z.unknown()),
}
const obligations = z
  .array(z.object({ id: z.string(), type: z.string(), properties: z.record(z.string(), z.unknown()) }))
  .optional()
const evaluation = z.object({ decision: z.boolean(), context: z.record(z.string(), z.unknown()) })

/** What the answers look like; tests hold the answers to them, and OpenAPI is written from them. */
export const ANSWERS = {
  entry: z.object({ entry: index }),
  session: z.object({ session: z.string(), person, expiresMs: index, entry: index }),
  me: z.object({ person }),
  people: z.object({ people: z.array(person), next }),
  personAdded: z.object({ person, link: z.string(), entry: index }),
  person: z.object({ person, entry: index }),
  link: z.object({ link: z.string(), entry: index }),
  left: z.object({ suspended: z.array(id), entry: index }),
  rights: z.object({ rights: z.array(right) }),
  right: z.object({ right, entry: index }),
  purposes: z.object({ purposes: z.array(purpose), next }),
  purpose: z.object({ purpose, entry: index, cautions }),
  resources: z.object({ rules: z.array(resourceRule), next }),
  resource: z.object({ rule: resourceRule, entry: index }),
  limits: z.object({ limits: z.array(limit), next }),
  limit: z.object({ limit, entry: index }),
  tools: z.object({ rules: z.array(toolRule), next }),
  tool: z.object({ rule: toolRule, entry: index, cautions }),
  servers: z.object({
    servers: z.array(
      z.object({
        name: z.string(),
        transport: z.enum(['stdio', 'http']),
        state: z.enum(['up', 'down']),
        reason: nullableText,
        tools: z.array(
          z.object({
            name: z.string(),
            description: z.string(),
            annotations: z.record(z.string(), z.unknown()),
            suggested: z.object({
              hints: z.object({ readOnly: hint, destructive: hint, idempotent: hint, openWorld: hint }),
              actionClass,
              because: z.string(),
            }),
            arguments: z.array(z.string()).nullable(),
            digest: z.string(),
            rule: toolRule.nullable(),
          }),
        ),
      }),
    ),
  }),
  identities: z.object({ identities: z.array(identity), next }),
  identity: z.object({ identity, entry: index }),
  identityWhole: z.object({
    identity,
    pivots: index,
    bindings: z.array(binding),
    entitlements: z.array(entitlement),
    approvals: z.array(approval),
    tasks: z.array(task),
    tasksNext: next,
    endedTasks: z.array(task),
    tier: z.object({ tier: z.enum(TIERS), reasons: z.array(z.string()), terms: z.record(z.string(), z.unknown()) }),
  }),
  used: z.object({
    identity,
    uses: z.array(
      z.object({
        entitlement,
        ...USE_SHAPE,
      }),
    ),
    policy: z.string(),
    counted: z.object({ from: index, to: index, size: index }),
    isWhole: z.boolean(),
  }),
  binding: z.object({ binding, entry: index, cautions }),
  entitlement: z.object({ entitlement, identity, entry: index, cautions }),
  entitlementNarrowed: z.object({ entitlement, entry: index }),
  rehearsal: z.object({
    rehearsal: z.object({ faultsBefore: z.array(z.string()), faultsAfter: z.array(z.string()), tookMs: z.number() }),
    entry: index,
  }),
  submitted: z.object({ identity, approval, entry: index, cautions }),
  approvals: z.object({ approvals: z.array(approval), next }),
  approval: z.object({
    approval,
    openSeats: z.array(z.string()),
    use: z.object({ uses: index, spent: index }).nullable(),
  }),
  accessTask,
  withdrawn: z.object({ approval, entry: index }),
  vote: z.object({ approval, entry: index, effect: z.string() }),
  task: z.object({ task, approvalId: nullableText, entry: index }),
  child: z.object({ task, entry: index }),
  tasks: z.object({ tasks: z.array(task), next }),
  taskWhole: z.object({
    task,
    usage: z.record(z.string(), z.unknown()).nullable(),
    credentials: z.array(credential),
    children: z.array(task),
    childrenNext: next,
  }),
  endedTree,
  cutoff: z.object({
    cutoff,
    clock: z.record(z.string(), z.unknown()),
    tasksEnded: index,
    settled: z.boolean(),
    entry: index,
  }),
  cutoffs: z.object({ cutoffs: z.array(cutoff), next }),
  entries: z.object({ entries: z.array(z.object({ index, entry })), size: index, next: index.nullable() }),
  entryWhole: z.object({ index, entry, raw: z.string() }),
  why: z.object({ explanation: z.record(z.string(), z.unknown()) }),
  inclusionProof: z.object({ index, size: index, hashes }),
  consistencyProof: z.object({ from: index, to: index, hashes }),
  ...OAUTH_ANSWERS,
  ...POLICY_ANSWERS,
  health: z.object({ ok: z.literal(true) }),
  readiness: z.object({ ok: z.literal(true), entries: index }),
  text: z.string(),
  page: z.string(),
  tile: z.string(),
  pack: z.string(),
  doctor: z.object({
    checks: z.array(z.object({ name: z.string(), ok: z.boolean(), sentence: z.string(), tookMs: z.number() })),
  }),
  anything: z.record(z.string(), z.unknown()),
  evaluation,
  subjects: z.object({ ...search, results: z.array(z.object({ type: z.string(), id: z.string(), obligations })) }),
  actions: z.object({ ...search, results: z.array(z.object({ name: z.string(), obligations })) }),
  evaluations: z.union([z.object({ evaluations: z.array(evaluation) }), evaluation]),
} as const

/** What every error of the API looks like (RFC 9457). */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  instance: z.string(),
  facts: z.record(z.string(), z.unknown()).optional(),
  entry: index.optional(),
})

/** What every error of the OAuth addresses looks like (RFC 6749 section 5.2). */
export const oauthError = z.object({
  error: z.string(),
  error_description: z.string(),
  code: z.string(),
  entry: index.optional(),
  ask: z.record(z.string(), z.unknown()).optional(),
})
