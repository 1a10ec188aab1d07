import { systemActor } from '../../authenticate/actor.ts'
import { update } from '../../contract/change.ts'
import { type MasterKeys, resealSecret } from '../../ground/seal.ts'
import type { IssueStore } from '../../issue/store.ts'
import type { Log } from '../../record/log.ts'

/**
 * Seals anew, under the master key, each signing key that another one still seals, in one entry: afterwards the other one opens none
 * that counts. Keys that are retired stay as they are, since nobody opens them. Errors: `config_invalid` where neither key opens one,
 * and as of a commit.
 */
export async function resealKeys(
  log: Pick<Log, 'record' | 'origin'>,
  store: Pick<IssueStore, 'signingKeys'>,
  keys: MasterKeys,
): Promise<void> {
  if (keys.otherKey === null) return
  const anew = (await store.signingKeys()).flatMap((key) => {
    const sealed = resealSecret(keys, key.sealed, key.id)
    return sealed === null ? [] : [{ key, sealed }]
  })
  if (anew.length === 0) return
  await log.record({
    entry: {
      kind: 'key.resealed',
      actor: systemActor,
      subject: { kind: 'log', id: log.origin },
      data: { keys: anew.map(({ key }) => key.id) },
    },
    changes: anew.map(({ key, sealed }) => update('signing_keys', key, { ...key, sealed })),
  })
}
