import { z } from 'zod'
import type { House } from '../../flow/house.ts'
import { RemitError } from '../../ground/errors.ts'
import { LIMITS } from '../../ground/limits.ts'
import type { AuthorizationQuery } from './authorization-request.ts'

/** What a question to a person is held to when they answer: their session, what was asked, and what they were shown. */
export interface SealedQuestion {
  readonly query: AuthorizationQuery
  readonly sessionId: string
  readonly shown: string
}

const shape = z.strictObject({
  query: z.record(z.string(), z.string()),
  sessionId: z.string(),
  shown: z.string(),
  madeMs: z.int(),
})

/** Seals a question into the form that answers it: nobody else can make such a form, for this session or another one. */
export function sealQuestion(house: House, question: SealedQuestion): string {
  return house.consents.seal(JSON.stringify({ ...question, madeMs: house.clock.nowMs() }))
}

/** A question as it was sealed, with when. */
export type OpenedQuestion = SealedQuestion & { readonly madeMs: number }

/** Opens the question that an answer belongs to. Error: `consent_stale`, whatever the reason. */
export function openSeal(house: House, seal: string, sessionId: string): OpenedQuestion {
  const text = house.consents.open(seal)
  const read = text === null ? undefined : shape.safeParse(JSON.parse(text)).data
  const ageMs = house.clock.nowMs() - (read?.madeMs ?? 0)
  if (read === undefined || read.sessionId !== sessionId || ageMs < 0 || ageMs > LIMITS.consentSeconds * 1000)
    throw new RemitError('consent_stale')
  return read
}
