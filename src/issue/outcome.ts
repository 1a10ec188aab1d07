import { type Fact, type Kept, update } from '../contract/change.ts'
import type { Credential } from '../contract/credential.ts'
import type { Permit } from '../contract/decision.ts'
import { bindTo, possessionOf } from '../contract/token/possession.ts'
import type { Recorded } from '../record/recorded.ts'

/** Gives the fact that the credential of an intent now exists, by which key; it points back at the intent. */
export function recordIssued(intent: Recorded<Permit<'token'>>, credential: Credential, keyId: string): Fact {
  const signed = { intent: intent.index, keyId }
  return outcome(intent, { ...credential, signed }, 'credential.issued', 'issued', {})
}

/** Gives the fact that the credential of an intent was not made. */
export function recordFailed(intent: Recorded<Permit<'token'>>, credential: Credential, because: string): Fact {
  return outcome(intent, credential, 'credential.failed', 'revoked', { because })
}

function outcome(
  intent: Recorded<Permit<'token'>>,
  credential: Credential,
  kind: 'credential.issued' | 'credential.failed',
  state: Credential['state'],
  more: { readonly because?: string },
): Fact {
  const { signed: _, ...intended } = credential
  const kept: Kept<Credential> = { ...intended, version: 1, entry: intent.index }
  return {
    entry: {
      kind,
      actor: intent.fact.entry.actor,
      subject: { kind: 'credential', id: credential.id },
      data: {
        credentialId: credential.id,
        ...(credential.kind === 'access_token' ? {} : { kind: credential.kind }),
        taskId: credential.taskId,
        identityId: credential.identityId,
        audience: credential.audience,
        ...bindTo(possessionOf(credential)),
        expiresMs: credential.expiresMs,
        ...more,
      },
      answers: intent.index,
    },
    changes: [update('credentials', kept, { ...credential, state })],
  }
}
