import { z } from 'zod'
import { ACCESS_EVENTS } from '../../contract/approval/access-request.ts'
import { type AccessShown, DENIED_MEMBER } from '../../contract/approval/access-shown.ts'
import { ACCESS_STATUSES } from '../../contract/approval/access-status.ts'
import { id, index } from '../input/shapes.ts'

const open = z.record(z.string(), z.unknown())
const item = z.object({ resource: open, action: open })
const result = z.object({
  mode: z.literal('reevaluate'),
  approval: z.object({ id, approved_at: z.string(), approved_until: z.string() }),
})
const status = z.enum(ACCESS_STATUSES)
const denied = z.object({ reason: z.string(), denied_at: z.string() }).optional()

/** Where whoever asked wants to be told. */
export const accessCallback = z.object({
  endpoint: z.string(),
  state: z.unknown().optional(),
  events: z.array(z.enum(ACCESS_EVENTS)).optional(),
})

/** What a question to people says of the access request that it came in as. */
export const accessRequest = z.object({
  by: z.object({ kind: z.string(), id }),
  keyDigest: z.string().nullable(),
  bodyDigest: z.string(),
  binding: z.string(),
  evaluation: index,
  bundle: z.object({ id, at: index, items: z.array(item).optional() }).optional(),
  callback: accessCallback.optional(),
})

/** Where a request for access stands (AuthZEN access-request profile, "Access Request Response"). */
export const accessTask = z.object({
  task: z.object({
    id,
    status,
    status_endpoint: z.string(),
    progress: z.object({ current_step: index, total_steps: index }),
    expires_at: z.string(),
    links: z.object({ cancel: z.string() }),
    items: z.array(item.extend({ status, result: result.optional(), [DENIED_MEMBER]: denied })).optional(),
    [DENIED_MEMBER]: denied,
  }),
  result: result.optional(),
}) satisfies z.ZodType<AccessShown>
