import type { WorkloadCaller } from '../../../authenticate/caller.ts'
import type { TokenRequest } from '../../../decide/requests.ts'
import { exchangeToken } from '../../../flow/token/exchange-token.ts'
import type { IssuedToken } from '../../../issue/access-token.ts'
import { type Context, Reply } from '../../route.ts'
import type { Form } from '../form.ts'

/** Issues the token, and answers as RFC 6749 section 5.1 asks; `more` stands beside. */
export async function answerToken(
  context: Context<Form, null>,
  caller: WorkloadCaller,
  asked: TokenRequest,
  more: Readonly<Record<string, string>>,
): Promise<Reply> {
  return writeToken(await exchangeToken(context.house, caller, asked), more)
}

/** Writes the answer to a token that was issued. */
export function writeToken(
  issued: Omit<IssuedToken, 'credential' | 'keyId'> & { readonly entry: number },
  more: Readonly<Record<string, string>>,
): Reply {
  const answer = {
    access_token: issued.token,
    ...more,
    token_type: issued.tokenType,
    expires_in: issued.expiresSeconds,
    authorization_details: issued.authorizationDetails,
    entry: issued.entry,
  }
  return new Reply(
    200,
    { 'content-type': 'application/json', 'cache-control': 'no-store', pragma: 'no-cache' },
    JSON.stringify(answer),
  )
}
