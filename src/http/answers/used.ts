import { z } from 'zod'
import { actionClass, index, sensitivity } from '../input/shapes.ts'

const grant = z.object({ action: z.string(), resource: z.string() })
/** A scope, as answers show it. */
export const grants = z.array(grant)

/** What was done under an entitlement, what was not, and what would have been enough. */
export const USE_SHAPE = {
  sinceMs: index,
  use: z.object({
    tasks: index,
    calls: index,
    firstMs: index.nullable(),
    lastMs: index.nullable(),
    acts: z.array(
      z.object({
        grant,
        action: z.string(),
        actionClass,
        resources: z.array(z.string()),
        sensitivity,
        calls: index,
        firstMs: index,
        lastMs: index,
      }),
    ),
  }),
  unused: z.object({ grants, classes: z.array(actionClass), ceiling: sensitivity.nullable() }),
  proposal: z
    .object({
      scope: grants,
      classes: z.array(actionClass),
      ceiling: sensitivity,
      approval: z.enum(['none', 'each-call']),
      approvers: index,
      counts: grants.optional(),
      reason: z.string(),
      days: index,
    })
    .nullable(),
  isNarrower: z.boolean(),
} as const
