import { z } from 'zod'
import { amountMax } from '../contract/approval/envelope.ts'
import { isPlainPattern } from '../contract/scope.ts'
import { LIMITS } from '../ground/limits.ts'

const argumentName = z
  .string()
  .min(1)
  .max(LIMITS.nameCharsMax)
  .refine((value) => value.isWellFormed(), 'must be well-formed')
const amount = z.number().min(0).max(amountMax)
const plain = z.union([z.string().max(LIMITS.textCharsMax), z.number(), z.boolean(), z.null()])
const pattern = z.string().max(512).refine(isPlainPattern, 'must be a name, or a prefix ending in *')

/** What a yes to a call covers beyond exactly what was asked, once: as people say it, and as an asker proposes it. */
export const envelopeShape = z
  .strictObject({
    usesMax: z.int().min(1).max(LIMITS.envelopeUsesMax),
    lifeSeconds: z.int().min(1).max(LIMITS.envelopeSecondsMax),
    terms: z
      .array(
        z.union([
          z.strictObject({ name: argumentName, atMost: amount }),
          z.strictObject({ name: argumentName, oneOf: z.array(plain).min(1).max(LIMITS.envelopeTermsMax) }),
          z.strictObject({ name: argumentName, any: z.literal(true) }),
        ]),
      )
      .max(LIMITS.envelopeTermsMax)
      .default([]),
    resources: z.array(pattern).max(LIMITS.envelopeTermsMax).default([]),
    total: z.strictObject({ name: argumentName, atMost: amount }).nullable().default(null),
  })
  .refine(
    (value) => Buffer.byteLength(JSON.stringify(value)) <= LIMITS.envelopeBytesMax,
    `must have at most ${LIMITS.envelopeBytesMax} bytes`,
  )
