import type { TokenAnswer } from './answers.ts'
import type { Caller } from './call.ts'

/** Where an agent wants to act: the authorization server of another domain, and what it needs there, in its words. */
export interface AcrossTarget {
  /** The issuer of that authorization server, as `targets` of the configuration names it. */
  readonly issuer: string
  /** May be left out where only one address of it is configured. */
  readonly resource?: string
  /** All that the task may do there, where it is left out. */
  readonly scope?: string
}

/** An ID-JAG, to be shown at that authorization server at once: it counts there once. Times in epoch milliseconds. */
export interface GrantAcross {
  readonly value: string
  /** What of it was granted. */
  readonly scope: string
  readonly taskId: string
  readonly expiresMs: number
  /** Index of the entry that recorded it. */
  readonly entry: number
}

/** Asks for it with a workload's own proof. Throws a `TypeError` for an agent that proves itself by no assertion. */
export async function askAcross(
  caller: Caller,
  proof: { readonly form: Readonly<Record<string, string>>; readonly headers: Readonly<Record<string, string>> },
  asked: { readonly taskId: string; readonly details: string },
  { issuer, resource, scope }: AcrossTarget,
): Promise<GrantAcross> {
  if (proof.form['subject_token'] === undefined)
    throw new TypeError('An agent is let act in another domain by its assertion.')
  const form = {
    ...proof.form,
    requested_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
    audience: issuer,
    ...(resource === undefined ? {} : { resource }),
    ...(scope === undefined ? {} : { scope }),
    authorization_details: asked.details,
  }
  const answer = await caller.json<TokenAnswer & { readonly scope: string }>('POST', '/oauth/token', {
    form,
    headers: proof.headers,
  })
  const expiresMs = Date.now() + answer.expires_in * 1000
  return { value: answer.access_token, scope: answer.scope, taskId: asked.taskId, expiresMs, entry: answer.entry }
}
