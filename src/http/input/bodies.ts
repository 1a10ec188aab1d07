import { z } from 'zod'
import { claimRules, keyThumbprints, line, subjectPattern } from '../../config/value-shapes.ts'
import { ACTION_CLASSES } from '../../contract/action-class.ts'
import { ACCESS_EVENTS } from '../../contract/approval/access-request.ts'
import { CUTOFF_TARGETS } from '../../contract/cutoff.ts'
import { PACK_SUBJECTS } from '../../contract/log/pack.ts'
import { IDENTITY_KINDS, RUNTIMES } from '../../contract/register/identity.ts'
import { ROLES } from '../../contract/register/person.ts'
import { PRESET_NAMES } from '../../contract/register/presets.ts'
import { AUTONOMIES, REACHES } from '../../contract/register/tier.ts'
import { BINDING_STRENGTHS } from '../../contract/task.ts'
import { EVALUATION_SEMANTICS } from '../../decide/requests.ts'
import { LIMITS } from '../../ground/limits.ts'
import { envelopeShape } from '../../register/envelope-shape.ts'
import {
  actionClass,
  budget,
  composition,
  id,
  identityName,
  index,
  lifeSeconds,
  limitMembers,
  name,
  partBudget,
  pattern,
  personName,
  scope,
  sensitivity,
  text,
  visible,
} from './shapes.ts'

/** What a person says of an identity beside its name. */
const profile = {
  kind: z.enum(IDENTITY_KINDS),
  runtime: z.enum(RUNTIMES).default('own'),
  vendor: name.nullable().default(null),
  owner: id,
  sponsor: id,
  purpose: name,
  autonomy: z.enum(AUTONOMIES),
  reach: z.enum(REACHES),
}

/** What of that is said of a discovered one: the rest is as it was seen, or as its issuer's row says. */
const adopted = z.strictObject({ ...profile, runtime: z.enum(RUNTIMES), vendor: name.nullable() }).partial().shape

/** Public keys as JWKs (RFC 7517). */
const publicKeys = z
  .array(
    z.strictObject({
      kty: z.string().max(20),
      kid: z.string().max(200).optional(),
      alg: z.string().max(20).optional(),
      use: z.string().max(20).optional(),
      crv: z.string().max(20).optional(),
      x: z.string().max(200).optional(),
      y: z.string().max(200).optional(),
      n: z.string().max(2_000).optional(),
      e: z.string().max(20).optional(),
    }),
  )
  .max(10)

/** The nouns of AuthZEN 1.0 section 5. Their open members are anybody's, and unknown ones are passed over. */
const open = z.record(z.string(), z.unknown())
/** What stands around a question. What whoever asks can carry out is named, or left out: read as nothing, it would be taken for all. */
const around = open.refine(
  ({ supported_obligations: said }) => said === undefined || z.array(z.string()).safeParse(said).success,
  { path: ['supported_obligations'], message: 'must be a list of types' },
)
const entity = z.object({ type: z.string().min(1), id: z.string().min(1), properties: open.default({}) })
const action = z.object({ name: z.string().min(1), properties: open.default({}) })

/** The access-request profile's nouns: which denial is asked about, what is wished for, and who says they ask. */
const denial = z.object({
  evaluation_id: id.optional(),
  binding_token: visible(LIMITS.jwtBytesMax).optional(),
  expires_at: line(LIMITS.nameCharsMax).optional(),
})
const requestedAccess = z.object({
  'dev.remit/envelope': envelopeShape.optional(),
  requested_until: z.iso.datetime({ offset: true }).optional(),
  emergency: z.boolean().optional(),
})
const callback = z.object({
  endpoint: visible(1_000),
  state: z
    .unknown()
    .refine(
      (state) => Buffer.byteLength(JSON.stringify(state) ?? '') <= LIMITS.callbackStateBytesMax,
      `must have at most ${LIMITS.callbackStateBytesMax} bytes`,
    )
    .optional(),
  events: z.array(z.enum(ACCESS_EVENTS)).min(1).max(ACCESS_EVENTS.length).optional(),
})
const accessActor = z.object({ id, issuer: line(1_000).optional(), act: z.unknown().optional() })

