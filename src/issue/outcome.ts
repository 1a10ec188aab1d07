import { type Fact, type Kept, update } from '../contract/change.ts'
import type { Credential } from '../contract/credential.ts'
import type { Permit } from '../contract/decision.ts'
import { bindTo, possessionOf } from '../contract/token/possession.ts'

/**
 * Gives the fact that the credential of an intent counts from now on, signed by which key; it points back at the intent, which
 * stands at `intentIndex`.
 */
export function recordIssued(intent: Permit<'token'>, intentIndex: number, keyId: string): Fact {
  const { credential } = intent.grant
  const kept: Kept<Credential> = { ...credential, version: 1, entry: intentIndex }
  return {
    entry: {
      kind: 'credential.issued',
      actor: intent.entry.actor,
      subject: { kind: 'credential', id: credential.id },
      data: {
        credentialId: credential.id,
        ...(credential.kind === 'access_token' ? {} : { kind: credential.kind }),
        taskId: credential.taskId,
        identityId: credential.identityId,
        audience: credential.audience,
        ...bindTo(possessionOf(credential)),
        expiresMs: credential.expiresMs,
      },
      answers: intentIndex,
    },
    changes: [update('credentials', kept, markIssued(credential, intentIndex, keyId))],
  }
}

/** Gives the credential as it is kept once that fact is written, right after its intent. */
export function keptAsIssued(intent: Permit<'token'>, intentIndex: number, keyId: string): Kept<Credential> {
  return { ...markIssued(intent.grant.credential, intentIndex, keyId), version: 2, entry: intentIndex + 1 }
}

function markIssued(credential: Credential, intent: number, keyId: string): Credential {
  return { ...credential, state: 'issued', signed: { intent, keyId } }
}
