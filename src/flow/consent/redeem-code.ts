import { systemActor } from '../../authenticate/actor.ts'
import type { MisusedCode, ShownCode } from '../../authenticate/client/code-proof.ts'
import { isError, RemitError } from '../../ground/errors.ts'
import type { IssuedToken } from '../../issue/access-token.ts'
import type { House } from '../house.ts'
import { recordRefusal } from '../refuse.ts'
import { endTaskTree } from '../task/end-task.ts'
import { exchangeToken } from '../token/exchange-token.ts'
import { findCodeProof } from './find-client.ts'

/** A token that a code became, with the classes of action that were granted. */
export type RedeemedToken = IssuedToken & { readonly entry: number; readonly scope: string }

/**
 * Exchanges a code for an access token inside of the task that the person consented to (RFC 6749 section 4.1.3). A code is
 * good for one try: a second one, or one by somebody else, ends the task (section 4.1.2). Errors: `code_invalid`,
 * `request_invalid`, `target_invalid`, and those of a denial.
 */
export async function redeemCode(house: House, shown: ShownCode): Promise<RedeemedToken> {
  const found = await house.authenticate.byCode(shown)
  if (found.kind === 'misused') {
    await refuseUnproven(house, shown, found)
    return await refuseMisuse(house, shown, found)
  }
  const { caller, code } = found
  try {
    const issued = await exchangeToken(house, caller, { taskId: code.taskId, audience: code.resource })
    return { ...issued, scope: code.scope }
  } catch (error) {
    if (isError(error, 'code_invalid')) return await refuseMisuse(house, shown, { ...found, kind: 'misused', ...LOST })
    throw error
  }
}

/**
 * Whoever has the code of a client that is not public, and no proof of anybody, spends it under no other name either.
 * Error: `code_invalid`.
 */
async function refuseUnproven(house: House, { clientId, proved }: ShownCode, { code }: MisusedCode): Promise<void> {
  if (proved !== undefined || clientId === code.clientId) return
  if ((await findCodeProof(house, code.clientId)) !== null) throw new RemitError('code_invalid')
}

/** Somebody else was faster with it. */
const LOST = { because: 'it was used before', changes: [] } as const

/** What proved whoever showed it counts once, for a code that is none any more too. */
async function refuseMisuse(
  house: House,
  { proved, proof }: ShownCode,
  { code, because, changes }: MisusedCode,
): Promise<never> {
  const error = new RemitError('code_invalid', { facts: { identityId: code.identityId } })
  const spent = [...changes, ...(proved ?? proof ?? { changes: [] }).changes]
  const refusal = await recordRefusal(house, error, { kind: 'stranger', id: 'unproven' }, 'token', spent).catch(
    (fault: unknown) => {
      // it was spent meanwhile: that is what was to be written
      if (isError(fault, 'conflict')) return error
      throw fault
    },
  )
  await endMisused(house, code.taskId, `its authorization code was misused: ${because}`)
  throw refusal
}

async function endMisused(house: House, taskId: string, because: string): Promise<void> {
  try {
    await endTaskTree(house, taskId, { end: 'revoked', because, actor: systemActor })
  } catch (error) {
    if (!isError(error, 'task_not_active')) throw error
  }
}
