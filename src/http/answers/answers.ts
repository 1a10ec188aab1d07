import { z } from 'zod'
import { proofHashesMax } from '../../contract/log/merkle.ts'
import { PRESET_NAMES } from '../../contract/register/presets.ts'
import { TIERS } from '../../contract/register/tier.ts'
import { actionClass, id, index } from '../input/shapes.ts'
import { accessTask } from './access.ts'
import { OAUTH_ANSWERS } from './oauth.ts'
import { POLICY_ANSWERS } from './policies.ts'
import {
  approval,
  binding,
  credential,
  cutoff,
  delegationGrant,
  entitlement,
  entry,
  identity,
  limit,
  login,
  nullableText,
  path,
  person,
  purpose,
  resourceRule,
  right,
  task,
  toolRule,
} from './rows.ts'
import { grants, USE_SHAPE } from './used.ts'

/** The `after` of the next part of a list; null at the end. */
const next = nullableText
/** Of a part of the list of approvals, those that nobody who is there can say yes to so that it counts. */
const unfilled = z.array(z.object({ approvalId: z.string(), seats: z.array(z.string()), lost: z.array(z.string()) }))
/** Of a part of the list of approvals, those whose identity was cut off since. */
const cutOffSince = z.array(z.object({ approvalId: z.string(), cutoffs: z.array(cutoff) }))
/** Of a part of the list of identities, those over which cutoffs stand. */
const cutOff = z.array(z.object({ identityId: z.string(), cutoffs: z.array(cutoff) }))
/** An issuer or trust domain: what it is trusted with, and how it does. */
const issuer = z.object({
  name: z.string(),
  kind: z.enum(['oidc', 'spiffe']),
  preset: z.enum(PRESET_NAMES).nullable(),
  serves: z.enum(['workloads', 'people']),
  liveness: z.enum(['single-use', 'cached']),
  attests: z.boolean(),
  vendor: nullableText,
  audiences: z.array(z.string()),
  keys: index,
  keyIds: z.array(z.string()),
  skewMs: z.int().nullable(),
  ageMs: z.number().nullable(),
  problem: nullableText,
})
/** What is known of a platform: how its tokens live, and what pins one of its workloads down. */
const preset = z.object({
  name: z.enum(PRESET_NAMES),
  issuer: nullableText,
  issuerLike: z.string(),
  subjectLike: z.string(),
  trust: z.object({
    liveness: z.enum(['single-use', 'cached']),
    requireJti: z.boolean(),
    maxAgeSeconds: index,
    algorithms: z.array(z.string()),
  }),
  pins: z.array(
    z.object({
      oneOf: z.array(z.string()),
      to: z.array(z.union([z.string(), z.boolean()])).optional(),
      lets: z.string(),
    }),
  ),
  proposes: z.array(z.string()),
})
/** What deserves a second look in what was done. */
const cautions = z.array(z.string())

const hint = z.boolean().nullable()
const endedTree = z.object({ ended: z.array(id), credentials: index, streams: index, tookMs: z.number(), entry: index })
/** SHA-256 hashes in base64, at most as many as a proof in the largest tree has. */
const hashes = z.array(z.string().regex(/^[A-Za-z0-9+/]{43}=$/)).max(proofHashesMax)
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
  personWhole: z.object({ person, estate: z.object({ identities: index, living: index, sponsored: index }) }),
  left: z.object({ suspended: z.array(id), following: index.nullable(), settled: z.boolean(), entry: index }),
  logins: z.object({ logins: z.array(login) }),
  login: z.object({ login, entry: index }),
  rights: z.object({ rights: z.array(right) }),
  right: z.object({ right, entry: index, cautions }),
  acting: z.object({ tasks: z.array(task) }),
  lettings: z.object({ grants: z.array(delegationGrant) }),
  delegationGrants: z.object({ grants: z.array(delegationGrant), next }),
  delegationGrant: z.object({ grant: delegationGrant, approval, entry: index, cautions }),
  personGrant: z.object({ grant: delegationGrant, entry: index, cautions }),
  purposes: z.object({ purposes: z.array(purpose), next }),
  purpose: z.object({ purpose, entry: index, cautions }),
  resources: z.object({ rules: z.array(resourceRule), next }),
  resource: z.object({ rule: resourceRule, entry: index, cautions }),
  presets: z.object({ presets: z.array(preset) }),
  issuers: z.object({ issuers: z.array(issuer) }),
  limits: z.object({ limits: z.array(limit), next }),
  limit: z.object({ limit, entry: index, cautions }),
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
  identities: z.object({ identities: z.array(identity), cutOff, next }),
  identity: z.object({ identity, entry: index, grantsEnded: z.array(z.string()).optional() }),
  identityWhole: z.object({
    identity,
    cutoffs: z.array(cutoff),
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
    elsewhere: z.boolean(),
    isWhole: z.boolean(),
  }),
  clients: z.object({ clients: z.array(binding), next }),
  client: z.object({ clientId: z.string(), binding, entry: index, cautions }),
  challenge: z.object({ attestation_challenge: z.string() }),
  secret: z.object({ binding, secret: z.string(), entry: index, cautions }),
  rotation: z.object({ approval, entry: index, cautions }),
  binding: z.object({ binding, entry: index, cautions }),
  entitlement: z.object({ entitlement, identity, entry: index, cautions }),
  entitlementNarrowed: z.object({ entitlement, entry: index }),
  rehearsal: z.object({
    rehearsal: z.object({ faultsBefore: z.array(z.string()), faultsAfter: z.array(z.string()), tookMs: z.number() }),
    entry: index,
  }),
  submitted: z.object({ identity, approval, entry: index, cautions }),
  approvals: z.object({
    approvals: z.array(approval),
    unfilled,
    cutOff: cutOffSince,
    outdated: z.array(z.string()),
    over: z.array(z.object({ approvalId: z.string(), because: z.string() })),
    next,
  }),
  approval: z.object({
    approval,
    openSeats: z.array(z.string()),
    canBeFilled: z.boolean(),
    cutoffs: z.array(cutoff),
    isOutdated: z.boolean(),
    over: nullableText,
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
  paths: z.object({
    paths: z.array(path),
    fallen: z.array(z.object({ taskId: id, because: z.string() })),
    openable: z.array(z.object({ entitlementId: id, entry: index, endsMs: index, scope: grants })),
    size: index,
    isLimited: z.boolean(),
    cautions,
  }),
  cutoffs: z.object({ cutoffs: z.array(cutoff), next }),
  certified: z.object({
    spiffeId: z.string(),
    certificate: z.string(),
    authorities: z.string(),
    credentialId: id,
    expiresMs: index,
    entry: index,
  }),
  keyRotated: z.object({
    key: z.object({ id: z.string(), algorithm: z.string(), activatesMs: index }),
    retired: z.array(z.string()),
    entry: index,
  }),
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
  statusList: z.string(),
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
  /** The task that waits for a person, where this request has opened it. */
  task_id: id.optional(),
})
