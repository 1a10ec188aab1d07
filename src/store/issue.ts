import { cutoffId } from '../contract/cutoff.ts'
import type { Clock } from '../ground/clock.ts'
import type { IssueStore } from '../issue/store.ts'
import type { Rows } from './rows.ts'

/** Keeps what issuing reads. A retired key stays in its row, for those who look back; nobody signs with it. */
export function createIssueStore(rows: Rows, clock: Clock): IssueStore {
  return {
    signingKeys: async () => {
      const keys = await rows.find('signing_keys', {})
      return keys.filter((key) => key.retiresMs === null || clock.nowMs() < key.retiresMs)
    },
    keysRetiredSince: async (fromMs) => {
      const keys = await rows.find('signing_keys', {})
      return keys.filter(({ retiresMs }) => retiresMs !== null && fromMs <= retiresMs && retiresMs <= clock.nowMs())
        .length
    },
    // the key of a cutoff begins with its target: what comes before is not looked through
    upstreamCutoffs: () => rows.find('cutoffs', { target: 'upstream' }, { after: cutoffId('upstream', '') }),
    credentials: (state, page) => rows.find('credentials', { state }, page),
  }
}
