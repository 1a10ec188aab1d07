import { z } from 'zod'
import { isSeen } from '../contract/approval/unseen.ts'
import { findPatternFault } from '../contract/register/value-rule.ts'
import { LIMITS } from '../ground/limits.ts'

/** The name of a row of the configuration that addresses name. */
export const rowName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, -, and not begin with a -')

/** A line of text that people read, of at most so many characters: no control characters, no half ones, and none that nobody sees. */
export const line = (charsMax: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(charsMax)
    .regex(/^[^\p{C}]*$/u, 'must not hold control characters')
    .refine(isSeen, 'must not hold characters that nobody sees')
    .refine((said) => !/^\s+$/.test(said), 'must say something')

/** A value by pattern: whole segments between / and : as `*`, the rest as a last `**`. */
const valuePattern = z.strictObject({
  pattern: line(LIMITS.patternCharsMax).superRefine((value, context) => {
    const fault = findPatternFault(value)
    const isLong = value.split(/[/:]/).length > LIMITS.patternSegmentsMax
    if (fault !== undefined) context.addIssue({ code: 'custom', message: `is no pattern: ${fault}` })
    if (isLong) context.addIssue({ code: 'custom', message: `must have at most ${LIMITS.patternSegmentsMax} segments` })
  }),
})
const rule = z.union([line(1_000), z.int(), z.boolean(), valuePattern])

/** A name that begins with `/` is a JSON pointer (RFC 6901 section 3). */
const isClaimName = (name: string): boolean => !/^\/.*~(?![01])/.test(name)

/** What claims must be, by their names or JSON pointers. */
export const claimRules = z
  .record(line(200), rule)
  .refine((rules) => Object.keys(rules).every(isClaimName), 'must have 0 or 1 behind each ~ of a JSON pointer')
  .refine((rules) => Object.keys(rules).length <= LIMITS.bindingClaimsMax, `must be at most ${LIMITS.bindingClaimsMax}`)

/** The subject of a binding by pattern, as it is written. */
export const subjectPattern = valuePattern.shape.pattern

/** RFC 7638 thumbprints (SHA-256, base64url) of keys. */
export const keyThumbprints = z.array(z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be an RFC 7638 thumbprint')).max(10)

/** The origin of web pages, to the letter as browsers say it. */
export const origin = z
  .string()
  .refine(
    (text) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text,
    'must be an origin, such as https://app.example',
  )
