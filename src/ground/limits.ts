import { DECISIONS } from './limits/decisions.ts'
import { DOORS } from './limits/doors.ts'
import { GATEWAY } from './limits/gateway.ts'
import { PROOFS } from './limits/proofs.ts'
import { RECORD } from './limits/record.ts'
import { REGISTER } from './limits/register.ts'

/** Every bound of the house. Bytes, milliseconds and counts say so in their names. */
export const LIMITS = {
  ...DOORS,
  ...PROOFS,
  ...REGISTER,
  ...DECISIONS,
  ...RECORD,
  ...GATEWAY,
} as const
