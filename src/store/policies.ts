import type { Kept, Payload } from '../contract/change.ts'
import { packPolicyName } from '../contract/log/pack.ts'
import { nameQuestions } from '../ground/digest.ts'
import { LIMITS } from '../ground/limits.ts'
import type { PolicyTexts } from '../prove/store.ts'
import type { Rows } from './rows.ts'

/** Reads the texts of policy sets: payloads under their own digest, and so without a salt. */
export function createPolicyTexts(rows: Rows): PolicyTexts {
  return {
    readPolicies: async (size) => {
      const kept: Kept<Payload>[] = []
      for await (const payload of readDigests(rows)) kept.push(payload)
      return kept
        .filter(({ salt, entry }) => salt === '' && entry < size)
        .sort((x, y) => y.entry - x.entry)
        .map(({ id, body }) => ({ name: packPolicyName, digest: id, text: body }))
    },
    readPolicyText: async (digest) => {
      const kept = await rows.get('payloads', digest)
      return kept?.salt === '' ? kept.body : null
    },
    readQuestions: async (id) => {
      const kept = await rows.get('payloads', id)
      return kept !== undefined && id === nameQuestions(kept.salt, kept.body) ? kept.body : null
    },
  }
}

/** Reads the payloads under a plain digest. Every other kind has a prefix that sorts behind these, however many there are. */
async function* readDigests(rows: Rows): AsyncGenerator<Kept<Payload>> {
  for (let after = ''; ; ) {
    const part = await rows.find('payloads', {}, { after, limit: LIMITS.pageRowsMax })
    for (const payload of part) {
      if (!/^[0-9a-f]{64}$/.test(payload.id)) return
      yield payload
    }
    const last = part.at(-1)
    if (last === undefined || part.length < LIMITS.pageRowsMax) return
    after = last.id
  }
}
