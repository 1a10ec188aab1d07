import { z } from 'zod'
import { line } from '../../config/value-shapes.ts'
import { ACTION_CLASSES } from '../../contract/action-class.ts'
import { canLimit, LIMIT_PERS, LIMIT_STATES } from '../../contract/counters/limit.ts'
import { isPlainPattern } from '../../contract/scope.ts'
import { SENSITIVITIES } from '../../contract/sensitivity.ts'
import { LIMITS } from '../../ground/limits.ts'

export const text = line(LIMITS.textCharsMax)
export const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'must be 1 to 100 of a-z, 0-9, ., _, -')

/** What reads as an id would be taken for somebody else. */
const isNoId = (said: string): boolean => !/^(?:idn|psn)_/i.test(said)
const NO_ID = 'must not read as the id of an identity or a person'
export const identityName = name.refine(isNoId, NO_ID)
export const personName = line(LIMITS.nameCharsMax).refine(isNoId, NO_ID)

/** Visible ASCII, as ids and what is made of them are. */
export const visible = (charsMax: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(charsMax)
    .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII without spaces')
export const id = visible(200)
export const index = z.int().min(0)
export const pattern = z.string().max(512).refine(isPlainPattern, 'must be a name, or a prefix ending in *')

/** What an AI identity is made of. */
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in 64 lowercase hexadecimal digits')
export const composition = z.strictObject({
  model: line(LIMITS.nameCharsMax),
  promptDigest: digest.nullable().default(null),
  toolsDigest: digest.nullable().default(null),
})

export const actionClass = z.enum(ACTION_CLASSES)
export const sensitivity = z.enum(SENSITIVITIES)
export const scope = z
  .array(z.strictObject({ action: pattern, resource: pattern }))
  .min(1)
  .max(LIMITS.scopeGrantsMax)
/** Of a part of a task: what is left unsaid is as by default, at most what that task has left. */
export const partBudget = z.strictObject({
  callsMax: z.int().min(0).max(LIMITS.callsMax).optional(),
  writesMax: z.int().min(0).max(LIMITS.callsMax).optional(),
  bytesMax: z.int().min(0).max(LIMITS.bytesMax).optional(),
  spendMax: z.int().min(0).max(LIMITS.spendMax).optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters, such as EUR')
    .optional(),
  callsPerMinuteMax: z.int().min(1).max(LIMITS.callsMax).optional(),
})
export const budget = partBudget.extend({
  callsMax: z.int().min(0).max(LIMITS.callsMax).default(LIMITS.callsDefault),
  writesMax: z.int().min(0).max(LIMITS.callsMax).default(LIMITS.writesDefault),
  bytesMax: z.int().min(0).max(LIMITS.bytesMax).default(LIMITS.bytesDefault),
})

/** Eight hours, the longest life of a task of any tier. */
export const lifeSeconds = z
  .int()
  .min(1)
  .max(8 * 3_600)

/** What people say of a limit. */
export const limitMembers = {
  name,
  of: pattern.refine(
    canLimit,
    'must be a tool such as pay/transfer, a beginning such as pay/*, or a class such as delete',
  ),
  per: z.enum(LIMIT_PERS),
  callsMax: z.int().min(0).max(LIMITS.callsMax),
  windowSeconds: z.int().min(1).max(LIMITS.limitWindowSecondsMax),
  state: z.enum(LIMIT_STATES),
}
