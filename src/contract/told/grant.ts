import type { JsonObject } from '../log-entry.ts'
import type { Scope } from '../scope.ts'
import { SENSITIVITIES, type Sensitivity } from '../sensitivity.ts'
import { BINDING_STRENGTHS, type BindingStrength } from '../task.ts'
import { countIn, scopeIn, textIn, textsIn } from './data.ts'

/** What entries have told of a grant by which one identity may act for another. */
export interface ToldGrant {
  readonly from: string
  readonly to: string
  readonly fromOwner: string
  readonly toOwner: string
  readonly scope: Scope
  readonly startsMs: number
  readonly endsMs: number
  /** Up to what data, by how many hops more, and which workloads may take it; null where the entry does not tell it. */
  readonly ceiling: Sensitivity | null
  readonly depthMax: number | null
  readonly issuers: readonly string[] | null
  readonly minStrength: BindingStrength | null
}

/** Takes in a grant that came into force; what its entry does not tell it does not cover. */
export function tellGrant(grants: Map<string, ToldGrant>, data: JsonObject): void {
  grants.set(textIn(data, 'grantId') ?? '', {
    from: textIn(data, 'from') ?? '',
    to: textIn(data, 'to') ?? '',
    fromOwner: textIn(data, 'fromOwner') ?? '',
    toOwner: textIn(data, 'toOwner') ?? '',
    scope: scopeIn(data, 'scope') ?? [],
    startsMs: countIn(data, 'startsMs') ?? Number.POSITIVE_INFINITY,
    endsMs: countIn(data, 'endsMs') ?? Number.NEGATIVE_INFINITY,
    ceiling: SENSITIVITIES.find((each) => each === data['ceiling']) ?? null,
    depthMax: countIn(data, 'depthMax'),
    issuers: data['issuers'] === undefined ? null : textsIn(data, 'issuers'),
    minStrength: BINDING_STRENGTHS.find((each) => each === data['minStrength']) ?? null,
  })
}
