import type { PersonCaller } from '../../authenticate/caller.ts'
import { requireRole } from '../../register/require-role.ts'
import type { House } from '../house.ts'

/** Says of every issuer and trust domain what it is trusted with, and how it does. What is wrong with it is for those who run the house. */
export async function showIssuers(
  house: House,
  caller: PersonCaller,
): Promise<{ readonly issuers: readonly object[] }> {
  requireRole(caller.person, ['admin', 'auditor'])
  const sources = await house.authenticate.checkSources()
  return {
    issuers: sources.map(({ name, keys, keyIds, skewMs, ageMs, problem }) => {
      const trust = house.authenticate.trustOf(name)
      return {
        name,
        keys,
        keyIds,
        skewMs,
        ageMs,
        problem,
        kind: trust === undefined ? 'spiffe' : 'oidc',
        preset: trust?.preset ?? null,
        serves: trust?.serves ?? 'workloads',
        liveness: house.authenticate.livenessOf(name),
        attests: trust === undefined || trust.attests === true,
        vendor: trust?.vendor ?? null,
        audiences: trust?.audiences ?? [house.publicUrl],
      }
    }),
  }
}
