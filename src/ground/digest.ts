import { hash } from 'node:crypto'
import type { JudgedAction } from '../contract/decision.ts'
import { canonicalJson } from './canonical-json.ts'

/** SHA-256 of bytes. It comes as a text and is put into memory that is there: an own piece of memory for each costs more. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return Buffer.from(hash('sha256', bytes, 'latin1'), 'latin1')
}

/** Lower-case hex SHA-256 of a text in UTF-8. */
export function digestText(text: string): string {
  return hash('sha256', text)
}

/** Lower-case hex SHA-256 over the canonical form of a value: what approvals are bound to. */
export function digestOf(value: unknown): string {
  return digestText(canonicalJson(value))
}

/** base64url SHA-256 of a text in UTF-8, without padding. */
export function digestBase64url(text: string): string {
  return hash('sha256', text, 'base64url')
}

/** 128 bits: nobody can prepare two rows for one digest, as the salt is drawn after the row is known. */
const rowDigestChars = 32

/** Gives the digest by which an entry knows a row: the first 32 hex digits of SHA-256 over its salt and its text. */
export function digestRow(salt: string, body: string): string {
  return digestText(salt + body).slice(0, rowDigestChars)
}

/**
 * Gives the id of the payload in which stands what the policies were asked for a decision. It sorts behind every digest, by which
 * the texts of policy sets are kept.
 */
export function nameQuestions(salt: string, body: string): string {
  return `questions-${digestText(salt + body)}`
}

/** One exact tool call, what it was judged as, and the policy that it was judged under. */
export interface ExactCall {
  readonly server: string
  readonly tool: string
  /** The arguments in canonical form: the one thing here that can be large, so that who has it hands it on. */
  readonly argumentsText: string
  readonly taskId: string
  readonly policyVersion: string
  readonly judged: Omit<JudgedAction, 'name' | 'digest'>
}

/**
 * The digest that binds a permit or an approval to one exact tool call: its action, arguments, task, and policy, and
 * all that whoever approved it was told of these. What is reviewed or classified anew meanwhile is another call.
 */
export function digestCall(call: ExactCall): string {
  const { actionClass, resources, resultIntegrity, definitionDigest } = call.judged
  return digestOf({
    kind: 'call',
    action: `${call.server}/${call.tool}`,
    arguments: digestText(call.argumentsText),
    task: call.taskId,
    policy: call.policyVersion,
    class: actionClass,
    resources: resources.map(({ id, sensitivity }) => ({ id, sensitivity })),
    results: resultIntegrity,
    definition: definitionDigest,
  })
}
