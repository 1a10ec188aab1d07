import { insert, type Kept } from '../../src/contract/change.ts'
import type { Credential, SigningKey } from '../../src/contract/credential.ts'
import type { Permit } from '../../src/contract/decision.ts'
import type { Identity } from '../../src/contract/register/identity.ts'
import type { Task, TaskUsage } from '../../src/contract/task.ts'
import { createIds } from '../../src/ground/ids.ts'
import { type IssuedToken, issueAccessToken } from '../../src/issue/access-token.ts'
import { makeSigningKey, type OpenKey, openSigningKey } from '../../src/issue/signing-key.ts'
import { markRecorded, type Recorded } from '../../src/record/recorded.ts'
import { sampleCredential, sampleIdentity, sampleMs, sampleTask } from './samples.ts'

/** Who signs the tokens of tests. */
export const tokenIssuer = 'https://remit.example'
export const masterKey = Buffer.alloc(32, 7)
const ids = createIds(() => sampleMs)

/** A signing key, kept and open. */
export async function sampleKey(): Promise<{ readonly kept: SigningKey; readonly open: OpenKey }> {
  const kept = await makeSigningKey('token', masterKey, ids, sampleMs)
  return { kept, open: openSigningKey(kept, masterKey) }
}

/** A chain of active identities with their tasks, root first. */
export function sampleChain(length: number): readonly { identity: Kept<Identity>; task: Kept<Task> }[] {
  const links: { identity: Kept<Identity>; task: Kept<Task> }[] = []
  for (let at = 0; at < length; at += 1) {
    const id = `idn_${at}`
    const identity = sampleIdentity({ id, name: `hop-${at}`, state: 'active', activatedMs: sampleMs - 1 })
    links.push({ identity, task: sampleTask(`tsk_${at}`, id, links.at(-1)?.task) })
  }
  return links
}

/** A recorded permit of a token at the end of a chain. */
export function samplePermit(
  chain: readonly { identity: Kept<Identity>; task: Kept<Task> }[],
  more: { readonly credential?: Partial<Credential>; readonly usage?: Partial<TaskUsage> } = {},
): Recorded<Permit<'token'>> {
  const own = chain.at(-1)
  if (own === undefined) throw new Error('a chain has an end')
  const { version: _version, entry: _entry, ...credential } = sampleCredential('crd_1', own.task, more.credential)
  const counts = { calls: 0, writes: 0, bytes: 0, pivots: 0, confidentiality: 0, integrity: 0, ...more.usage }
  const usage = { taskId: own.task.id, identityId: own.identity.id, ...counts }
  const permit: Permit<'token'> = {
    outcome: 'permit',
    decidedMs: 0,
    kind: 'token',
    grant: { credential: { ...credential, state: 'intended' }, task: own.task, usage, identity: own.identity },
    reasons: [],
    policyVersion: 'p'.repeat(64),
    obligations: [],
    entry: {
      kind: 'decision.permit',
      actor: { kind: 'identity', id: own.identity.id, chain: own.task.chain },
      subject: { kind: 'credential', id: credential.id },
      data: {},
    },
    changes: [insert('credentials', { ...credential, state: 'intended' })],
  }
  return markRecorded(permit, 41, sampleMs)
}

/** A token at the end of a chain, signed by a key. */
export function sampleToken(
  key: OpenKey,
  chain = sampleChain(1),
  more: Parameters<typeof samplePermit>[1] = {},
): Promise<IssuedToken> {
  return issueAccessToken(samplePermit(chain, more), key, tokenIssuer)
}
