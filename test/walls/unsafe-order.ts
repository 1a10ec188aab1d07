import type { AccessTokens } from '../../src/authenticate/access-token.ts'
import type { AgentCaller, WorkloadCaller } from '../../src/authenticate/caller.ts'
import type { Denial, Permit } from '../../src/contract/decision.ts'
import type { Decide } from '../../src/decide/decide.ts'
import type { TaskRequest, TokenRequest } from '../../src/decide/requests.ts'
import { type CallRoute, type RawCall, sendPermittedCall } from '../../src/enforce/permitted-call.ts'
import { issueAccessToken } from '../../src/issue/access-token.ts'
import type { OpenKey } from '../../src/issue/signing-key.ts'
import type { Recorded } from '../../src/record/recorded.ts'

interface Given {
  readonly permit: Permit<'token'>
  readonly recordedToken: Recorded<Permit<'token'>>
  readonly recordedCall: Recorded<Permit<'call'>>
  readonly recordedDenial: Recorded<Denial<'token'>>
  readonly workload: WorkloadCaller
  /** All that a caller says, and no proof of it. */
  readonly said: Pick<WorkloadCaller, 'kind' | 'identity' | 'binding' | 'strength' | 'possession' | 'changes'>
  readonly agent: AgentCaller
  readonly key: OpenKey
  readonly call: RawCall
  readonly route: CallRoute
  readonly decide: Decide
  readonly tokens: AccessTokens
  readonly task: TaskRequest
  readonly token: TokenRequest
}

/**
 * Orders that must not compile, each under the reason. Nobody runs them: the type check fails where one of them is let
 * through, as the expected error is missing then.
 */
export const UNSAFE: readonly ((given: Given) => unknown)[] = [
  // @ts-expect-error a permit that is not on record makes no token
  ({ permit, key }) => issueAccessToken(permit, key, ''),
  // @ts-expect-error what only looks as if it were on record makes no token
  ({ permit, key }) => issueAccessToken({ fact: permit, index: 0, atMs: 0 }, key, ''),
  // @ts-expect-error a recorded denial makes no token
  ({ recordedDenial, key }) => issueAccessToken(recordedDenial, key, ''),
  // @ts-expect-error the permit of a call makes no token
  ({ recordedCall, key }) => issueAccessToken(recordedCall, key, ''),
  // @ts-expect-error the permit of a token sends no call
  ({ recordedToken, call, route }) => sendPermittedCall(recordedToken, call, route),
  // @ts-expect-error who has only said who they are opens no task
  ({ decide, task, said }) => decide.task(said, task),
  // @ts-expect-error an agent asks for no token by the token that it has
  ({ decide, token, agent }) => decide.token(agent, token),
  // @ts-expect-error a workload calls no tool before it has a token
  ({ decide, workload }) => decide.call(workload, { server: '', tool: '', arguments: {} }),
  // @ts-expect-error a proof of possession that nobody has verified proves nothing
  ({ tokens }) => tokens.byAccessToken('', null, { thumbprint: '', seenId: '', changes: [] }),
]
