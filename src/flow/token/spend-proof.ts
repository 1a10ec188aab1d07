import { actorOf } from '../../authenticate/actor.ts'
import type { Caller } from '../../authenticate/caller.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import type { House } from '../house.ts'
import { shareAssertion } from './share-assertion.ts'

/** An assertion counts once, whatever it was shown for: where nothing else would write down that it was seen, this does. */
export async function spendProof(house: House, caller: Caller, door: 'introspect' | 'revoke'): Promise<void> {
  if (caller.kind !== 'workload') return
  const entry = {
    kind: 'proof.spent',
    actor: actorOf(caller),
    subject: { kind: 'door', id: door },
    data: { bindingId: caller.binding.id },
  } as const
  try {
    await shareAssertion(house, caller, ({ changes }) => house.log.record({ entry, changes }))
  } catch (error) {
    throw isError(error, 'conflict') ? new RemitError('assertion_replayed', { cause: error }) : error
  }
}
