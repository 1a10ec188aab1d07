import type { DecisionKind, Denial } from '../../contract/decision.ts'
import type { UsedFacts } from '../facts/fit-data.ts'
import { deny, denyByPolicy, type Hearing } from '../hearing.ts'
import type { PolicyVerdict } from './ask-policies.ts'
import { findSupported } from './obligation/known.ts'
import { refuseObligation } from './obligation/own.ts'

/**
 * Gives the no of the policies, or of an obligation that nobody would carry out; null where both let it through. Of a
 * permit that is refused so, the obligations stay that whoever asks has said it can carry out.
 */
export function refuseByPolicy<K extends DecisionKind>(
  hearing: Hearing<K>,
  verdict: PolicyVerdict,
  { used, supported }: { readonly used: UsedFacts; readonly supported: readonly string[] | null },
): Denial<K> | null {
  if (!verdict.allowed) return denyByPolicy(hearing, verdict, used)
  const undone = refuseObligation(hearing.kind, verdict.obligations, supported)
  if (undone === undefined) return null
  return deny(hearing, {
    code: 'denied',
    reasons: [undone],
    facts: { ...used, ...tellObligations(verdict, supported) },
    ask: { sentence: 'Ask through an enforcement point that can carry it out.' },
    asked: verdict.asked,
    obligations: findSupported(verdict.obligations, supported),
  })
}

/** What the entry says of obligations, so that they can be told, and given again. */
export function tellObligations({ obligations }: PolicyVerdict, supported: readonly string[] | null = null): UsedFacts {
  if (obligations.length === 0) return {}
  return { obligations, ...(supported === null ? {} : { supportedObligations: supported }) }
}
