import { z } from 'zod'
import type { CallWish } from '../decide/requests.ts'
import type { Members } from '../enforce/tool-definition.ts'
import { RemitError } from '../ground/errors.ts'
import { LIMITS } from '../ground/limits.ts'
import { sayFormFault } from '../ground/say-form-fault.ts'
import { envelopeShape } from '../register/envelope-shape.ts'

const ENVELOPE_KEY = 'dev.remit/envelope'
const JUSTIFICATION_KEY = 'dev.remit/justification'

const justification = z.string().max(LIMITS.textCharsMax)

/**
 * Reads what the agent itself says to the people who are asked, should the call be held: an envelope that it proposes in
 * place of a yes to just this call, and why. Errors: `request_invalid` for what is no envelope, before anything is decided.
 */
export function readProposal(meta: Members): CallWish {
  const envelope = read(envelopeShape, meta, ENVELOPE_KEY)
  const words = read(justification, meta, JUSTIFICATION_KEY)
  return { ...(envelope === undefined ? {} : { envelope }), ...(words === undefined ? {} : { justification: words }) }
}

function read<T>(shape: z.ZodType<T>, meta: Members, key: string): T | undefined {
  if (!Object.hasOwn(meta, key)) return undefined
  const checked = shape.safeParse(meta[key], { error: sayFormFault })
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  throw new RemitError('request_invalid', {
    detail: `_meta ${[key, ...(issue?.path ?? [])].join('.')}: ${issue?.message ?? 'is not of the form'}`,
  })
}