/** An organisation's policies as they stand in a folder: `*.cedar`, and `*.test.json` that say what they should do. */
const policyFiles = z
  .array(
    z.strictObject({
      name: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.(cedar|test\.json)$/, 'must be a name.cedar or name.test.json'),
      text: z.string().max(LIMITS.policyBytesMax),
    }),
  )
  .max(LIMITS.policyFilesMax)
  .refine((files) => new Set(files.map((file) => file.name)).size === files.length, 'must name each file once')

/** A domain as it stands in a folder: `*.cedar`, and perhaps `schema.cedarschema`, `entities.json` and `*.test.json`. */
const domainFiles = z
  .array(
    z.strictObject({
      name: z
        .string()
        .regex(
          /^([A-Za-z0-9][A-Za-z0-9._-]{0,99}\.(cedar|test\.json)|schema\.cedarschema|entities\.json)$/,
          'must be a name.cedar, name.test.json, schema.cedarschema or entities.json',
        ),
      text: z.string().max(LIMITS.domainEntitiesBytesMax),
    }),
  )
  .max(LIMITS.policyFilesMax)
  .refine((files) => new Set(files.map((file) => file.name)).size === files.length, 'must name each file once')

/** By what is decided again, and which part of the log. */
const replayOf = <Files extends z.ZodType>(files: Files) =>
  z
    .strictObject({
      files: files.nullable().default(null),
      version: z.int().min(1).nullable().default(null),
      sinceMs: index,
      untilMs: index.nullable().default(null),
      from: index.nullable().default(null),
    })
    .refine((order) => order.files === null || order.version === null, 'names files or a version, not both')

/** The entity that a search looks for: an id of it says nothing. */
const wanted = z.object({ type: z.string().min(1), properties: open.default({}) })
const page = z
  .object({
    token: z.string().max(LIMITS.searchTokenCharsMax).optional(),
    limit: z.int().min(0).optional(),
  })
  .optional()

/** What is said of a task that is asked for. */
const taskMembers = {
  purpose: name,
  goal: text,
  ticket: text.nullable().default(null),
  scope,
  ceiling: sensitivity,
  budget: budget.prefault({}),
  lifeSeconds,
}

/** Which workloads of an identity may take what is handed to it. */
const takers = {
  issuers: z.array(visible(2048)).min(1).max(LIMITS.takenByIssuersMax).optional(),
  minStrength: z.enum(BINDING_STRENGTHS).optional(),
}
const takenBy = z.strictObject(takers)

