import { z } from 'zod'
import { APPROVAL_STATES, APPROVAL_SUBJECTS } from '../../contract/approval/approval.ts'
import { CUTOFF_TARGETS } from '../../contract/cutoff.ts'
import { BINDING_KINDS } from '../../contract/register/binding.ts'
import { IDENTITY_KINDS, IDENTITY_STATES, RUNTIMES } from '../../contract/register/identity.ts'
import { ROLES } from '../../contract/register/person.ts'
import { AUTONOMIES, REACHES, TIERS } from '../../contract/register/tier.ts'
import { BINDING_STRENGTHS, TASK_STATES } from '../../contract/task.ts'
import { EDGE_KINDS } from '../../flow/path/trace-chain.ts'
import { envelopeShape } from '../../register/envelope-shape.ts'
import { actionClass, composition, id, index, limitMembers, sensitivity } from '../input/shapes.ts'
import { accessCallback, accessRequest } from './access.ts'
import { grants } from './used.ts'

// What the rows of state look like, wherever an answer holds one.

const kept = { version: index.optional(), entry: index.optional() }
export const nullableText = z.string().nullable()
export const person = z.object({
  id,
  name: z.string(),
  email: z.string(),
  roles: z.array(z.enum(ROLES)),
  state: z.enum(['active', 'left']),
  createdMs: index,
  lostMs: z.partialRecord(z.enum(ROLES), index).optional(),
  ...kept,
})
export const identity = z.object({
  id,
  name: z.string(),
  kind: z.enum(IDENTITY_KINDS),
  runtime: z.enum(RUNTIMES),
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
  foundAt: z.string().optional(),
  foundBy: id.optional(),
  createdMs: index,
  activatedMs: index.nullable(),
  rehearsedMs: index.nullable(),
  suspendedBecause: nullableText,
  heardMs: index.optional(),
  ...kept,
})
export const binding = z.object({
  id,
  identityId: id,
  kind: z.enum(BINDING_KINDS),
  issuer: z.string(),
  subject: z.string(),
  subjectPattern: nullableText.optional(),
  claims: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.object({ pattern: z.string() })])),
  keys: z.array(z.record(z.string(), z.string())),
  keyThumbprints: z.array(z.string()).optional(),
  client: z
    .object({ redirectUris: z.array(z.string()), server: nullableText, confidential: z.literal(true).optional() })
    .optional(),
  secretEndsMs: index.optional(),
  createdMs: index,
  endedMs: index.nullable(),
  endsMs: index.nullable().optional(),
  replacesId: nullableText.optional(),
  overlapEndsMs: index.nullable().optional(),
  ...kept,
})
export const entitlement = z.object({
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
export const login = z.object({
  id,
  personId: id,
  issuer: z.string(),
  subject: z.string(),
  createdMs: index,
  endedMs: index.nullable(),
  ...kept,
})
export const right = z.object({
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
export const delegationGrant = z.object({
  id,
  from: id,
  to: id,
  fromOwner: id,
  toOwner: id,
  scope: grants,
  classes: z.array(actionClass),
  ceiling: sensitivity,
  depthMax: index,
  issuers: z.array(z.string()).optional(),
  minStrength: z.enum(BINDING_STRENGTHS).optional(),
  reason: z.string(),
  approvalId: id.nullable(),
  createdMs: index,
  startsMs: index,
  endsMs: index,
  state: z.enum(['waiting', 'granted', 'ended']),
  ...kept,
})
export const approval = z.object({
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
  callback: accessCallback.optional(),
  asker: z.string().optional(),
  createdMs: index,
  expiresMs: index,
  ...kept,
})
export const task = z.object({
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
  fromCredentialId: id.optional(),
  rightIds: z.array(id).optional(),
  loginId: id.optional(),
  foreignAct: z.record(z.string(), z.unknown()).optional(),
  grantId: id.optional(),
  takenBy: z
    .object({
      bindingKinds: z.array(z.string()),
      issuers: z.array(z.string()),
      minStrength: z.enum(BINDING_STRENGTHS),
    })
    .optional(),
  approvalId: nullableText,
  bindingId: nullableText,
  state: z.enum(TASK_STATES),
  createdMs: index,
  endsMs: index,
  endedMs: index.nullable(),
  endedBecause: nullableText,
  ...kept,
})
export const purpose = z.object({
  code: z.string(),
  title: z.string(),
  classes: z.array(actionClass),
  ceiling: sensitivity,
  ...kept,
})
export const resourceRule = z.object({ pattern: z.string(), sensitivity, ...kept })
export const limit = z.object({ ...limitMembers, ...kept })
export const toolRule = z.object({
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
export const credential = z.object({
  id,
  kind: z.enum(['access_token', 'x509_svid', 'id_jag']),
  identityId: id,
  taskId: id,
  audience: z.string(),
  keyThumbprint: nullableText,
  certificateThumbprint: z.string().optional(),
  strength: z.enum(['bearer', 'key-bound', 'attested']).optional(),
  issuedMs: index,
  expiresMs: index,
  signed: z.object({ intent: index, keyId: z.string() }).optional(),
  // `intended` was left by a crash where permit and outcome were two commits: no commit leaves it now, and it counts nowhere
  state: z.enum(['intended', 'issued', 'revoked']),
  ...kept,
})
export const cutoff = z.object({
  id: z.string(),
  target: z.enum(CUTOFF_TARGETS),
  targetId: z.string(),
  atMs: index,
  because: z.string(),
  by: z.string(),
  ...kept,
})
export const entry = z.object({
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
export const path = z.object({
  edges: z.array(z.object({ from: id, to: id, kind: z.enum(EDGE_KINDS), entry: index, untilMs: index.nullable() })),
  taskId: id,
  names: z.array(z.string()),
  scope: grants,
  ceiling: sensitivity,
  endsMs: index,
})
