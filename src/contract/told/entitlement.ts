import { ACTION_CLASSES } from '../action-class.ts'
import type { JsonObject, LogEntry } from '../log-entry.ts'
import type { Allowance } from '../register/entitlement.ts'
import type { Scope } from '../scope.ts'
import { SENSITIVITIES } from '../sensitivity.ts'
import { countIn, scopeIn, textIn, textsIn } from './data.ts'

/** What entries have told of one entitlement. */
export interface ToldEntitlement {
  readonly identityId: string | null
  /** Null where the entry did not say all of it. */
  readonly allows: Allowance | null
  /** Of an enforcement point: the acts of others that it lets happen; null where it counts none. */
  readonly counts: Scope | null
  readonly isEnded: boolean
}

/** Takes in what an entry says of an entitlement. */
export function tellEntitlement(known: Map<string, ToldEntitlement>, { kind, data }: LogEntry): void {
  const id = textIn(data, 'entitlementId')
  if (id === null) return
  const identityId = textIn(data, 'identityId')
  const before = known.get(id)
  const counts = kind === 'entitlement.proposed' ? scopeIn(data, 'counts') : (before?.counts ?? null)
  if (kind === 'entitlement.ended') known.set(id, { identityId, allows: before?.allows ?? null, counts, isEnded: true })
  else known.set(id, { identityId, allows: allowanceIn(data), counts, isEnded: before?.isEnded ?? false })
}

/** What an entry says that an entitlement allows; null where it does not say all of it. */
export function allowanceIn(data: JsonObject): Allowance | null {
  const [scope, endsMs] = [scopeIn(data, 'scope'), countIn(data, 'endsMs')]
  const ceiling = SENSITIVITIES.find((each) => each === textIn(data, 'ceiling'))
  const classes = ACTION_CLASSES.filter((each) => textsIn(data, 'classes').includes(each))
  if (scope === null || endsMs === null || ceiling === undefined) return null
  const approval = textIn(data, 'approval') === 'each-call' ? 'each-call' : 'none'
  return { scope, classes, ceiling, approval, approvers: countIn(data, 'approvers') ?? 1, endsMs }
}
