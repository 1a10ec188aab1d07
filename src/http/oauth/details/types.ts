import { z } from 'zod'
import { taskDetailsType } from '../../../issue/access-token.ts'
import { composition, lifeSeconds, name, partBudget, scope, sensitivity, text } from '../../input/shapes.ts'

/** A task that is there already: which one the token is for. */
const task = z.strictObject({
  type: z.literal(taskDetailsType),
  task_id: z.string().min(1).max(200),
  composition: composition.optional(),
})

/** A task that is not there yet: what it is to be for, and all that bounds it. It goes with an `actor_token`. */
const wish = z.strictObject({
  type: z.literal('urn:remit:task-wish'),
  purpose: name.optional(),
  goal: text,
  ticket: text.optional(),
  scope,
  ceiling: sensitivity,
  budget: partBudget
    .default({})
    .describe('What is left unsaid is as of any task, and for a part of a task at most what that task has left.'),
  life_seconds: lifeSeconds,
  composition: composition.optional(),
})

/**
 * The types of authorization details (RFC 9396) that are taken, a row each: the shape that checks them is the one that is
 * published.
 */
export const DETAILS = {
  [taskDetailsType]: {
    shape: task,
    description: 'A task that was opened before: the token is for what it allows, and for no longer.',
    example: { type: taskDetailsType, task_id: 'tsk_…' },
  },
  'urn:remit:task-wish': {
    shape: wish,
    description:
      'A task that is to be opened with the token, for whoever the actor_token proves: a part of the task of the subject_token, or one on behalf of the person that it is of.',
    example: {
      type: 'urn:remit:task-wish',
      goal: 'Summarise the plans',
      scope: [{ action: 'docs/read_text_file', resource: 'docs:internal/*' }],
      ceiling: 'internal',
      life_seconds: 600,
    },
  },
} as const

export type DetailsType = keyof typeof DETAILS
export type DetailsOf<T extends DetailsType> = z.infer<(typeof DETAILS)[T]['shape']>
export const DETAILS_TYPES = Object.keys(DETAILS) as readonly DetailsType[] // they are the keys of the table
