import type { PolicyTexts } from '../prove/store.ts'
import type { Rows } from './rows.ts'

/** Reads the texts of policy sets: payloads under their own digest, and so without a salt. */
export function createPolicyTexts(rows: Rows): PolicyTexts {
  return {
    readPolicies: async (size) => {
      const kept = await rows.find('payloads', {})
      return kept
        .filter(({ salt, entry }) => salt === '' && entry < size)
        .sort((x, y) => y.entry - x.entry)
        .map(({ id, body }) => ({ name: 'policies', digest: id, text: body }))
    },
    readPolicyText: async (digest) => {
      const kept = await rows.get('payloads', digest)
      return kept?.salt === '' ? kept.body : null
    },
  }
}
