import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'

/** SHA-256 of bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}

/** Lower-case hex SHA-256 of a text in UTF-8. */
export function digestText(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

/** Lower-case hex SHA-256 over the canonical form of a value: what approvals are bound to. */
export function digestOf(value: unknown): string {
  return digestText(canonicalJson(value))
}

/** One exact tool call, and the policy that it was judged under. */
export interface ExactCall {
  readonly server: string
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly taskId: string
  readonly policyVersion: string
}

/** The digest that binds a permit or an approval to one exact tool call: its action, arguments, task, and policy. */
export function digestCall(call: ExactCall): string {
  return digestOf({
    kind: 'call',
    action: `${call.server}/${call.tool}`,
    arguments: call.arguments,
    task: call.taskId,
    policy: call.policyVersion,
  })
}
