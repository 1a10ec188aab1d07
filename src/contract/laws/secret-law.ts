import type { LogEntry } from '../log-entry.ts'
import { TIER_TERMS, type Tier } from '../register/tier.ts'
import { bindingIdOf, identityIdOf, taskIdOf } from '../told/about.ts'
import { textIn } from '../told/data.ts'
import { tasksActing } from '../told/told.ts'
import { type EntryLaw, type Judged, recordDelayMsMax } from './entry-law.ts'

/** The law of static secrets: debt, that ends. */
export const SECRET_LAWS: readonly EntryLaw[] = [
  {
    name: 'secrets',
    promise: 'nothing is permitted by a static secret, or on one, above tier T0 or after its end',
    findFault: findSecretFault,
  },
]

function findSecretFault({ entry, told }: Judged): string | null {
  if (entry.kind !== 'decision.permit') return null
  for (const bindingId of [bindingIdOf(entry), ...tasksActing(told, entry).map((task) => task.bindingId)]) {
    const endsMs = bindingId === null ? undefined : told.secrets.get(bindingId)
    if (endsMs !== undefined && entry.atMs >= endsMs + recordDelayMsMax)
      return `it permits something on the static secret ${bindingId}, which had ended`
  }
  const own = bindingIdOf(entry)
  if (own === null || !told.secrets.has(own)) return null
  const tier = told.identities.get(identityOf(entry, told) ?? '')?.tier
  return tier == null || (Object.hasOwn(TIER_TERMS, tier) && TIER_TERMS[tier as Tier].staticSecretAllowed)
    ? null
    : `a static secret proves an identity of tier ${tier}`
}

/** A token names its task, and that whose it is. */
function identityOf(entry: LogEntry, { tasks }: Judged['told']): string | null {
  return identityIdOf(entry) ?? tasks.get(taskIdOf(entry) ?? textIn(entry.data, 'taskId') ?? '')?.identityId ?? null
}