/** What a request body may be. Unknown members are refused: a misspelt bound must not pass for no bound. */
export const BODIES = {
  session: z.strictObject({ link: z.string().min(1).max(200) }),
  person: z.strictObject({
    name: personName,
    email: z.email().max(254),
    roles: z.array(z.enum(ROLES)).max(ROLES.length),
  }),
  roles: z.strictObject({ roles: z.array(z.enum(ROLES)).max(ROLES.length) }),
  profile: z
    .strictObject({ name: personName.optional(), email: z.email().max(254).optional() })
    .refine(({ name: said, email }) => said !== undefined || email !== undefined, 'must say a name or a mail address'),
  reason: z.strictObject({ reason: text }),
  maybeReason: z.strictObject({ reason: text.optional() }),
  nothing: z.strictObject({}),
  keyRotation: z.strictObject({
    reason: text,
    leaked: z.boolean().default(false),
    use: z.enum(['token', 'svid', 'x509-ca', 'federation']).default('token'),
  }),
  certification: z.strictObject({
    request: z.string().min(1).max(LIMITS.certificateBytesMax),
    composition: composition.optional(),
  }),
  submission: z.strictObject({ composition: composition.nullable().optional() }),
  purpose: z.strictObject({
    code: name,
    title: text,
    classes: z.array(actionClass).min(1).max(ACTION_CLASSES.length),
    ceiling: sensitivity,
  }),
  resource: z.strictObject({ pattern, sensitivity }),
  limit: z.strictObject({ ...limitMembers, state: limitMembers.state.default('active') }),
  tool: z.strictObject({
    server: name,
    tool: id.max(128),
    actionClass,
    resourceArgument: id.max(128).nullable(),
    resourceKind: z.enum(['path', 'text']),
    resourcePrefix: line(200),
    resourceRoot: line(1_000).or(z.literal('')).default(''),
    resultIntegrity: z.enum(['trusted', 'untrusted']).default('untrusted'),
    spendArgument: id.max(128).nullable().default(null),
    currencyArgument: id.max(128).nullable().default(null),
    seenDigest: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be a digest')
      .optional(),
  }),
  identity: z.strictObject({ name: identityName, ...profile }),
  adoption: z.strictObject({ name: identityName.nullable().default(null), ...adopted }),
  reassignment: z.strictObject({ owner: id, sponsor: id.nullable().default(null), reason: text }),
  client: z.strictObject({
    identity: id,
    clientId: visible(100).optional(),
    redirectUris: z.array(visible(1_000)).min(1).max(LIMITS.redirectUrisMax),
    server: name.nullable().default(null),
    confidential: z.boolean().default(false),
  }),
  binding: z.strictObject({
    kind: z.enum(['oidc', 'spiffe', 'key', 'certificate', 'attestation']),
    preset: z.enum(PRESET_NAMES).optional(),
    issuer: line(1_000).optional(),
    acceptWide: text.optional(),
    subject: line(2_048).optional(),
    subjectPattern: subjectPattern.optional(),
    claims: claimRules.default({}),
    keyThumbprints: keyThumbprints.optional(),
    keys: publicKeys.default([]),
  }),
  secret: z.strictObject({
    clientId: line(LIMITS.nameCharsMax).optional(),
    days: z.int().min(1).max(LIMITS.secretDaysMax),
  }),
  rotation: z.strictObject({
    issuer: line(1_000).optional(),
    subject: line(2_048).optional(),
    keys: publicKeys.min(1).optional(),
    keyThumbprints: keyThumbprints.min(1).optional(),
    overlapSeconds: z.int().min(0).max(LIMITS.rotationOverlapSecondsMax).default(LIMITS.rotationOverlapSecondsDefault),
    reason: text,
  }),
  entitlement: z.strictObject({
    scope,
    classes: z.array(actionClass).min(1).max(ACTION_CLASSES.length),
    ceiling: sensitivity,
    approval: z.enum(['none', 'each-call']).default('none'),
    approvers: z.int().min(1).max(LIMITS.approversMax).default(1),
    counts: scope.optional(),
    reason: text,
    days: z.int().min(1).max(LIMITS.entitlementDaysMax),
  }),
  narrowing: z.strictObject({
    scope: scope.optional(),
    classes: z.array(actionClass).min(1).max(ACTION_CLASSES.length).optional(),
    ceiling: sensitivity.optional(),
    approval: z.enum(['none', 'each-call']).optional(),
    approvers: z.int().min(1).max(LIMITS.approversMax).optional(),
    reason: text,
    days: z.int().min(1).max(LIMITS.entitlementDaysMax).optional(),
  }),
  login: z.strictObject({ issuer: line(1_000), subject: line(LIMITS.spiffeIdBytesMax) }),
  right: z.strictObject({
    scope,
    classes: z.array(actionClass).min(1).max(ACTION_CLASSES.length),
    ceiling: sensitivity,
    reason: text,
    days: z.int().min(1).max(LIMITS.entitlementDaysMax),
  }),
  delegationGrant: z.strictObject({
    to: name,
    scope,
    classes: z.array(actionClass).min(1).max(ACTION_CLASSES.length),
    ceiling: sensitivity,
    depthMax: z.int().min(0).max(LIMITS.delegationDepthMax).default(0),
    ...takers,
    reason: text,
    days: z.int().min(1).max(LIMITS.entitlementDaysMax),
  }),
  outcome: z.strictObject({
    entry: index,
    end: z.enum(['completed', 'failed']),
    resultBytes: index.default(0),
  }),
  vote: z.strictObject({ verdict: z.enum(['approve', 'deny']), reason: text, envelope: envelopeShape.optional() }),
  task: z.strictObject({ ...taskMembers, composition: composition.optional(), callback: callback.optional() }),
  behalfTask: z.strictObject({ ...taskMembers, takenBy: takenBy.optional() }),
  delegation: z.strictObject({
    to: name,
    goal: text,
    scope,
    ceiling: sensitivity,
    budget: partBudget.default({}),
    lifeSeconds,
    takenBy: takenBy.optional(),
  }),
  cutoff: z.strictObject({ target: z.enum(CUTOFF_TARGETS), targetId: id, because: text }),
  policyFiles: z.strictObject({ files: policyFiles }),
  policyDiff: z.strictObject({ files: policyFiles, against: z.int().min(1).nullable().default(null) }),
  policyReplay: replayOf(policyFiles),
  domainReplay: replayOf(domainFiles),
  domainFiles: z.strictObject({ files: domainFiles }),
  domainDiff: z.strictObject({ files: domainFiles, against: z.int().min(1).nullable().default(null) }),
  domainPublication: z.strictObject({ files: domainFiles, reason: text, shadow: z.boolean().default(false) }),
  publication: z.strictObject({ files: policyFiles, reason: text, shadow: z.boolean().default(false) }),
  rollback: z.strictObject({ reason: text, shadow: z.boolean().default(false) }),
  evidence: z.strictObject({ about: z.strictObject({ kind: z.enum(PACK_SUBJECTS), id }).optional() }),
  evaluation: z.object({ subject: entity, action, resource: entity, context: around.default({}) }),
  searchSubject: z.object({ subject: wanted, action, resource: entity, context: around.default({}), page }),
  searchResource: z.object({ subject: entity, action, resource: wanted, context: around.default({}), page }),
  searchAction: z.object({ subject: entity, resource: entity, context: around.default({}), page }),
  accessRequest: z
    .object({
      subject: entity,
      action: action.optional(),
      resource: entity.optional(),
      items: z
        .array(
          z.object({
            resource: entity,
            action,
            denial: denial.optional(),
            requested_access: requestedAccess.optional(),
          }),
        )
        .min(1)
        .max(LIMITS.accessItemsMax)
        .optional(),
      context: open.default({}),
      denial: denial.optional(),
      requested_access: requestedAccess.default({}),
      callback: callback.optional(),
      client: z.object({ actor: accessActor.optional() }).default({}),
    })
    .refine(
      ({ items, action: what, resource }) =>
        items === undefined
          ? what !== undefined && resource !== undefined
          : what === undefined && resource === undefined,
      'must ask for an action on a resource, or for items and neither',
    )
    .refine(
      ({ items, denial: whole }) => whole !== undefined || items?.every((item) => item.denial !== undefined) === true,
      'must name the denial, beside the items or with each of them',
    ),
  accessCancel: z.object({ reason: text.optional(), comment: text.optional() }),
  evaluations: z
    .object({
      subject: entity.optional(),
      action: action.optional(),
      resource: entity.optional(),
      context: around.optional(),
      options: z.object({ evaluations_semantic: z.enum(EVALUATION_SEMANTICS).default('execute_all') }).prefault({}),
      evaluations: z.array(open).max(LIMITS.evaluationsMax).default([]),
    })
    .refine(
      ({ subject, action: what, resource, evaluations }) =>
        evaluations.length > 0 || (subject !== undefined && what !== undefined && resource !== undefined),
      'must ask something: a subject, an action and a resource, or evaluations',
    ),
} as const
