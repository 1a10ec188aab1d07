import { afterProof, type ProvenPerson, type WorkloadCaller } from '../../../authenticate/caller.ts'
import type { TaskRequest, TokenRequest } from '../../../decide/requests.ts'
import type { House } from '../../house.ts'
import { recordFewWaiting } from '../../task/few-waiting.ts'
import { requireAudience } from '../exchange-token.ts'
import { shareAssertion } from '../share-assertion.ts'
import { type OpenedToken, takeTask } from './take-task.ts'

/** What a workload wishes for on behalf of a person. */
export interface BehalfAsked extends Omit<TokenRequest, 'taskId'> {
  readonly wish: Omit<TaskRequest, 'purpose' | 'takenBy' | 'composition'> & { readonly purpose?: string | undefined }
}

/**
 * Opens a task for the workload that is there on behalf of a person for whom an identity provider vouches, and gives it a token
 * in it (RFC 8693 with `actor_token`). The person has let the identity (`remit acting let`); what they may do themselves is one
 * more ceiling. The workload never becomes the person: `sub` of its token is its own identity. Errors: those of both decisions.
 */
export async function actForPerson(
  house: House,
  person: ProvenPerson,
  actor: WorkloadCaller,
  { wish, ...asked }: BehalfAsked,
): Promise<OpenedToken> {
  requireAudience(house, asked.audience)
  const { purpose = actor.identity.purpose ?? '', ...more } = wish
  const request = { purpose, ...more, composition: asked.composition }
  const opened = await shareAssertion(house, actor, (own) =>
    recordFewWaiting(house, () => house.decide.actingTask(own, person, request)),
  )
  return await takeTask(house, afterProof(actor), opened.fact.grant, asked)
}
