import { z } from 'zod'
import { APPROVAL_STATES } from '../../contract/approval/approval.ts'
import { CUTOFF_TARGETS } from '../../contract/cutoff.ts'
import { IDENTITY_STATES } from '../../contract/register/identity.ts'
import { TASK_STATES } from '../../contract/task.ts'
import { RemitError } from '../../ground/errors.ts'
import { ID_PREFIXES, type IdKind } from '../../ground/ids.ts'
import { LIMITS } from '../../ground/limits.ts'
import { sayFormFault } from '../../ground/say-form-fault.ts'
import { describeIssues, listIssues } from './read-body.ts'
import { id, name, pattern, visible } from './shapes.ts'

/** Where less came than was asked for, it would pass for the end of the list. */
const limit = z
  .string()
  .refine(
    (said) => /^[1-9]\d{0,8}$/.test(said) && Number(said) <= LIMITS.pageRowsMax,
    `must be a whole number from 1 to ${LIMITS.pageRowsMax}`,
  )
  .describe(`How many at most: a whole number from 1 to ${LIMITS.pageRowsMax}, which is meant where it is left out.`)
  .optional()

/** The part of a list that is asked for: `after` is a key of that list. What cannot be one would pass for the end of the list. */
const page = (key: z.ZodString) => ({
  after: key.describe('The `next` of the part before.').optional(),
  limit,
})
const notNext = 'must be the `next` of a part of this list'
const idOf = (kind: IdKind, otherwise = notNext): z.ZodString =>
  id.regex(new RegExp(`^${ID_PREFIXES[kind]}_[0-9a-z]+$`), otherwise)
/** The key of a tool is `server/tool`. */
const toolKey = visible(230).regex(/^[^/]+\/./, notNext)
/** The key of a cutoff is `target:id`. */
const cutoffKey = visible(210).regex(new RegExp(`^(${CUTOFF_TARGETS.join('|')}):.`), notNext)
/** The key of a version is `domain/number`. */
const versionKey = id.regex(/^[^/]+\/\d+$/, notNext)
const place = z.string().regex(/^(0|[1-9]\d{0,14})$/, 'must be a whole number')
const size = z.string().regex(/^[1-9]\d{0,14}$/, 'must be a whole number from 1')

const shadow = z.strictObject({ version: size.optional(), from: place.optional() })

/** A parameter of an authorization request; what is not known of them is left out (RFC 6749 section 3.1). */
const parameter = (charsMax: number) => z.string().max(charsMax).optional()
const authorization = z.object({
  client_id: z.string().min(1).max(LIMITS.clientIdCharsMax),
  response_type: parameter(100),
  response_mode: parameter(100),
  redirect_uri: parameter(1_000),
  scope: parameter(1_000),
  state: parameter(1_000),
  resource: parameter(1_000),
  code_challenge: parameter(128),
  code_challenge_method: parameter(20),
  dpop_jkt: parameter(100),
  prompt: parameter(100),
  request: parameter(1_000),
  request_uri: parameter(1_000),
  registration: parameter(1_000),
  authorization_details: parameter(1_000),
  waiting: parameter(8_000),
})

/** What may follow the question mark, by the name of the route. A misspelt filter must not pass for none. */
export const QUERIES: Readonly<Record<string, z.ZodObject>> = {
  listPeople: z.strictObject(page(idOf('person'))),
  listPurposes: z.strictObject(page(name)),
  listResources: z.strictObject(page(pattern)),
  listLimits: z.strictObject(page(name)),
  listTools: z.strictObject(page(toolKey)),
  listIdentities: z.strictObject({ ...page(idOf('identity')), state: z.enum(IDENTITY_STATES).optional() }),
  listApprovals: z.strictObject({ ...page(idOf('approval')), state: z.enum(APPROVAL_STATES).optional() }),
  listTasks: z.strictObject({
    ...page(idOf('task')),
    state: z.enum([...TASK_STATES, 'living']).optional(),
    identity: id.optional(),
    parent: id.optional(),
  }),
  listPaths: z.strictObject({
    from: id.optional(),
    to: visible(LIMITS.resourceCharsMax).optional(),
    of: id.optional(),
  }),
  listClients: z.strictObject(page(idOf('binding'))),
  listDelegations: z.strictObject(page(idOf('grant'))),
  listPolicyVersions: z.strictObject(page(versionKey)),
  listDomains: z.strictObject(page(name)),
  listDomainVersions: z.strictObject(page(versionKey)),
  listCutoffs: z.strictObject(page(cutoffKey)),
  authorize: authorization,
  showDiscovered: z.strictObject({
    after: page(idOf('identity')).after,
    adopted: idOf('identity', 'must be the id of an identity').optional(),
  }),
  readStatusList: z.strictObject({ time: place.optional() }),
  readShadow: shadow,
  readDomainShadow: shadow,
  listEntries: z.strictObject({ from: place.optional(), limit }),
  proveInclusion: z.strictObject({ index: place, size: size.optional() }),
  proveConsistency: z.strictObject({ from: size, to: size.optional() }),
}

/** Checks a query by its route; what has no row asks for nothing, and is given nothing. Errors: `request_invalid`. */
export function checkQuery(
  routeName: string,
  query: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  const shape = QUERIES[routeName]
  if (shape === undefined) return {}
  const checked = shape.safeParse({ ...query }, { error: sayFormFault })
  if (checked.success) return checked.data as Record<string, string> // every shape above is of text
  throw new RemitError('request_invalid', {
    detail: describeIssues(checked.error, 'the query'),
    facts: { issues: listIssues(checked.error) },
  })
}
